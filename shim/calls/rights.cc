#include "rights.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "farcall/client.h"
#include "shim/descriptors/descriptors.h"
#include "shim/descriptors/placeholder.h"
#include "shim/host/errno.h"
#include "shim/host/host.h"
#include "shim/personality/memory.h"
#include "shim/process/start.h"

namespace farcall::shim::calls {

namespace {

constexpr std::size_t kHeader = CMSG_LEN(0);

/// One control message within a buffer.
struct Part {
  std::byte* start;
  std::size_t length;
  std::size_t space;  ///< up to the next one, or the end
  bool is_rights;

  [[nodiscard]] std::size_t descriptors() const { return (length - kHeader) / sizeof(int); }
  [[nodiscard]] std::byte* descriptor(std::size_t index) const {
    return start + kHeader + index * sizeof(int);
  }
};

/// What begins at `offset` of the buffer. False at its end, and where what is there makes no sense.
bool part_at(std::byte* control, std::size_t size, std::size_t offset, Part& part) {
  if (offset > size || size - offset < kHeader) return false;
  std::byte* const start = control + offset;
  cmsghdr header;
  std::memcpy(&header, start, sizeof header);
  if (header.cmsg_len < kHeader || header.cmsg_len > size - offset) return false;
  part = {start, header.cmsg_len, std::min(CMSG_ALIGN(header.cmsg_len), size - offset),
          header.cmsg_level == SOL_SOCKET && header.cmsg_type == SCM_RIGHTS};
  return true;
}

int load_descriptor(const std::byte* where) {
  int fd = -1;
  std::memcpy(&fd, where, sizeof fd);
  return fd;
}

bool is_local(int socket) {
  int domain = 0;
  socklen_t size = sizeof domain;
  host::raw(SYS_getsockopt, socket, SOL_SOCKET, SO_DOMAIN, &domain, &size);
  return domain == AF_UNIX;
}

/// False: `fd` could not be taken in, and is closed.
bool take_in_one(int fd, int flags) {
  if (farcall_is_packed(fd) == 0) return true;
  const int kfd = farcall_unpack(fd, (flags & MSG_PEEK) != 0 ? 1 : 0);
  if (kfd < 0) {
    host::close(fd);
    return false;
  }
  return !is_error(descriptors::adopt_at(kfd, fd, (flags & MSG_CMSG_CLOEXEC) != 0));
}

/// Leaves the first `kept` of the descriptors in `part`, and what follows it. Returns the bytes
/// gained.
std::size_t shorten(const Part& part, std::size_t kept, std::byte* end) {
  const std::size_t length = CMSG_LEN(kept * sizeof(int));
  std::memcpy(part.start + offsetof(cmsghdr, cmsg_len), &length, sizeof length);
  const std::size_t space = kept == 0 ? 0 : std::min(CMSG_SPACE(kept * sizeof(int)), part.space);
  std::byte* const next = part.start + part.space;
  std::memmove(part.start + space, next, static_cast<std::size_t>(end - next));
  return part.space - space;
}

/// Takes in the descriptors of one control message. How many could be; the others are closed.
std::size_t take_in_part(const Part& part, int flags) {
  const std::size_t count = part.descriptors();
  std::size_t kept = 0;
  while (kept < count && take_in_one(load_descriptor(part.descriptor(kept)), flags)) ++kept;
  for (std::size_t i = kept + 1; i < count; ++i) {
    host::close(load_descriptor(part.descriptor(i)));
  }
  return kept;
}

}  // namespace

bool may_name_kernel(const msghdr* program) {
  msghdr message;
  return descriptors::any() && personality::load(&message, program, sizeof message) &&
         message.msg_controllen > kHeader;
}

OutgoingMessage::OutgoingMessage(int socket, const msghdr* program)
    : socket_(socket),
      program_(program),
      control_(personality::load(&message_, program, sizeof message_)
                   ? std::min(message_.msg_controllen, kMostControl)
                   : 0) {}

OutgoingMessage::~OutgoingMessage() {
  for (const int fd : packed_) farcall_packed_drop(fd);
}

bool OutgoingMessage::load() {
  return control_.ok() && message_.msg_controllen == control_.capacity() &&
         personality::load(control_.data(), message_.msg_control, control_.capacity());
}

/// `where` has a descriptor of the program's.
long OutgoingMessage::pack_one(std::byte* where) {
  const int kfd = descriptors::kernel_fd(load_descriptor(where));
  if (kfd < 0) return 0;
  if (placeholder::avoids_paths()) return -EPERM;
  if (packed_.size() == 0 && !is_local(socket_)) return 0;
  if (packed_.size() == packed_.capacity()) return -EINVAL;
  const int fd = farcall_pack(kfd);
  if (fd < 0) return -errno;
  packed_.push_back(fd);
  std::memcpy(where, &fd, sizeof fd);
  return 0;
}

long OutgoingMessage::pack() {
  const ErrnoKeeper keeper;
  if (!load()) return 0;
  Part part;
  for (std::size_t offset = 0; part_at(control_.data(), control_.capacity(), offset, part);
       offset += part.space) {
    if (!part.is_rights) continue;
    for (std::size_t i = 0; i < part.descriptors(); ++i) {
      if (const long error = pack_one(part.descriptor(i)); error != 0) return error;
    }
  }
  message_.msg_control = control_.data();
  return 0;
}

void take_in(msghdr& message, int flags) {
  if (process::hijack_spec_if_started() == nullptr) return;
  const ErrnoKeeper keeper;
  auto* const control = static_cast<std::byte*>(message.msg_control);
  Part part;
  std::size_t offset = 0;
  while (part_at(control, message.msg_controllen, offset, part)) {
    const std::size_t kept = part.is_rights ? take_in_part(part, flags) : 0;
    if (!part.is_rights || kept == part.descriptors()) {
      offset += part.space;
      continue;
    }
    message.msg_controllen -= shorten(part, kept, control + message.msg_controllen);
    message.msg_flags |= MSG_CTRUNC;
    return;
  }
}

}  // namespace farcall::shim::calls
