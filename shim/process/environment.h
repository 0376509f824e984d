// The environment of a program that this process starts: the caller's, what it needs to stay with
// the kernel, and entries by which the new program's copy of this library finds its process there.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>

#include "shim/host/small_array.h"

namespace farcall::shim::process {

inline constexpr std::string_view kPreload = "LD_PRELOAD=";
inline constexpr std::string_view kLibrary = "libfarcall";

/// The entry of `environment` that starts with `name`, "NAME=" with its sign; NULL when there is
/// none. A NULL environment is empty.
char* find_entry(char* const environment[], std::string_view name);

/// True when the program that gets `environment` is to do without this library: its LD_PRELOAD is
/// there and does not name it, as with `LD_PRELOAD= program`. Without the variable it stays.
bool leaves_kernel(char* const environment[]);

/// `environment` without entries of ours that were left over, with those of `lasting` whose names
/// it does not have, and with those of `entries` that are not NULL. Refers to all of these.
class ExtendedEnvironment {
 public:
  ExtendedEnvironment(char* const environment[], std::span<char* const> lasting,
                      std::initializer_list<char*> entries);
  [[nodiscard]] bool ok() const { return entries_.ok(); }
  char** data() { return entries_.data(); }

 private:
  SmallArray<char*, 128> entries_;
};

/// Enough for the "NAME=value" of farcall_exec_prepare and farcall_prespawn.
inline constexpr std::size_t kEntrySize = 512;

}  // namespace farcall::shim::process
