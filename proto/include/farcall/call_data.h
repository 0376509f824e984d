// The data that crosses together with a call, so that nobody has to ask for it: what the call is
// known to read goes with its request, what it writes comes back with its answer.
// docs/PROTOCOL.md, section 10, is the specification.
//
// Both ways it is a list of extents and their bytes, one extent's after the other's. An extent is
// some of the calling program's memory. What is not in the list is copied as without it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace farcall {

struct DataExtent {
  std::uint64_t address;  ///< in the calling program
  std::uint32_t length;   ///< in bytes, not 0
  std::uint32_t pad;
};
static_assert(sizeof(DataExtent) == 16 && offsetof(DataExtent, length) == 8);
static_assert(std::is_trivially_copyable_v<DataExtent>);

/// In one direction of one call.
inline constexpr std::size_t kMaxExtents = 32;

/// What one argument of a system call says of the memory that the call reads. The rules are
/// generated from proto/syscalls.tsv (netbsd/call_data.h).
struct DataRule {
  enum Kind : std::uint8_t {
    memory,         ///< `factor` bytes, times the argument `count` if there is one
    string,         ///< up to its zero
    iovec,          ///< an array of `count` iovecs
    iovec_data,     ///< and what these point at
    message,        ///< a msghdr and its iovecs
    message_data,   ///< and what all of it points at
    messages,       ///< an array of `count` mmsghdrs; each as message
    messages_data,  ///< each as message_data
    fd_set,         ///< a set of `count` descriptors
    ioctl,          ///< as many bytes as the command says, which is the argument `count`
  };
  Kind kind;
  std::uint8_t argument;  ///< has the address
  std::uint8_t count;     ///< the argument that has the number, or kNoArgument
  std::uint16_t factor;
};
inline constexpr std::uint8_t kNoArgument = 0xff;

/// Of one system call: its rules in kDataRules, and whether it writes something that may come with
/// its answer. That may not when the call makes something that only these bytes tell the name of.
struct CallDataInfo {
  std::uint16_t first_rule;
  std::uint8_t rules;
  bool defers_output;
};

}  // namespace farcall
