#include "call_data.h"

#include <algorithm>
#include <cstring>

#include "arena.h"
#include "netbsd/call_data.h"
#include "netbsd/layouts.h"

namespace farcall::client {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kMaxString = 1024;

std::uint64_t address_of(const void* pointer) { return reinterpret_cast<std::uint64_t>(pointer); }

/// Bytes of an argument that an ioctl command says are read.
std::uint64_t ioctl_input(std::uint64_t command) {
  constexpr std::uint64_t kIn = 0x8000'0000;
  constexpr unsigned kSizeShift = 16;
  constexpr std::uint64_t kSizeMask = 0x1fff;
  return (command & kIn) != 0 ? command >> kSizeShift & kSizeMask : 0;
}

/// Bytes of a set of `count` descriptors: whole words of 32.
std::uint64_t fd_set_size(std::uint64_t count) {
  return (std::min<std::uint64_t>(count, UINT32_MAX) + 31) / 32 * 4;
}

}  // namespace

bool data_crosses_with(std::uint32_t number) {
  if (number >= std::size(kCallData)) return false;
  return kCallData[number].rules != 0 || kCallData[number].defers_output;
}

/// One collection under way.
struct CallInput::Reading {
  CallInput& to;
  std::size_t limit;
  bool cut;
  Peeker& peeker;

  void memory(std::uint64_t address, std::uint64_t size) {
    if (address == 0 || size == 0 || to.count_ == kMaxExtents) return;
    if (arena_of_process().covers(address, size)) return;
    const std::size_t room = limit - to.bytes_;
    if (size > room) {
      if (!cut || room == 0) return;
      size = room;
    }
    to.extents_[to.count_++] = {address, static_cast<std::uint32_t>(size), 0};
    to.bytes_ += size;
  }

  void string(std::uint64_t address) {
    char piece[kMaxString];
    std::size_t size = 0;
    while (address != 0 && size < kMaxString) {
      // The next page need not be there.
      const std::size_t part =
          std::min(kMaxString - size, kPage - static_cast<std::size_t>((address + size) % kPage));
      if (!peeker.peek(address + size, piece, part)) return;
      if (const void* end = std::memchr(piece, 0, part); end != nullptr) {
        return memory(address,
                      size + static_cast<std::size_t>(static_cast<const char*>(end) - piece) + 1);
      }
      size += part;
    }
  }

  void iovecs(std::uint64_t address, std::uint64_t count, bool data) {
    std::array<netbsd::iovec, kMaxExtents> copy;
    if (count > copy.size()) return;
    memory(address, count * sizeof copy[0]);
    if (!data || address == 0 || count == 0) return;
    if (!peeker.peek(address, copy.data(), count * sizeof copy[0])) return;
    for (std::size_t i = 0; i < count; ++i) memory(address_of(copy[i].iov_base), copy[i].iov_len);
  }

  void message(std::uint64_t address, bool data) {
    memory(address, sizeof(netbsd::msghdr));
    inner_message(address, data);
  }

  void inner_message(std::uint64_t address, bool data) {
    netbsd::msghdr header;
    if (address == 0 || !peeker.peek(address, &header, sizeof header)) return;
    if (data) memory(address_of(header.msg_name), header.msg_namelen);
    if (data) memory(address_of(header.msg_control), header.msg_controllen);
    iovecs(address_of(header.msg_iov), static_cast<std::uint32_t>(header.msg_iovlen), data);
  }

  void messages(std::uint64_t address, std::uint64_t count, bool data) {
    constexpr std::size_t kMost = 8;  // of what is carried for each: extents are few
    count = std::min<std::uint64_t>(count, kMost);
    memory(address, count * sizeof(netbsd::mmsghdr));
    for (std::size_t i = 0; i < count; ++i) {
      inner_message(address + i * sizeof(netbsd::mmsghdr), data);
    }
  }

  void follow(const DataRule& rule, const std::array<std::uint64_t, 8>& arguments) {
    const std::uint64_t address = arguments[rule.argument];
    const std::uint64_t count = rule.count == kNoArgument ? 1 : arguments[rule.count];
    switch (rule.kind) {
      case DataRule::memory:
        if (count > UINT32_MAX) return;
        return memory(address, count * rule.factor);
      case DataRule::string:
        return string(address);
      case DataRule::iovec:
      case DataRule::iovec_data:
        return iovecs(address, count, rule.kind == DataRule::iovec_data);
      case DataRule::message:
      case DataRule::message_data:
        return message(address, rule.kind == DataRule::message_data);
      case DataRule::messages:
      case DataRule::messages_data:
        return messages(address, count, rule.kind == DataRule::messages_data);
      case DataRule::fd_set:
        return memory(address, fd_set_size(count));
      case DataRule::ioctl:
        return memory(address, ioctl_input(count));
    }
  }
};

void CallInput::collect(const SystemCall& call, std::size_t limit, bool cut, Peeker& peeker) {
  count_ = bytes_ = 0;
  if (call.number < 0 || static_cast<std::size_t>(call.number) >= std::size(kCallData)) return;
  const CallDataInfo& info = kCallData[call.number];
  if (info.rules == 0) return;
  std::array<std::uint64_t, 8> arguments{};
  if (call.size != 0) {
    std::memcpy(arguments.data(), call.arguments, std::min(call.size, sizeof arguments));
  }
  Reading reading{*this, limit, cut, peeker};
  for (std::size_t i = 0; i < info.rules; ++i) {
    reading.follow(kDataRules[info.first_rule + i], arguments);
  }
}

void CallInput::keep(std::size_t bytes) {
  if (bytes >= bytes_) return;
  std::size_t before = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    const std::size_t length = extents_[i].length;
    if (before + length >= bytes) {
      extents_[i].length = static_cast<std::uint32_t>(bytes - before);
      count_ = extents_[i].length == 0 ? i : i + 1;
      break;
    }
    before += length;
  }
  bytes_ = bytes;
}

std::size_t to_iovecs(std::span<const DataExtent> extents, iovec* into) {
  for (const DataExtent& extent : extents) {
    *into++ = {reinterpret_cast<void*>(extent.address), extent.length};
  }
  return extents.size();
}

}  // namespace farcall::client
