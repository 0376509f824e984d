#include "server/client_memory.h"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "netbsd/constants.h"
#include "server/memory_way.h"

namespace farcall::server {
namespace {

constexpr std::size_t kPageSize = 4096;

/// What a client sends is written to with the server's rights, so it has to be what it should be.
bool is_process_memory(int fd) {
  struct statfs filesystem {};
  if (fstatfs(fd, &filesystem) == -1 || filesystem.f_type != PROC_SUPER_MAGIC) return false;
  char link[32];
  std::snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
  std::array<char, 128> target;
  const ssize_t length = readlink(link, target.data(), target.size());
  return length > 0 && std::string_view(target.data(), length).ends_with("/mem");
}

/// The process at the other end, when `memory` is its memory and may be reached by its number.
/// Otherwise 0.
pid_t reachable_peer(int memory, int socket) {
  ucred peer{};
  socklen_t length = sizeof(peer);
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) == -1 || peer.pid <= 0) return 0;
  char path[32];
  std::snprintf(path, sizeof(path), "/proc/%d/mem", static_cast<int>(peer.pid));
  struct stat by_number {};
  struct stat sent {};
  // An open descriptor keeps the file's number, so that no later process has it.
  if (stat(path, &by_number) == -1 || fstat(memory, &sent) == -1) return 0;
  if (by_number.st_dev != sent.st_dev || by_number.st_ino != sent.st_ino) return 0;
  std::byte byte;
  const iovec local{&byte, 1};
  const iovec nowhere{nullptr, 1};
  const ssize_t got = process_vm_readv(peer.pid, &local, 1, &nowhere, 1, 0);
  return got == -1 && errno != EFAULT ? 0 : peer.pid;
}

}  // namespace

std::shared_ptr<const ClientMemory> ClientMemory::open(Descriptor memory, int socket) {
  if (!memory || !is_process_memory(memory.get())) return nullptr;
  const pid_t reachable = reachable_peer(memory.get(), socket);
  const MemoryWay way = choose_way(reachable != 0, memory_way_costs());
  const pid_t peer = way == MemoryWay::number ? reachable : 0;
  return std::shared_ptr<const ClientMemory>(new ClientMemory(std::move(memory), peer));
}

Result<void> ClientMemory::read(std::uint64_t address, std::span<std::byte> to) const {
  if (to.empty()) return {};
  if (!copy(false, address, to.data(), to.size())) return Error{NB_EFAULT};
  if (pid_ != 0 && !is_there(address)) return Error{NB_EFAULT};
  return {};
}

Result<void> ClientMemory::write(std::uint64_t address, std::span<const std::byte> from) const {
  if (from.empty()) return {};
  if (pid_ != 0 && !is_there(address)) return Error{NB_EFAULT};
  if (!copy(true, address, const_cast<std::byte*>(from.data()), from.size())) {
    return Error{NB_EFAULT};
  }
  return {};
}

Result<std::size_t> ClientMemory::read_string(std::uint64_t address,
                                              std::span<std::byte> to) const {
  std::size_t read_before = 0;
  while (read_before < to.size()) {
    // The next page need not be there.
    const std::uint64_t at = address + read_before;
    const auto piece =
        to.subspan(read_before, std::min(to.size() - read_before, kPageSize - at % kPageSize));
    FARCALL_TRY(read(at, piece));
    const void* end = std::memchr(piece.data(), 0, piece.size());
    if (end != nullptr)
      return static_cast<std::size_t>(static_cast<const std::byte*>(end) - to.data()) + 1;
    read_before += piece.size();
  }
  return Error{NB_ENAMETOOLONG};
}

std::string ClientMemory::method() const {
  using Microseconds = std::chrono::duration<double, std::micro>;
  const MemoryWayCosts& costs = memory_way_costs();
  return fmt::format("{} (64 KiB by process_vm_readv in {:.1f} µs, by /proc/PID/mem in {:.1f}{})",
                     pid_ != 0 ? "process_vm_readv" : "its /proc/self/mem",
                     Microseconds(costs.number).count(), Microseconds(costs.descriptor).count(),
                     costs.descriptor_minds_protection ? "" : ", which minds no protection");
}

// One whole copy. A call that moves less has met memory that is not there, or the most that the
// host moves at a time.
bool ClientMemory::copy(bool out, std::uint64_t address, std::byte* local, std::size_t size) const {
  while (size != 0) {
    const iovec here{local, size};
    const iovec there{reinterpret_cast<void*>(address), size};
    ssize_t moved;
    if (pid_ != 0) {
      moved = out ? process_vm_writev(pid_, &here, 1, &there, 1, 0)
                  : process_vm_readv(pid_, &here, 1, &there, 1, 0);
    } else {
      const auto offset = static_cast<off_t>(address);
      moved = out ? pwrite(memory_.get(), local, size, offset)
                  : pread(memory_.get(), local, size, offset);
    }
    if (moved <= 0) return false;
    address += static_cast<std::uint64_t>(moved);
    local += moved;
    size -= static_cast<std::size_t>(moved);
  }
  return true;
}

// The descriptor reads nothing once its program has ended, by exit or exec.
bool ClientMemory::is_there(std::uint64_t address) const {
  std::byte byte;
  return pread(memory_.get(), &byte, 1, static_cast<off_t>(address)) == 1;
}

}  // namespace farcall::server
