#include <algorithm>
#include <array>

#include "shim/calls/calls.h"
#include "shim/descriptors/descriptors.h"
#include "shim/host/errno.h"
#include "shim/host/host.h"

namespace farcall::shim::calls {

namespace {

constexpr size_t kChunk = 16384;

/// Copies from `position` on; what was written, which may be less than was asked, or -errno when
/// nothing was.
long copy(int to, int from, off_t position, size_t count) {
  std::array<char, kChunk> buffer;
  size_t done = 0;
  while (done < count) {
    const size_t wanted = std::min(count - done, buffer.size());
    const long got = calls::pread(from, buffer.data(), wanted, position + static_cast<off_t>(done));
    if (got == 0) break;
    const long put =
        is_error(got) ? got : calls::write(to, buffer.data(), static_cast<size_t>(got));
    if (is_error(put)) return done > 0 ? static_cast<long>(done) : put;
    done += static_cast<size_t>(put);
    if (put < got) break;
  }
  return static_cast<long>(done);
}

}  // namespace

long sendfile(int to, int from, off_t* offset, size_t count) {
  if (descriptors::kernel_fd(from) < 0 && descriptors::kernel_fd(to) < 0)
    return host::raw(SYS_sendfile, to, from, offset, count);
  const ErrnoKeeper keeper;
  const long start = offset != nullptr ? *offset : calls::lseek(from, 0, SEEK_CUR);
  if (is_error(start)) return start == -ESPIPE ? -EINVAL : start;
  const long copied = copy(to, from, start, count);
  if (is_error(copied)) return copied == -ESPIPE ? -EINVAL : copied;
  if (offset != nullptr) {
    *offset = start + copied;
  } else {
    calls::lseek(from, start + copied, SEEK_SET);
  }
  return copied;
}

}  // namespace farcall::shim::calls
