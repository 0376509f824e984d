// A wire that is a tap device of the host.
#include "kernel/net/wire.h"
#include "rump/rumpuser.h"

namespace farcall::kernel {

namespace {

class TapWire final : public Wire {
 public:
  explicit TapWire(int fd) : Wire("virt"), fd_(fd) {}
  ~TapWire() override { rumpuser_close(fd_); }

 private:
  Result<std::size_t> receive(std::span<std::byte, kFrameSize> frame) override {
    rumpuser_iovec iovec = {frame.data(), frame.size()};
    std::size_t size = 0;
    const int error = rumpuser_iovread(fd_, &iovec, 1, RUMPUSER_IOV_NOSEEK, &size);
    if (error != 0) return Error{error};
    return size;
  }

  void send(std::span<const std::byte> frame) override {
    const rumpuser_iovec iovec = {const_cast<std::byte*>(frame.data()), frame.size()};
    std::size_t written = 0;
    rumpuser_iovwrite(fd_, &iovec, 1, RUMPUSER_IOV_NOSEEK, &written);
  }

  int fd_;
};

}  // namespace

Result<Ref<Wire>> open_tap_wire(const std::string& device) {
  int fd = -1;
  if (int error = rumpuser_open(("tap:" + device).c_str(), RUMPUSER_OPEN_RDWR, &fd)) {
    return Error{error};
  }
  return Ref<Wire>(new TapWire(fd));
}

}  // namespace farcall::kernel
