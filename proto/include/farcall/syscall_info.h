// What is known of one NetBSD/amd64 system call. The rows are generated from proto/syscalls.tsv.
#pragma once

#include <array>
#include <string_view>

namespace farcall {

/// How one 8-byte argument slot is to be read; the grammar is in proto/generate_syscalls.py.
enum class ArgKind {
  number,
  descriptor,
  pad,
  in_string,
  in_memory,
  out_memory,
  inout_memory,
  in_iovec,
  out_iovec,
  in_message,
  out_message,
  in_messages,
  out_messages,
  fd_set,
  by_ioctl,
  by_fcntl,
};

enum class ResultKind { void_, int_, long_, pair_ };

/// May the call sleep? Briefly: for a device or a lock. Interruptible: until somebody does
/// something, and a signal ends it; such a call acts on descriptors alone, not on what else a
/// process has.
enum class Sleeps { never, briefly, interruptible };

/// How much of the call the built-in kernel has. `note` in the row says what is missing of a
/// partial one.
enum class Support { none, partial, full };

struct ArgInfo {
  std::string_view name;
  ArgKind kind;
  std::string_view
      size;  ///< of the memory behind a pointer, as the table writes it; empty for other kinds
};

inline constexpr unsigned kMaxSyscallArgs = 8;

struct SyscallInfo {
  int number;
  std::string_view name;
  unsigned argument_count;
  std::array<ArgInfo, kMaxSyscallArgs> arguments;
  ResultKind result;
  Sleeps sleeps;
  Support support;
  std::string_view note;
};

}  // namespace farcall
