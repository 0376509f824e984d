// Mappings of files, and what becomes of them.
#include "route.h"
#include "shim/calls/calls.h"
#include "shim/host/host.h"
#include "shim/mappings/shared_mappings.h"
#include "shim/personality/files.h"
#include "shim/personality/personality.h"

namespace farcall::shim::calls {

namespace {

using mappings::kPageSize;

struct Request {
  void* address;
  size_t length;
  int protection;
  int flags;
};

bool is_shared(int flags) { return (flags & MAP_TYPE) != MAP_PRIVATE; }

long host_mmap(const Request& request, int fd, off_t offset) {
  return host::raw(SYS_mmap, request.address, request.length, request.protection, request.flags, fd,
                   offset);
}

/// host_mmap, and what was there before has its changes written.
long map(const Request& request, int fd, off_t offset) {
  if (!mappings::any() || (request.flags & MAP_FIXED) == 0) return host_mmap(request, fd, offset);
  const ErrnoKeeper keeper;
  auto* const begin = static_cast<char*>(request.address);
  mappings::Removal removal(begin, begin + mappings::round_to_page(request.length));
  return removal.ok() ? removal.settle(host_mmap(request, fd, offset)) : -ENOMEM;
}

/// What the kind of the descriptor's opening allows, as mmap(2) says.
long check_access(const Request& request, long file_flags) {
  if (is_error(file_flags)) return file_flags;
  const long access = file_flags & O_ACCMODE;
  if (access == O_WRONLY) return -EACCES;
  const bool writes = is_shared(request.flags) && (request.protection & PROT_WRITE) != 0;
  return writes && access != O_RDWR ? -EACCES : 0;
}

long note_piece(long address, const Request& request, mappings::Backing* backing) {
  auto* const begin = reinterpret_cast<char*>(address);
  const size_t length = mappings::round_to_page(request.length);
  const long added = mappings::add({begin, begin + length, backing, 0, request.protection});
  if (!is_error(added)) return address;
  host::raw(SYS_munmap, begin, length);
  mappings::discard(backing);
  return added;
}

/// A mapping through which the program may write now or after mprotect(2).
long map_writable(const Request& request, mappings::FileCopy& copy, int kfd, off_t offset) {
  const long own_kfd = personality::dup(kfd);
  if (is_error(own_kfd)) return -ENFILE;
  mappings::Backing* const backing =
      mappings::make_backing(copy, static_cast<int>(own_kfd), offset);
  if (backing == nullptr) {
    personality::close(static_cast<int>(own_kfd));
    return -ENOMEM;
  }
  const long address = map(request, copy.fd(), 0);
  if (!is_error(address)) return note_piece(address, request, backing);
  mappings::discard(backing);
  return address;
}

long map_read_only(const Request& request, const mappings::FileCopy& copy) {
  const long fd = copy.read_only();
  if (is_error(fd)) return -ENFILE;
  const long address = map(request, static_cast<int>(fd), 0);
  host::close(static_cast<int>(fd));
  return address;
}

long map_kernel_file(const Request& request, int kfd, off_t offset) {
  if (offset < 0 || offset % static_cast<off_t>(kPageSize) != 0 || request.length == 0)
    return -EINVAL;
  const long file_flags = personality::fcntl(kfd, F_GETFL, 0);
  const long allowed = check_access(request, file_flags);
  if (is_error(allowed)) return allowed;
  if (is_shared(request.flags) && personality::was_locked(kfd)) return -ENODEV;
  mappings::FileCopy copy;
  const long filled = copy.fill(kfd, offset, request.length);
  if (is_error(filled)) return filled;
  if (!is_shared(request.flags)) return map(request, copy.fd(), 0);
  return (file_flags & O_ACCMODE) == O_RDWR ? map_writable(request, copy, kfd, offset)
                                            : map_read_only(request, copy);
}

/// A longer or moved mapping is a new one of the file, which has got what was written before.
long remap_piece(const mappings::Piece& piece, char* old_address, size_t old_size, size_t new_size,
                 int flags, void* new_address) {
  const bool fixed = (flags & MREMAP_FIXED) != 0;
  if (new_size <= old_size && !fixed) {
    const long cut =
        new_size == old_size ? 0 : calls::munmap(old_address + new_size, old_size - new_size);
    return is_error(cut) ? cut : reinterpret_cast<long>(old_address);
  }
  if ((flags & MREMAP_MAYMOVE) == 0) return fixed ? -EINVAL : -ENOMEM;
  mappings::write_back(old_address, old_address + old_size);
  const Request request{fixed ? new_address : nullptr, new_size, piece.protection,
                        MAP_SHARED | (fixed ? MAP_FIXED : 0)};
  const long address = map_kernel_file(request, mappings::kernel_fd_of(piece),
                                       mappings::offset_of(piece) + (old_address - piece.begin));
  if (!is_error(address)) calls::munmap(old_address, old_size);
  return address;
}

}  // namespace

long mmap(void* address, size_t length, int protection, int flags, int fd, off_t offset) {
  const Request request{address, length, protection, flags};
  const int kfd = (flags & MAP_ANONYMOUS) != 0 ? -1 : descriptors::kernel_fd(fd);
  if (kfd < 0) return map(request, fd, offset);
  const ErrnoKeeper keeper;
  return map_kernel_file(request, kfd, offset);
}

long munmap(void* address, size_t length) {
  const auto unmap = [&] { return host::raw(SYS_munmap, address, length); };
  if (!mappings::any()) return unmap();
  const ErrnoKeeper keeper;
  auto* const begin = static_cast<char*>(address);
  mappings::Removal removal(begin, begin + mappings::round_to_page(length));
  return removal.ok() ? removal.settle(unmap()) : -ENOMEM;
}

long exit_group(int status) {
  mappings::write_back_all();
  host::exit(status);
}

long msync(void* address, size_t length, int flags) {
  const long result = host::raw(SYS_msync, address, length, flags);
  if (is_error(result) || !mappings::any()) return result;
  const ErrnoKeeper keeper;
  auto* const begin = static_cast<char*>(address);
  return mappings::write_back(begin, begin + mappings::round_to_page(length));
}

long mremap(void* old_address, size_t old_size, size_t new_size, int flags, void* new_address) {
  auto* const begin = static_cast<char*>(old_address);
  mappings::Piece piece{};
  if (!mappings::any() || !mappings::find(begin, piece))
    return host::raw(SYS_mremap, old_address, old_size, new_size, flags, new_address);
  const ErrnoKeeper keeper;
  const size_t from = mappings::round_to_page(old_size);
  const size_t to = mappings::round_to_page(new_size);
  const bool is_odd = (flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED)) != 0 || from == 0 || to == 0;
  if (is_odd || reinterpret_cast<size_t>(begin) % kPageSize != 0) return -EINVAL;
  if (begin + from > piece.end) return -EFAULT;
  return remap_piece(piece, begin, from, to, flags, new_address);
}

}  // namespace farcall::shim::calls
