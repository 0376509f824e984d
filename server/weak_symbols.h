// Weak symbols among NetBSD's component libraries.
//
// A component may have stand-ins for functions of another, rumpnet those of bridges for example,
// that panic when they are called. They are weak, and NetBSD's dynamic linker prefers a definition
// that is not; glibc's takes the first one that was loaded.
#pragma once

#include <vector>

#include "server/kernel_libraries.h"

namespace farcall::server {

struct LoadedComponent {
  KernelLibrary library;
  void* handle;  ///< of dlopen
};

/// Has all calls of these components' weak functions go to the definitions that are not weak, of
/// whichever of them has one. Before any of them runs.
void prefer_strong_symbols(const std::vector<LoadedComponent>& components);

}  // namespace farcall::server
