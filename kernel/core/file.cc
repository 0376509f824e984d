#include "kernel/core/file.h"

#include "netbsd/constants.h"

namespace farcall::kernel {

Result<std::size_t> File::read(Uio&) { return Error{NB_ENXIO}; }
Result<std::size_t> File::write(Uio&) { return Error{NB_ENXIO}; }
Result<std::size_t> File::read_at(Uio&, std::int64_t) { return Error{NB_ESPIPE}; }
Result<std::size_t> File::write_at(Uio&, std::int64_t) { return Error{NB_ESPIPE}; }
Result<std::int64_t> File::seek(std::int64_t, int) { return Error{NB_ESPIPE}; }
Result<void> File::truncate(std::int64_t) { return Error{NB_EINVAL}; }
Result<void> File::sync() { return Error{NB_EINVAL}; }
Result<netbsd::stat> File::stat() { return Error{NB_EOPNOTSUPP}; }
Result<void> File::ioctl(unsigned long, void*) { return Error{NB_ENOTTY}; }
short File::poll(short) { return 0; }

bool File::nonblocking() const { return (flags & NB_O_NONBLOCK) != 0; }
bool File::readable() const { return (flags & NB_O_ACCMODE) != NB_O_WRONLY; }
bool File::writable() const { return (flags & NB_O_ACCMODE) != NB_O_RDONLY; }

}  // namespace farcall::kernel
