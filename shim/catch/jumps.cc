// siglongjmp(3) out of a handler, which leaves the call that the handler interrupted.
#include <setjmp.h>

#include <cstdint>

#include "catch.h"
#include "farcall/client.h"
#include "shim/host/libc.h"

using namespace farcall::shim;

namespace {

/// The stack pointer that the jump sets, which glibc keeps disguised.
const void* stack_of(const __jmp_buf_tag* target) {
  constexpr int kStackPointer = 6;
  auto pointer = static_cast<std::uint64_t>(target->__jmpbuf[kStackPointer]);
  __asm__("rorq $17, %0\n\txorq %%fs:0x30, %0" : "+r"(pointer));
  return reinterpret_cast<const void*>(pointer);
}

}  // namespace

FARCALL_CATCH __attribute__((noreturn)) void siglongjmp(sigjmp_buf target, int value) noexcept {
  farcall_leave_frames(stack_of(target));
  host::libc().siglongjmp(target, value);
  __builtin_unreachable();
}
FARCALL_ALIAS(longjmp, siglongjmp);
FARCALL_ALIAS(_longjmp, siglongjmp);

FARCALL_CATCH __attribute__((noreturn)) void __longjmp_chk(sigjmp_buf target, int value) noexcept {
  farcall_leave_frames(stack_of(target));
  host::libc().__longjmp_chk(target, value);
  __builtin_unreachable();
}
