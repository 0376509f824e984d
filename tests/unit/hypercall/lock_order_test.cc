// The order of locks: docs/locking.md says that nothing is locked, no upcall made and nobody called
// back under a lock of the library's own, and hypercall/README.md in which order kernels may take
// mutexes and the CPU. All hypercalls that take locks are made at once; what was locked while what
// was held is looked at afterwards, whether or not it went wrong this time. ThreadSanitizer looks
// by itself.
#include <fcntl.h>

#include <string>
#include <vector>

#include "fake_kernel.h"
#include "lock_recorder.h"
#include "netbsd/constants.h"
#include "temporary_file.h"

namespace farcall::test {
namespace {

constexpr int kThreads = 4;
constexpr int kRounds = 100;

/// Locked wherever the library calls the kernel back, which may lock what it likes.
std::mutex of_kernel;

void called_back() { const std::lock_guard lock(of_kernel); }

int open_host_null(const char*, int) {
  called_back();
  return ::open("/dev/null", O_RDWR | O_CLOEXEC);
}

int null_info(const char*, uint64_t* size, int* type) {
  called_back();
  *size = 0;
  *type = RUMPUSER_FT_CHR;
  return 0;
}

/// What the threads share. Nothing of it is destroyed while locks are recorded.
struct Shared {
  explicit Shared(const std::string& path) {
    rumpuser_mutex_init(&kernels, RUMPUSER_MTX_KMUTEX);
    rumpuser_mutex_init(&spinning, RUMPUSER_MTX_SPIN | RUMPUSER_MTX_KMUTEX);
    rumpuser_mutex_init(&schedulers, RUMPUSER_MTX_SPIN);
    rumpuser_cv_init(&changed);
    rumpuser_rw_init(&rw);
    constexpr int kFlags = RUMPUSER_OPEN_RDWR | RUMPUSER_OPEN_CREATE | RUMPUSER_OPEN_BIO;
    EXPECT_EQ(in_kernel([&] { return rumpuser_open(path.c_str(), kFlags, &disk); }), 0);
  }
  ~Shared() {
    in_kernel([&] { rumpuser_close(disk); });
    for (rumpuser_mtx* mutex : {kernels, spinning, schedulers}) rumpuser_mutex_destroy(mutex);
    rumpuser_cv_destroy(changed);
    rumpuser_rw_destroy(rw);
  }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  rumpuser_mtx* kernels = nullptr;
  rumpuser_mtx* spinning = nullptr;
  rumpuser_mtx* schedulers = nullptr;
  rumpuser_cv* changed = nullptr;
  rumpuser_rw* rw = nullptr;
  int disk = -1;
  char block[512] = {};
  std::atomic<int> requests = 0;
};

void use_parameters(Shared&) {
  char value[64];
  farcall_hypercall_set_param("lock_order", "1");
  EXPECT_EQ(rumpuser_getparam("lock_order", value, sizeof value), 0);
  EXPECT_EQ(rumpuser_getparam(RUMPUSER_PARAM_NCPU, value, sizeof value), 0);
}

void use_names(Shared&) {
  EXPECT_EQ(farcall_hypercall_register_names("lockorder:", open_host_null, null_info), EEXIST);
  int fd = -1;
  int type = -1;
  uint64_t size = 1;
  EXPECT_EQ(rumpuser_open("lockorder:x", RUMPUSER_OPEN_RDWR, &fd), 0);
  EXPECT_EQ(rumpuser_getfileinfo("lockorder:x", &size, &type), 0);
  EXPECT_EQ(rumpuser_close(fd), 0);
}

void request_ended(void* shared, size_t, int error) {
  EXPECT_EQ(error, 0);
  called_back();
  --static_cast<Shared*>(shared)->requests;
}

void use_block_io(Shared& shared) {
  ++shared.requests;
  rumpuser_bio(shared.disk, RUMPUSER_BIO_READ, shared.block, sizeof shared.block, 0, request_ended,
               &shared);
  EXPECT_EQ(rumpuser_syncfd(shared.disk, RUMPUSER_SYNCFD_READ | RUMPUSER_SYNCFD_BARRIER, 0, 0), 0);
}

/// A moment's wait with `mutex`, as kernels do it.
void use_mutex(Shared& shared, rumpuser_mtx* mutex) {
  rumpuser_mutex_enter(mutex);
  rumpuser_cv_timedwait(shared.changed, mutex, 0, 1000);
  rumpuser_cv_broadcast(shared.changed);
  rumpuser_mutex_exit(mutex);
}

void use_kernels_mutex(Shared& shared) { use_mutex(shared, shared.kernels); }
void use_spinning_mutex(Shared& shared) { use_mutex(shared, shared.spinning); }

void use_rw(Shared& shared) {
  for (const int kind : {RUMPUSER_RW_WRITER, RUMPUSER_RW_READER}) {
    rumpuser_rw_enter(kind, shared.rw);
    rumpuser_rw_exit(shared.rw);
  }
}

void* take_cpu(void*) {
  const WithCpu cpu;
  return nullptr;
}

void use_threads(Shared&) {
  void* cookie = nullptr;
  EXPECT_EQ(rumpuser_thread_create(take_cpu, nullptr, "order", 1, 0, -1, &cookie), 0);
  EXPECT_EQ(rumpuser_thread_join(cookie), 0);
}

void use_clock(Shared&) { EXPECT_EQ(rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0, 1000), 0); }

constexpr void (*kUses[])(Shared&) = {use_parameters,    use_names,          use_block_io,
                                      use_kernels_mutex, use_spinning_mutex, use_rw,
                                      use_threads,       use_clock};

/// Each thread begins with another use, so that all meet all.
void use_all(Shared& shared, std::size_t who) {
  const AsLwp self(static_cast<int>(who) + 1);
  farcall_hypercall_set_sleep_hook([](void*) { called_back(); }, nullptr);
  for (std::size_t round = 0; round < kRounds; ++round) {
    in_kernel([&] { kUses[(round + who) % std::size(kUses)](shared); });
    // Before it has a CPU.
    rumpuser_mutex_enter_nowrap(shared.schedulers);
    rumpuser_mutex_exit(shared.schedulers);
  }
  farcall_hypercall_set_sleep_hook(nullptr, nullptr);
}

/// What was locked while what was held, in many threads that make all kinds of hypercalls.
std::set<locks::Order> orders_of_all_uses(Shared& shared) {
  locks::start_recording();
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (std::size_t who = 0; who < kThreads; ++who) {
    threads.emplace_back([&shared, who] { use_all(shared, who); });
  }
  for (std::thread& thread : threads) thread.join();
  while (shared.requests > 0) std::this_thread::yield();
  return locks::stop_recording();
}

class LockOrder : public HypercallTest {
 protected:
  static void SetUpTestSuite() {
    ASSERT_EQ(farcall_hypercall_register_names("lockorder:", open_host_null, null_info), 0);
  }
};

TEST_F(LockOrder, NothingIsTakenUnderTheLibrarysLocksAndNothingInACircle) {
  TemporaryDirectory directory;
  directory.write(std::string(4096, 'x'));
  Shared shared(directory.file());
  const auto orders = orders_of_all_uses(shared);
  auto own = locks::locked_by_library_of(reinterpret_cast<const void*>(rumpuser_init));
  for (const void* kernels : {shared.kernels, shared.spinning, shared.schedulers}) {
    own.erase(kernels);
  }
#ifndef __SANITIZE_THREAD__
  EXPECT_GE(own.size(), 3U) << "of parameters, names and block I/O at least";
  EXPECT_FALSE(orders.empty()) << "the CPU comes before a mutex that spins";
#endif
  for (const auto& [held, wanted] : orders) {
    EXPECT_FALSE(own.contains(held)) << wanted << " is wanted under a lock of the library's own";
  }
  EXPECT_TRUE(locks::find_circle(orders).empty());
}

#ifndef __SANITIZE_THREAD__  // which would tell of the circle itself

TEST(LockRecorder, FindsACircleThatNobodyRanInto) {
  std::mutex first;
  std::mutex second;
  std::mutex third;
  const auto take = [](std::mutex& outer, std::mutex& inner) {
    const std::lock_guard outside(outer);
    const std::lock_guard inside(inner);
  };
  locks::start_recording();
  take(first, second);
  take(second, third);
  EXPECT_TRUE(locks::find_circle(locks::stop_recording()).empty());
  locks::start_recording();
  take(first, second);
  take(second, third);
  take(third, first);
  EXPECT_EQ(locks::find_circle(locks::stop_recording()).size(), 3U);
}

TEST(LockRecorder, AnAttemptWaitsForNobody) {
  std::mutex first;
  std::mutex second;
  locks::start_recording();
  {
    const std::lock_guard outside(first);
    const std::unique_lock inside(second, std::try_to_lock);
  }
  EXPECT_TRUE(locks::stop_recording().empty());
}

#endif

}  // namespace
}  // namespace farcall::test
