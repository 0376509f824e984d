#include "open_files.h"

#include <array>
#include <charconv>
#include <cstring>

#include "shim/host/errno.h"
#include "shim/host/host.h"

namespace farcall::shim {

namespace {

void visit_entries(const char* data, long size, int listing, OpenFileVisitor& visitor) {
  for (long offset = 0; offset < size;) {
    const auto* entry = reinterpret_cast<const dirent64*>(data + offset);
    offset += entry->d_reclen;
    int fd = -1;
    const char* end = entry->d_name + std::strlen(entry->d_name);
    const auto parsed = std::from_chars(entry->d_name, end, fd);
    if (parsed.ec == std::errc{} && parsed.ptr == end && fd != listing) visitor.visit(fd);
  }
}

}  // namespace

long for_each_open_file(OpenFileVisitor& visitor) {
  const long opened =
      host::raw(SYS_openat, AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (is_error(opened)) return opened;
  const int listing = static_cast<int>(opened);
  alignas(dirent64) std::array<char, 4096> buffer;
  long size = 0;
  while ((size = host::raw(SYS_getdents64, listing, buffer.data(), buffer.size())) > 0) {
    visit_entries(buffer.data(), size, listing, visitor);
  }
  host::close(listing);
  return size;
}

}  // namespace farcall::shim
