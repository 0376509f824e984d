#include "kernel/net/wire.h"

#include "kernel/net/ethernet_interface.h"

namespace farcall::kernel {

namespace {
constexpr std::size_t kTransmitLimit = 512;
}

Wire::~Wire() {
  while (!queue_.empty()) pop();
}

void Wire::start(unsigned interface_index) {
  interface_index_ = interface_index;
  retain();
  kthread_create(receive_thread, this, (name_ + "rx").c_str());
  retain();
  kthread_create(transmit_thread, this, (name_ + "tx").c_str());
}

void Wire::cut() {
  cut_ = true;
  wake_.wake_all();
  interrupt_receive();
}

bool Wire::push(struct pbuf* frame) {
  if (queue_.size() == kTransmitLimit) return false;
  struct pbuf* copy = pbuf_clone(PBUF_RAW, PBUF_RAM, frame);
  if (copy == nullptr) return false;
  queue_.push_back(copy);
  wake_.wake_all();
  return true;
}

void Wire::receive_thread(void* self) {
  const Ref<Wire> wire(static_cast<Wire*>(self));
  wire->release();  // the count that start() took for this thread
  std::byte frame[kFrameSize];
  while (!wire->cut_) {
    const auto size = wire->receive(frame);
    if (!size) {
      rumpuser_dprintf("%s: receiving from the host failed (error %d); it is deaf now\n",
                       wire->name_.c_str(), size.code());
      return;
    }
    if (wire->cut_ || *size == 0) continue;
    ethernet_deliver(wire->interface_index_, {frame, *size});
  }
}

void Wire::transmit_thread(void* self) {
  const Ref<Wire> wire(static_cast<Wire*>(self));
  wire->release();
  while (!wire->cut_) {
    if (wire->queue_.empty()) {
      wire->wake_.sleep_uninterruptible();
      continue;
    }
    struct pbuf* frame = wire->queue_.front();
    wire->queue_.pop_front();
    wire->send({static_cast<const std::byte*>(frame->payload), frame->len});
    pbuf_free(frame);
  }
}

}  // namespace farcall::kernel
