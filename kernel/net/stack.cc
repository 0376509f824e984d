#include "kernel/net/stack.h"

#include <limits>

#include "kernel/core/cpu.h"
#include "kernel/net/interface.h"
#include "kernel/net/retransmissions.h"
#include "kernel/net/time_wait.h"

namespace farcall::kernel {

namespace {

/// More packets than this on their way from the machine to itself are dropped, as an overfull
/// interface queue would.
constexpr std::size_t kLoopLimit = 4096;
constexpr Nanoseconds kNever = std::numeric_limits<Nanoseconds>::max();

struct LoopPacket {
  struct netif* netif;
  struct pbuf* packet;
  LoopPacket* next;
};

class LoopQueue {
 public:
  err_t push(struct netif* netif, struct pbuf* packet) {
    if (count_ == kLoopLimit) return ERR_MEM;
    struct pbuf* copy = pbuf_clone(PBUF_LINK, PBUF_RAM, packet);
    if (copy == nullptr) return ERR_MEM;
    *tail_ = new LoopPacket{netif, copy, nullptr};
    tail_ = &(*tail_)->next;
    ++count_;
    return ERR_OK;
  }
  /// nullptr when empty; the caller deletes it and owns the packet.
  LoopPacket* pop() {
    LoopPacket* first = head_;
    if (first == nullptr) return nullptr;
    head_ = first->next;
    if (head_ == nullptr) tail_ = &head_;
    --count_;
    return first;
  }

 private:
  LoopPacket* head_ = nullptr;
  LoopPacket** tail_ = &head_;
  std::size_t count_ = 0;
};

struct Stack {
  LoopQueue loop;
  Interface* loopback = nullptr;
  int depth = 0;
  WaitQueue timer_wake;
  Nanoseconds timer_due = 0;
};
Stack* stack;

bool netif_exists(const struct netif* wanted) {
  for (struct netif* netif = netif_list; netif != nullptr; netif = netif->next) {
    if (netif == wanted) return true;
  }
  return false;
}

void deliver_loop() {
  while (LoopPacket* next = stack->loop.pop()) {
    struct pbuf* packet = next->packet;
    struct netif* netif = next->netif;
    delete next;
    if (!netif_exists(netif)) {
      pbuf_free(packet);
      continue;
    }
    if (stack->loopback) stack->loopback->count_input(packet->tot_len);
    packet->if_idx = netif_get_index(netif);
    if (ip_input(packet, netif) != ERR_OK) pbuf_free(packet);
  }
}

bool has_timers(const struct netif& netif) {
  if ((netif.flags & NETIF_FLAG_ETHARP) != 0) return true;
  for (s8_t i = 0; i < LWIP_IPV6_NUM_ADDRESSES; ++i) {
    const u8_t state = netif_ip6_addr_state(&netif, i);
    const bool forever = ip6_addr_life_isstatic(netif_ip6_addr_valid_life(&netif, i));
    if (ip6_addr_istentative(state) || (ip6_addr_isvalid(state) && !forever)) return true;
  }
  return false;
}

/// lwIP ticks ten times a second even when there is nothing to time. With no connection and no
/// wire there is nothing, except fragments whose rest never came, and these can wait.
bool nothing_to_time() {
  if (tcp_active_pcbs != nullptr || tcp_tw_pcbs != nullptr) return false;
  for (const struct netif* netif = netif_list; netif != nullptr; netif = netif->next) {
    if (has_timers(*netif)) return false;
  }
  return true;
}

/// When the timer thread has to look at the timers next.
Nanoseconds next_timer() {
  if (nothing_to_time()) return kNever;
  constexpr Nanoseconds kTick = 1'000'000;  // of lwIP's clock
  return (monotonic_now() / kTick + Nanoseconds{sys_timeouts_sleeptime()}) * kTick;
}

[[noreturn]] void timer_thread(void*) {
  for (;;) {
    {
      StackScope scope;
      sys_check_timeouts();
      end_local_time_waits();
    }
    stack->timer_due = next_timer();
    const bool idle = stack->timer_due == kNever;
    // Woken early or late, the answer is the same: look at the timers again.
    (void)stack->timer_wake.sleep(idle ? std::nullopt : Deadline(stack->timer_due));
    // What should have ticked meanwhile did not matter; it goes on from here.
    if (idle) sys_restart_timeouts();
  }
}

}  // namespace

StackScope::StackScope() { ++stack->depth; }

StackScope::~StackScope() {
  if (stack->depth == 1) {
    deliver_loop();
    if (next_timer() < stack->timer_due) stack->timer_wake.wake_all();
  }
  --stack->depth;
}

void stack_init() {
  stack = new Stack;
  lwip_init();
  kthread_create(timer_thread, nullptr, "lwiptimer");
}

void stack_set_loopback(Interface* loopback) { stack->loopback = loopback; }

err_t stack_loop(struct netif* netif, struct pbuf* packet) {
  const err_t error = output_counted(packet, [&] { return stack->loop.push(netif, packet); });
  if (stack->loopback) stack->loopback->count_output(packet->tot_len, error != ERR_OK);
  return error;
}

}  // namespace farcall::kernel

// Called for every packet to one of the machine's own addresses, whatever interface it is on.
FARCALL_REPLACES_LWIP err_t netif_loop_output(struct netif* netif, struct pbuf* packet) {
  return farcall::kernel::stack_loop(netif, packet);
}
