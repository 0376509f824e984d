// What an Ethernet interface is connected to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>

#include "farcall/result.h"
#include "kernel/core/cpu.h"
#include "kernel/core/ref.h"
#include "kernel/net/lwip.h"

namespace farcall::kernel {

/// Carries Ethernet frames, in two threads of its own. They and the interface share it; the last
/// one deletes it.
class Wire : public RefCounted {
 public:
  ~Wire() override;

  /// Frames that come in go to that EthernetInterface from now on. Called once.
  void start(unsigned interface_index);
  /// Nothing goes in or out any more; the threads end. One that waits for the host's device learns
  /// that from the next frame.
  void cut();
  /// Takes a copy of the frame, to be sent. False when too many wait already.
  bool push(struct pbuf* frame);

 protected:
  static constexpr std::size_t kFrameSize = 2048;

  /// `threads_name`: at most 13 characters.
  explicit Wire(std::string threads_name) : name_(std::move(threads_name)) {}

  /// Waits for a frame, without the CPU, and returns its size. 0: there is none, but look whether
  /// the wire was cut. An error ends the receiving.
  virtual Result<std::size_t> receive(std::span<std::byte, kFrameSize> frame) = 0;
  /// May sleep. A frame that cannot be sent is lost.
  virtual void send(std::span<const std::byte> frame) = 0;
  /// Ends a wait in receive(), if the wire can.
  virtual void interrupt_receive() {}
  [[nodiscard]] bool is_cut() const { return cut_; }

 private:
  static void receive_thread(void* self);
  static void transmit_thread(void* self);
  void pop() {
    pbuf_free(queue_.front());
    queue_.pop_front();
  }

  std::string name_;
  unsigned interface_index_ = 0;
  bool cut_ = false;
  std::deque<struct pbuf*> queue_;
  WaitQueue wake_;
};

/// The host's tap device of that name. Errors of rumpuser_open.
Result<Ref<Wire>> open_tap_wire(const std::string& device);
/// The bus in the host's file of that name, which is made if there is none. Errors of
/// rumpuser_open; NB_ENOEXEC when the file is something else.
Result<Ref<Wire>> open_shmif_wire(const std::string& path);

}  // namespace farcall::kernel
