// Looking symbols of a loaded kernel up.
#pragma once

#include <dlfcn.h>

namespace farcall::server {

/// Takes symbol `name` of `library`. False: it has none.
template <class Function>
bool take(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

}  // namespace farcall::server
