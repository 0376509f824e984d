// A wire between the kernel and the host that loses what a test wants, and sees what is repeated.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

namespace farcall::testing {

/// Carries frames between a tap device of the host, which it makes, and the kernel. What counts are
/// the kernel's TCP segments that have sequence numbers: data, SYN or FIN.
class LossyWire {
 public:
  explicit LossyWire(const char* tap);
  ~LossyWire();
  LossyWire(const LossyWire&) = delete;
  LossyWire& operator=(const LossyWire&) = delete;

  /// The kernel's end, a socket of packets; whoever takes it closes it.
  [[nodiscard]] int kernel_end() const { return ends_[0]; }
  /// A new connection begins: its segment `number`, counted from 1, will be lost the first time.
  void lose(int number);
  /// How many segments of the connection the kernel has sent, and of them again.
  [[nodiscard]] unsigned sent() const { return sent_; }
  [[nodiscard]] unsigned repeated() const { return repeated_; }

 private:
  void carry();
  /// Whether the frame gets through.
  bool passes(const unsigned char* frame, std::size_t size);

  int tap_, stop_;
  int ends_[2];
  std::atomic<int> lost_ = 0;
  std::atomic<unsigned> sent_ = 0, repeated_ = 0;
  std::uint32_t next_ = 0;  ///< behind the last byte that was sent
  std::thread thread_;
};

}  // namespace farcall::testing
