// The memory and signals of remote clients.
#include <cstring>
#include <string>

#include "fake_kernel.h"
#include "netbsd/constants.h"

struct rumpuser_loan {};

namespace farcall::test {
namespace {

rumpuser_loan the_loan;

// A server whose only client is this process.
char the_client;
std::string started_url;
int raised = 0;
int finished = 0;

void check(void* client) {
  EXPECT_EQ(client, &the_client);
  EXPECT_FALSE(FakeKernel::this_thread_has_cpu());
}

// What has come with the call: two bytes.
int copy_at_once(void* client, const void* from, void* to, size_t length) {
  EXPECT_EQ(client, &the_client);
  EXPECT_TRUE(FakeKernel::this_thread_has_cpu());
  if (length != 2) return 0;
  std::memcpy(to, from, length);
  return 1;
}

// All memory is shared, but that at NULL.
int lend(void* client, const void* remote, size_t, int how, void** local, rumpuser_loan** loan) {
  EXPECT_EQ(client, &the_client);
  EXPECT_TRUE(FakeKernel::this_thread_has_cpu());
  EXPECT_EQ(how, RUMPUSER_LOAN_KEEP);
  *local = const_cast<void*>(remote);
  *loan = &the_loan;
  return remote == nullptr ? NB_EFAULT : 0;
}

const farcall_sysproxy_ops kServer = {
    .init =
        [](const char* url, const char*, const char*, const char*) {
          started_url = url;
          return 0;
        },
    .copyin =
        [](void* client, const void* remote, void* local, size_t length) {
          check(client);
          if (remote == nullptr) return NB_EFAULT;
          std::memcpy(local, remote, length);
          return 0;
        },
    .copyinstr =
        [](void* client, const void* remote, void* local, size_t* length) {
          check(client);
          *length = std::strlen(static_cast<const char*>(remote)) + 1;
          std::memcpy(local, remote, *length);
          return 0;
        },
    .copyout =
        [](void* client, const void* local, void* remote, size_t length) {
          check(client);
          std::memcpy(remote, local, length);
          return 0;
        },
    .copyoutstr =
        [](void* client, const void* local, void* remote, size_t* length) {
          check(client);
          *length = std::strlen(static_cast<const char*>(local)) + 1;
          std::memcpy(remote, local, *length);
          return 0;
        },
    .anonmmap =
        [](void* client, size_t length, void** remote) {
          check(client);
          *remote = reinterpret_cast<void*>(length);
          return 0;
        },
    .raise =
        [](void* client, int sig) {
          check(client);
          raised = sig;
          return 0;
        },
    .fini = [](void*) { ++finished; },
    .copyin_at_once = copy_at_once,
    .copyout_at_once = [](void* client, const void* local, void* remote,
                          size_t length) { return copy_at_once(client, local, remote, length); },
    .borrow = lend,
    .give_back = [](rumpuser_loan* loan) { EXPECT_EQ(loan, &the_loan); },
};

class Sysproxy : public HypercallTest {
 protected:
  void SetUp() override { farcall_hypercall_set_sysproxy(&kServer); }
  void TearDown() override { farcall_hypercall_set_sysproxy(nullptr); }
};

TEST_F(Sysproxy, CopiesWithoutTheCpu) {
  char from[] = "some text";
  char to[sizeof from] = {};
  EXPECT_EQ(
      releases_in([&] { EXPECT_EQ(rumpuser_sp_copyin(&the_client, from, to, sizeof from), 0); }),
      1);
  EXPECT_STREQ(to, from);
  std::memset(to, 0, sizeof to);
  EXPECT_EQ(
      releases_in([&] { EXPECT_EQ(rumpuser_sp_copyout(&the_client, from, to, sizeof from), 0); }),
      1);
  EXPECT_STREQ(to, from);
}

TEST_F(Sysproxy, CopiesWhatHasComeWithTheCallAtOnce) {
  char to[3] = {};
  const auto copyin = [&] { EXPECT_EQ(rumpuser_sp_copyin(&the_client, "in", to, 2), 0); };
  EXPECT_EQ(releases_in(copyin), 0);
  EXPECT_STREQ(to, "in");
  const auto copyout = [&] { EXPECT_EQ(rumpuser_sp_copyout(&the_client, "ou", to, 2), 0); };
  EXPECT_EQ(releases_in(copyout), 0);
  EXPECT_STREQ(to, "ou");
}

TEST_F(Sysproxy, BorrowsAtOnce) {
  char shared = 0;
  void* local = nullptr;
  rumpuser_loan* loan = nullptr;
  const auto borrow = [&](const void* remote) {
    return rumpuser_sp_borrow(&the_client, remote, 1, RUMPUSER_LOAN_KEEP, &local, &loan);
  };
  EXPECT_EQ(releases_in([&] { EXPECT_EQ(borrow(&shared), 0); }), 0);
  EXPECT_EQ(local, &shared);
  EXPECT_EQ(releases_in([&] { rumpuser_sp_give_back(loan); }), 0);
  EXPECT_EQ(releases_in([&] { EXPECT_EQ(borrow(nullptr), NB_EFAULT); }), 0);
}

TEST_F(Sysproxy, CopiesStringsAndTheirLength) {
  char from[] = "a string";
  char to[100] = {};
  size_t length = sizeof to;
  EXPECT_EQ(in_kernel([&] { return rumpuser_sp_copyinstr(&the_client, from, to, &length); }), 0);
  EXPECT_STREQ(to, from);
  EXPECT_EQ(length, sizeof from);
  length = sizeof to;
  EXPECT_EQ(in_kernel([&] { return rumpuser_sp_copyoutstr(&the_client, from, to, &length); }), 0);
  EXPECT_EQ(length, sizeof from);
}

TEST_F(Sysproxy, MapsAndRaises) {
  void* mapped = nullptr;
  EXPECT_EQ(in_kernel([&] { return rumpuser_sp_anonmmap(&the_client, 4096, &mapped); }), 0);
  EXPECT_EQ(mapped, reinterpret_cast<void*>(4096));
  EXPECT_EQ(in_kernel([&] { return rumpuser_sp_raise(&the_client, NB_SIGPIPE); }), 0);
  EXPECT_EQ(raised, NB_SIGPIPE);
}

TEST_F(Sysproxy, ServersErrorIsTheKernels) {
  char to = 0;
  EXPECT_EQ(in_kernel([&] { return rumpuser_sp_copyin(&the_client, nullptr, &to, 1); }), NB_EFAULT);
}

TEST_F(Sysproxy, StartsAndEnds) {
  EXPECT_EQ(rumpuser_sp_init("unix://socket", "NetBSD", "7", "amd64"), 0);
  EXPECT_EQ(started_url, "unix://socket");
  finished = 0;
  rumpuser_sp_fini(nullptr);
  EXPECT_EQ(finished, 1);
}

TEST_F(HypercallTest, WithoutAServerThereIsNoSysproxy) {
  char byte = 0;
  EXPECT_EQ(in_kernel([&] { return rumpuser_sp_copyin(&the_client, &byte, &byte, 1); }), NB_ENOSYS);
  EXPECT_EQ(rumpuser_sp_init("unix://socket", "NetBSD", "7", "amd64"), NB_ENOSYS);
  rumpuser_sp_fini(nullptr);
}

}  // namespace
}  // namespace farcall::test
