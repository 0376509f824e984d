#include "kernel/ipc/pipe.h"

#include <cstring>

#include "kernel/ipc/byte_channel.h"
#include "netbsd/constants.h"

namespace farcall::kernel {
namespace {

class PipeEnd : public File {
 public:
  Result<netbsd::stat> stat() override {
    netbsd::stat result{};
    result.st_mode = NB_S_IFIFO | 0600;
    result.st_size = static_cast<long>(channel->available());
    result.st_blksize = ByteChannel::kCapacity;
    return result;
  }

  Result<void> ioctl(unsigned long command, void* data) override {
    std::size_t bytes = 0;
    switch (command) {
      case NB_FIONREAD:
        bytes = readable() ? channel->available() : 0;
        break;
      case NB_FIONWRITE:
        bytes = writable() ? channel->available() : 0;
        break;
      case NB_FIONSPACE:
        bytes = writable() ? channel->space() : 0;
        break;
      default:
        return Error{NB_ENOTTY};
    }
    int value = static_cast<int>(bytes);
    std::memcpy(data, &value, sizeof value);
    return {};
  }

  Ref<ByteChannel> channel;
};

class ReadEnd final : public PipeEnd {
 public:
  ~ReadEnd() override { close(); }

  Result<std::size_t> read(Uio& uio) override {
    return channel->read(uio, {.nonblocking = nonblocking(), .deadline = {}});
  }

  short poll(short events) override {
    if (!channel->reader_open()) return NB_POLLNVAL;
    int ready = 0;
    if (channel->can_read()) ready |= NB_POLLIN | NB_POLLRDNORM;
    if (!channel->writer_open()) ready |= NB_POLLHUP;
    return static_cast<short>(ready & events);
  }

  void close() override {
    if (channel->reader_open()) channel->close_reader();
  }
};

class WriteEnd final : public PipeEnd {
 public:
  ~WriteEnd() override { close(); }

  Result<std::size_t> write(Uio& uio) override {
    return channel->write(uio, {.nonblocking = nonblocking(), .deadline = {}});
  }

  short poll(short events) override {
    if (!channel->writer_open()) return NB_POLLNVAL;
    int ready = 0;
    if (channel->can_write()) ready |= NB_POLLOUT | NB_POLLWRNORM;
    if (!channel->reader_open()) ready |= NB_POLLHUP;
    return static_cast<short>(ready & events);
  }

  void close() override {
    if (channel->writer_open()) channel->close_writer();
  }
};

}  // namespace

PipeEnds pipe_create(int flags) {
  auto read = make_ref<ReadEnd>();
  auto write = make_ref<WriteEnd>();
  read->flags = flags | NB_O_RDONLY;
  write->flags = flags | NB_O_WRONLY;
  auto channel = make_ref<ByteChannel>(read->poll_source(), write->poll_source());
  read->channel = write->channel = channel;
  return {read, write};
}

}  // namespace farcall::kernel
