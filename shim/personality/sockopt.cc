// getsockopt and setsockopt.
#include "personality/netbsd.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "personality/call.h"
#include "personality/descriptor_kind.h"
#include "personality/memory.h"
#include "personality/personality.h"
#include "personality/sockaddr.h"
#include "personality/socket_query.h"
#include "personality/sockopt_table.h"
#include "personality/sockopt_value.h"

namespace farcall::personality {
namespace {

Sysret set_raw(int kfd, const OptionRow& row, const OptionBytes& value) {
  return call(NB_SYS_setsockopt, kfd, row.netbsd_level, row.netbsd_name, value.data(),
              value.size());
}

/// Linux lowers a buffer size that is too large; NetBSD says ENOBUFS. So: the largest power-of-two
/// part that it takes.
Sysret set_buffer_size(int kfd, const OptionRow& row, int wanted) {
  constexpr int kSmallest = 2304;  // what Linux raises smaller sizes to
  int size = std::max(wanted, kSmallest);
  for (;;) {
    OptionBytes value(sizeof size);
    std::memcpy(value.data(), &size, sizeof size);
    const Sysret result = set_raw(kfd, row, value);
    if (result != -ENOBUFS || size <= kSmallest) return result;
    size = std::max(size / 2, kSmallest);
  }
}

/// Kinds whose accepted values have no effect on the kernel.
bool stays_here(OptionKind kind) {
  return kind == OptionKind::hint || kind == OptionKind::only_off ||
         kind == OptionKind::bind_device;
}

Sysret protocol_of(int kfd) {
  const Sysret family = socket_family(kfd);
  if (family < 0) return family;
  const Sysret type = socket_type(kfd);
  if (type < 0 || family == AF_UNIX) return std::min<Sysret>(type, 0);
  if (type == SOCK_STREAM) return IPPROTO_TCP;
  if (type == SOCK_DGRAM) return IPPROTO_UDP;
  return -ENOPROTOOPT;  // of a raw socket the kernel does not tell
}

OptionBytes int_bytes(int value) {
  OptionBytes bytes(sizeof value);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

/// The value as Linux shows it. 0 or a negative errno.
Sysret read_option(int kfd, const OptionRow& row, OptionBytes& value) {
  if (row.kind == OptionKind::domain || row.kind == OptionKind::protocol) {
    const Sysret answer = row.kind == OptionKind::domain ? socket_family(kfd) : protocol_of(kfd);
    if (answer < 0) return answer;
    value = int_bytes(static_cast<int>(answer));
    return 0;
  }
  if (stays_here(row.kind)) {
    if (const Sysret type = socket_type(kfd); type < 0) return type;
    value = row.kind == OptionKind::bind_device ? OptionBytes{} : option_to_linux(row, {});
    return 0;
  }
  OptionBytes raw(kLargestOption);
  std::uint32_t size = kLargestOption;
  const Sysret result =
      call(NB_SYS_getsockopt, kfd, row.netbsd_level, row.netbsd_name, raw.data(), &size);
  if (result < 0) return result;
  raw.resize(std::min<std::size_t>(size, kLargestOption));
  value = option_to_linux(row, raw);
  return 0;
}

}  // namespace

Sysret setsockopt(int kfd, int level, int name, const void* value, socklen_t length) {
  if (static_cast<int>(length) < 0) return -EINVAL;
  const OptionRow* row = find_option(level, name);
  if (row == nullptr) return -ENOPROTOOPT;
  if (length > kLargestOption) return -EINVAL;
  OptionBytes given(length);
  if (!load(given.data(), value, given.size())) return -EFAULT;
  const auto translated = option_to_netbsd(*row, given);
  if (!translated) return -translated.code();
  if (stays_here(row->kind)) return std::min<Sysret>(socket_type(kfd), 0);
  if (row->kind == OptionKind::buffer_size) {
    int size;
    std::memcpy(&size, translated->data(), sizeof size);
    return set_buffer_size(kfd, *row, size);
  }
  const Sysret result = set_raw(kfd, *row, *translated);
  const bool header_option = level == IPPROTO_IP && name == IP_HDRINCL;
  if (header_option && result == 0)
    remember_kind(kfd, DescriptorKind::unknown);  // asked when it matters
  return result;
}

Sysret getsockopt(int kfd, int level, int name, void* value, socklen_t* length) {
  const long room = check_length(length);
  if (room < 0) return room;
  const OptionRow* row = find_option(level, name);
  if (row == nullptr) return -ENOPROTOOPT;
  OptionBytes answer;
  if (const Sysret result = read_option(kfd, *row, answer); result < 0) return result;
  answer = cut_option(*row, std::move(answer), static_cast<std::size_t>(room));
  const auto size = static_cast<socklen_t>(answer.size());
  return store(value, answer.data(), size) && store_value(length, size) ? 0 : -EFAULT;
}

}  // namespace farcall::personality
