// For the host halves of drivers.
#include <cerrno>

#include "fake_kernel.h"
#include "netbsd/constants.h"

namespace farcall::test {
namespace {

using Component = HypercallTest;

TEST_F(Component, UnscheduleGivesUpTheCpuUntilSchedule) {
  EXPECT_EQ(releases_in([] {
              void* const cookie = rumpuser_component_unschedule();
              EXPECT_FALSE(FakeKernel::this_thread_has_cpu());
              rumpuser_component_schedule(cookie);  // the kernel checks what comes back
            }),
            1);
}

TEST_F(Component, HostThreadGetsAnLwpAndLosesIt) {
  std::thread([] {
    EXPECT_EQ(rumpuser_component_curlwp(), nullptr);
    rumpuser_component_kthread();
    EXPECT_NE(rumpuser_component_curlwp(), nullptr);
    EXPECT_FALSE(FakeKernel::this_thread_has_cpu());
    rumpuser_component_kthread_release();
    EXPECT_EQ(rumpuser_component_curlwp(), nullptr);
  }).join();
}

TEST_F(Component, HostThreadSwitchesBetweenLwps) {
  std::thread([] {
    rumpuser_component_switchlwp(fake_lwp(1));
    EXPECT_EQ(rumpuser_component_curlwp(), fake_lwp(1));
    rumpuser_component_switchlwp(fake_lwp(2));
    EXPECT_EQ(rumpuser_component_curlwp(), fake_lwp(2));
    rumpuser_component_switchlwp(nullptr);
    EXPECT_EQ(rumpuser_component_curlwp(), nullptr);
  }).join();
}

TEST_F(Component, TranslatesErrors) {
  EXPECT_EQ(rumpuser_component_errtrans(0), 0);
  EXPECT_EQ(rumpuser_component_errtrans(EAGAIN), NB_EAGAIN);
}

}  // namespace
}  // namespace farcall::test
