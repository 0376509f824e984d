#include "personality/descriptor_kind.h"

#include "personality/netbsd.h"

#include <sys/socket.h>

#include <array>
#include <atomic>

#include "personality/call.h"
#include "personality/files.h"
#include "personality/raw_ipv4.h"
#include "personality/socket_query.h"

namespace farcall::personality {
namespace {

/// Descriptors above are asked about each time; no kernel here hands out that many to one process.
constexpr unsigned kRemembered = 1U << 16;

// Zero is `unknown`. One byte each, changed only by whoever made or asked about that descriptor.
std::array<std::atomic<DescriptorKind>, kRemembered> kinds;

bool includes_header(int kfd) {
  int value = 0;
  std::uint32_t size = sizeof value;
  return call(NB_SYS_getsockopt, kfd, NB_IPPROTO_IP, NB_IP_HDRINCL, &value, &size) == 0 &&
         value != 0;
}

DescriptorKind ask(int kfd) {
  if (socket_type(kfd) != SOCK_RAW || socket_family(kfd) != AF_INET) return DescriptorKind::other;
  return includes_header(kfd) ? DescriptorKind::raw_ipv4_with_header : DescriptorKind::raw_ipv4;
}

bool is_raw(DescriptorKind kind) {
  return kind == DescriptorKind::raw_ipv4 || kind == DescriptorKind::raw_ipv4_with_header;
}

}  // namespace

void remember_kind(int kfd, DescriptorKind kind) {
  const auto index = static_cast<unsigned>(kfd);
  if (index < kRemembered) kinds[index].store(kind, std::memory_order_relaxed);
}

DescriptorKind kind_of(int kfd) {
  const auto index = static_cast<unsigned>(kfd);
  if (index >= kRemembered) return ask(kfd);
  const DescriptorKind known = kinds[index].load(std::memory_order_relaxed);
  if (known != DescriptorKind::unknown) return known;
  const DescriptorKind asked = ask(kfd);
  remember_kind(kfd, asked);
  return asked;
}

void remember_locked(int kfd) {
  // A directory stays one: that matters more.
  if (directory_error(kfd) == 0) remember_kind(kfd, DescriptorKind::locked);
}

bool was_locked(int kfd) {
  const auto index = static_cast<unsigned>(kfd);
  return index < kRemembered &&
         kinds[index].load(std::memory_order_relaxed) == DescriptorKind::locked;
}

Sysret directory_error(int kfd) {
  const auto index = static_cast<unsigned>(kfd);
  if (index >= kRemembered) return 0;
  DescriptorKind kind = kinds[index].load(std::memory_order_relaxed);
  if (kind == DescriptorKind::opened) {
    struct stat status = {};
    const bool directory = personality::fstat(kfd, &status) == 0 && S_ISDIR(status.st_mode);
    kind = directory ? DescriptorKind::directory : DescriptorKind::other;
    remember_kind(kfd, kind);
  }
  return kind == DescriptorKind::directory ? -EISDIR : 0;
}

Sysret received_packet(int kfd, std::span<const iovec> vectors, Sysret result) {
  if (result <= 0 || !may_be_ipv4(vectors, static_cast<std::size_t>(result))) return result;
  if (!is_raw(kind_of(kfd))) return result;
  fix_received_header(vectors, static_cast<std::size_t>(result));
  return result;
}

bool sends_header(int kfd, std::span<const iovec> vectors) {
  // The kind first: the data may lie where nobody can look, which is for the kernel to say.
  constexpr std::size_t kSmallest = 20;
  return kind_of(kfd) == DescriptorKind::raw_ipv4_with_header && may_be_ipv4(vectors, kSmallest);
}

}  // namespace farcall::personality
