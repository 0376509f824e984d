#include "kernel/ipc/passed_files.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "kernel/core/proc.h"
#include "netbsd/constants.h"

namespace farcall::kernel {
namespace {

constexpr std::size_t align(std::size_t size) { return (size + 7) & ~std::size_t{7}; }
constexpr std::size_t kHeader = align(sizeof(netbsd::cmsghdr));

}  // namespace

PassedFiles& PassedFiles::operator=(PassedFiles&& other) noexcept {
  std::swap(files_, other.files_);
  return *this;
}

void PassedFiles::close_all() {
  for (Ref<File>& file : std::exchange(files_, {})) file->close_reference();
}

Result<void> PassedFiles::take_one(std::span<const std::byte> descriptors) {
  for (; descriptors.size() >= sizeof(int); descriptors = descriptors.subspan(sizeof(int))) {
    int fd = -1;
    std::memcpy(&fd, descriptors.data(), sizeof fd);
    FARCALL_ASSIGN(Ref<File> file, current_process().descriptors->get(fd));
    const Socket* socket = file->as_socket();
    if (socket != nullptr && socket->domain() == NB_AF_LOCAL) return Error{NB_EOPNOTSUPP};
    file->open_reference();
    files_.push_back(std::move(file));
  }
  return {};
}

Result<PassedFiles> PassedFiles::take(std::span<const std::byte> control) {
  PassedFiles taken;
  while (!control.empty()) {
    netbsd::cmsghdr header;
    if (control.size() < sizeof header) return Error{NB_EINVAL};
    std::memcpy(&header, control.data(), sizeof header);
    if (header.cmsg_len < kHeader || header.cmsg_len > control.size()) return Error{NB_EINVAL};
    if (header.cmsg_level != NB_SOL_SOCKET || header.cmsg_type != NB_SCM_RIGHTS) {
      return Error{NB_EOPNOTSUPP};
    }
    FARCALL_TRY(taken.take_one(control.subspan(kHeader, header.cmsg_len - kHeader)));
    control = control.subspan(std::min(align(header.cmsg_len), control.size()));
  }
  return taken;
}

void PassedFiles::deliver(ReceiveRequest& request) {
  if (files_.empty()) return;
  const std::size_t room = request.control_room < kHeader ? 0 : request.control_room - kHeader;
  std::vector<int> descriptors;
  for (const Ref<File>& file : files_) {
    if ((descriptors.size() + 1) * sizeof(int) > room) break;
    const auto fd = current_process().descriptors->allocate(file);
    if (!fd.ok()) break;
    descriptors.push_back(*fd);
  }
  if (descriptors.size() < files_.size()) request.result_flags |= NB_MSG_CTRUNC;
  close_all();
  if (descriptors.empty()) return;
  const std::size_t size = descriptors.size() * sizeof(int);
  const netbsd::cmsghdr header = {static_cast<unsigned>(kHeader + size), NB_SOL_SOCKET,
                                  NB_SCM_RIGHTS};
  request.control.resize(kHeader + size);
  std::memcpy(request.control.data(), &header, sizeof header);
  std::memcpy(request.control.data() + kHeader, descriptors.data(), size);
}

}  // namespace farcall::kernel
