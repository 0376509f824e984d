// A wire that is a bus in a file, which kernels of either kind share.
//
// The bus's lock is held for the copying of one frame. Whoever holds it may be stopped or dead, so
// the threads of the wire wait for it without the CPU: then nothing but this interface stands
// still.
#include <cstring>

#include "farcall/shmif_bus.h"
#include "kernel/net/wire.h"
#include "netbsd/constants.h"
#include "rump/rumpuser.h"
#include "rump/shmif.h"

namespace farcall::kernel {

namespace {

constexpr int kSpins = 1000;
constexpr long kLockedSleep = 1'000'000;  // nanoseconds
constexpr Nanoseconds kSecond = 1'000'000'000;

std::uint64_t random_number() {
  std::uint64_t number = 0;
  std::size_t got = 0;
  rumpuser_getrandom(&number, sizeof number, 0, &got);
  return number;
}

/// What is open and mapped, closed with the object.
struct BusFile {
  BusFile() = default;
  BusFile(BusFile&& other) noexcept
      : fd(std::exchange(other.fd, -1)),
        watch(std::exchange(other.watch, -1)),
        memory(std::exchange(other.memory, nullptr)) {}
  BusFile& operator=(BusFile&&) = delete;
  ~BusFile() {
    if (memory != nullptr) rumpuser_unmap(memory, kBusSize);
    if (watch != -1) rumpuser_close(watch);
    if (fd != -1) rumpuser_close(fd);
  }

  int open(const char* path) {
    constexpr int kFlags = RUMPUSER_OPEN_RDWR | RUMPUSER_OPEN_CREATE;
    if (const int error = rumpuser_open(path, kFlags, &fd)) return error;
    if (const int error = rumpcomp_shmif_mmap(fd, kBusSize, &memory)) return error;
    return rumpcomp_shmif_watchsetup(&watch, fd);
  }

  int fd = -1, watch = -1;
  void* memory = nullptr;
};

class ShmifWire final : public Wire {
 public:
  explicit ShmifWire(BusFile file)
      : Wire("shmif"), file_(std::move(file)), bus_(file_.memory), sender_(random_number()) {}

  /// Before start().
  Result<void> attach() {
    if (!lock()) return Error{NB_EBUSY};
    const bool is_bus = bus_.initialize();
    const auto extent = bus_.extent();
    bus_.unlock();
    if (!is_bus || !extent) return Error{NB_ENOEXEC};
    position_ = extent->end;
    return {};
  }

 private:
  Result<std::size_t> receive(std::span<std::byte, kFrameSize> frame) override;
  void send(std::span<const std::byte> frame) override;
  void interrupt_receive() override { wake_all(); }

  bool lock();
  /// Everybody who watches the file looks at the bus again.
  void wake_all() {
    std::uint32_t version = kBusVersion;
    const rumpuser_iovec iovec = {&version, sizeof version};
    std::size_t written = 0;
    rumpuser_iovwrite(file_.fd, &iovec, 1, offsetof(BusHeader, version), &written);
  }

  BusFile file_;
  Bus bus_;
  std::uint64_t sender_;
  Nanoseconds start_ = monotonic_now();
  std::uint64_t position_ = 0;  ///< of the next frame to read
};

/// Takes the bus's lock. False when the wire was cut meanwhile, or nobody gave the lock up for
/// long.
bool ShmifWire::lock() {
  const Nanoseconds patience = monotonic_now() + 10 * kSecond;
  for (int tries = 1; !bus_.try_lock(); ++tries) {
    if (tries % kSpins != 0) continue;
    if (is_cut() || monotonic_now() > patience) return false;
    rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0, kLockedSleep);
  }
  return true;
}

Result<std::size_t> ShmifWire::receive(std::span<std::byte, kFrameSize> frame) {
  static_assert(kFrameSize >= kBusMaxFrame);
  if (!lock()) return 0;
  BusFrameHeader header = {};
  const Bus::Read outcome = bus_.read(position_, header, frame.data());
  bus_.unlock();
  if (outcome == Bus::Read::frame) return header.sender == sender_ ? 0 : header.length;
  if (const int error = rumpcomp_shmif_watchwait(file_.watch)) return Error{error};
  return 0;
}

void ShmifWire::send(std::span<const std::byte> frame) {
  if (frame.size() > kBusMaxFrame || !lock()) return;
  const Nanoseconds now = monotonic_now() - start_;
  const BusFrameHeader header = {.length = static_cast<std::uint32_t>(frame.size()),
                                 .seconds = static_cast<std::uint32_t>(now / kSecond),
                                 .microseconds = static_cast<std::uint32_t>(now % kSecond / 1000),
                                 .spare = 0,
                                 .sender = sender_};
  const bool written = bus_.write(header, frame.data());
  bus_.unlock();
  if (written) wake_all();
}

}  // namespace

Result<Ref<Wire>> open_shmif_wire(const std::string& path) {
  BusFile file;
  if (const int error = file.open(path.c_str())) return Error{error};
  const auto wire = make_ref<ShmifWire>(std::move(file));
  FARCALL_TRY(wire->attach());
  return Ref<Wire>(wire);
}

}  // namespace farcall::kernel
