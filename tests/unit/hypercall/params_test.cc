// Parameter retrieval.
#include <sched.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

#include "fake_kernel.h"
#include "netbsd/constants.h"

namespace farcall::test {
namespace {

class Params : public ::testing::Test {
 protected:
  static std::string get(const char* name) {
    std::array<char, 256> buffer = {};
    EXPECT_EQ(rumpuser_getparam(name, buffer.data(), buffer.size()), 0) << name;
    return buffer.data();
  }
  static int error(const char* name, size_t size = 16) {
    std::array<char, 16> buffer;
    return rumpuser_getparam(name, buffer.data(), size);
  }
  static std::string host_cpus() {
    cpu_set_t usable;
    EXPECT_EQ(::sched_getaffinity(0, sizeof usable, &usable), 0);
    return std::to_string(CPU_COUNT(&usable));
  }
};

TEST_F(Params, ComeFromTheEnvironment) {
  EXPECT_EQ(error("RUMP_MEMLIMIT"), NB_ENOENT);
  ::setenv("RUMP_MEMLIMIT", "64m", 1);
  EXPECT_EQ(get("RUMP_MEMLIMIT"), "64m");
  ::unsetenv("RUMP_MEMLIMIT");
}

TEST_F(Params, ThoseSetBeatTheEnvironment) {
  ::setenv("RUMP_VERBOSE", "0", 1);
  farcall_hypercall_set_param("RUMP_VERBOSE", "1");
  EXPECT_EQ(get("RUMP_VERBOSE"), "1");
  farcall_hypercall_set_param("RUMP_VERBOSE", "2");
  EXPECT_EQ(get("RUMP_VERBOSE"), "2");
  ::unsetenv("RUMP_VERBOSE");
}

TEST_F(Params, CpusAreTheHostsUnlessToldOtherwise) {
  EXPECT_EQ(get(RUMPUSER_PARAM_NCPU), host_cpus());
  ::setenv("RUMP_NCPU", "host", 1);
  EXPECT_EQ(get(RUMPUSER_PARAM_NCPU), host_cpus());
  ::setenv("RUMP_NCPU", "7", 1);
  EXPECT_EQ(get(RUMPUSER_PARAM_NCPU), "7");
  ::unsetenv("RUMP_NCPU");
}

TEST_F(Params, HostNameTellsTheHostAndTheProcess) {
  std::array<char, 256> host = {};
  ASSERT_EQ(::gethostname(host.data(), host.size() - 1), 0);
  const std::string name = get(RUMPUSER_PARAM_HOSTNAME);
  EXPECT_EQ(name.substr(0, 5), "rump-");
  EXPECT_NE(name.find(std::to_string(::getpid())), std::string::npos);
  EXPECT_NE(name.find(host.data()), std::string::npos);
}

TEST_F(Params, UnknownMandatoryOneIsEinval) { EXPECT_EQ(error("_RUMPUSER_NONE"), NB_EINVAL); }

TEST_F(Params, TooLongForTheBufferIsErange) {
  farcall_hypercall_set_param("FITS_IN_FIVE", "1234");
  EXPECT_EQ(error("FITS_IN_FIVE", 5), 0);
  EXPECT_EQ(error("FITS_IN_FIVE", 4), NB_ERANGE);
  EXPECT_EQ(error("FITS_IN_FIVE", 0), NB_ERANGE);
}

}  // namespace
}  // namespace farcall::test
