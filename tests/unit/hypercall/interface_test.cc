// The library as NetBSD's components see it.
#include <dlfcn.h>

#include "fake_kernel.h"
#include "netbsd/constants.h"

namespace farcall::test {
namespace {

// What the components of NetBSD's kernel leave undefined, kern, vfs, net and the drivers with a
// half on the host.
constexpr const char* kNeeded[] = {
    "rumpuser_init",
    "rumpuser_malloc",
    "rumpuser_free",
    "rumpuser_anonmmap",
    "rumpuser_unmap",
    "rumpuser_clock_gettime",
    "rumpuser_clock_sleep",
    "rumpuser_getparam",
    "rumpuser_getrandom",
    "rumpuser_kill",
    "rumpuser_exit",
    "rumpuser_putchar",
    "rumpuser_dprintf",
    "rumpuser_seterrno",
    "rumpuser_daemonize_begin",
    "rumpuser_daemonize_done",
    "rumpuser_dl_bootstrap",
    "rumpuser_thread_create",
    "rumpuser_thread_exit",
    "rumpuser_thread_join",
    "rumpuser_curlwp",
    "rumpuser_curlwpop",
    "rumpuser_mutex_init",
    "rumpuser_mutex_enter",
    "rumpuser_mutex_enter_nowrap",
    "rumpuser_mutex_tryenter",
    "rumpuser_mutex_exit",
    "rumpuser_mutex_destroy",
    "rumpuser_mutex_owner",
    "rumpuser_rw_init",
    "rumpuser_rw_enter",
    "rumpuser_rw_tryenter",
    "rumpuser_rw_tryupgrade",
    "rumpuser_rw_downgrade",
    "rumpuser_rw_exit",
    "rumpuser_rw_destroy",
    "rumpuser_rw_held",
    "rumpuser_cv_init",
    "rumpuser_cv_destroy",
    "rumpuser_cv_wait",
    "rumpuser_cv_wait_nowrap",
    "rumpuser_cv_timedwait",
    "rumpuser_cv_signal",
    "rumpuser_cv_broadcast",
    "rumpuser_cv_has_waiters",
    "rumpuser_open",
    "rumpuser_close",
    "rumpuser_getfileinfo",
    "rumpuser_bio",
    "rumpuser_iovread",
    "rumpuser_iovwrite",
    "rumpuser_syncfd",
    "rumpuser_sp_init",
    "rumpuser_sp_fini",
    "rumpuser_sp_copyin",
    "rumpuser_sp_copyinstr",
    "rumpuser_sp_copyout",
    "rumpuser_sp_copyoutstr",
    "rumpuser_sp_anonmmap",
    "rumpuser_sp_raise",
    "rumpuser_sync_icache",
    "rumpuser_component_schedule",
    "rumpuser_component_unschedule",
    "rumpuser_component_kthread",
    "rumpuser_component_kthread_release",
    "rumpuser_component_curlwp",
    "rumpuser_component_switchlwp",
    "rumpuser_component_errtrans",
};

TEST(Interface, HasAllThatNetbsdsComponentsNeed) {
  void* const library = ::dlopen("librumpuser.so.0", RTLD_NOW | RTLD_NOLOAD);
  ASSERT_NE(library, nullptr) << "it must go by the name that they were linked with";
  for (const char* name : kNeeded) EXPECT_NE(::dlsym(library, name), nullptr) << name;
  ::dlclose(library);
}

TEST(Interface, ShowsNothingElse) {
  void* const library = ::dlopen("librumpuser.so.0", RTLD_NOW | RTLD_NOLOAD);
  EXPECT_EQ(::dlsym(library, "_ZN7farcall9hypercall7upcallsE"), nullptr);
  ::dlclose(library);
}

TEST(Interface, OtherVersionsAreRefused) {
  const rumpuser_hyperup upcalls = {};
  ::testing::internal::CaptureStderr();
  EXPECT_NE(rumpuser_init(RUMPUSER_VERSION + 1, &upcalls), 0);
  EXPECT_NE(rumpuser_init(RUMPUSER_VERSION - 1, &upcalls), 0);
  EXPECT_NE(::testing::internal::GetCapturedStderr().find("wants interface version 18"),
            std::string::npos);
}

TEST_F(HypercallTest, UpcallsCanBeAskedFor) {
  const rumpuser_hyperup* const upcalls = farcall_hypercall_upcalls();
  ASSERT_NE(upcalls, nullptr);
  EXPECT_EQ(upcalls->hyp_getpid(), 1);
}

}  // namespace
}  // namespace farcall::test
