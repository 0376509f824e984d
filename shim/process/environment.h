// The environment of a program that this process starts: the caller's, and one entry by which the
// new program's copy of this library finds its process in the kernel.
#pragma once

#include <cstddef>
#include <initializer_list>

#include "shim/host/small_array.h"

namespace farcall::shim::process {

/// True when the program that gets `environment` will load this library (LD_PRELOAD names it). NULL
/// is an empty environment.
bool carries_shim(char* const environment[]);

/// `environment` without entries of ours that were left over, and with those of `entries` that are
/// not NULL.
class ExtendedEnvironment {
 public:
  ExtendedEnvironment(char* const environment[], std::initializer_list<char*> entries);
  [[nodiscard]] bool ok() const { return entries_.ok(); }
  char** data() { return entries_.data(); }

 private:
  SmallArray<char*, 128> entries_;
};

/// Enough for the "NAME=value" of farcall_exec_prepare and farcall_prespawn.
inline constexpr std::size_t kEntrySize = 512;

}  // namespace farcall::shim::process
