#include "libc.h"

#include <dlfcn.h>

namespace farcall::shim::host {

constinit Libc libc_functions{};

void resolve_libc() {
#define FARCALL_RESOLVE(name) \
  libc_functions.name = reinterpret_cast<decltype(&::name)>(dlsym(RTLD_NEXT, #name));
  FARCALL_LIBC_FUNCTIONS(FARCALL_RESOLVE)
#undef FARCALL_RESOLVE
}

}  // namespace farcall::shim::host
