// One request to the server that awaits its answer, and the pool that requests come from.
//
// Calls live in a pool, not on the waiting thread's stack: a signal handler may leave a waiting
// call by siglongjmp, and the answer that comes later must still find memory that is a Call.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "farcall/client.h"
#include "farcall/sysproxy.h"

namespace farcall::client {
class Channel;
struct Thread;
}  // namespace farcall::client

/// Everything here is guarded by the connection's mutex, but `word`, and what is said to be the
/// owner's.
struct farcall_call {
  enum class State : std::uint8_t { free, in_flight, done };
  enum class Outcome : std::uint8_t { answered, refused, lost, interrupted };

  State state = State::free;
  Outcome outcome = Outcome::answered;  ///< of a done call; refused: by an error frame, of `detail`
  bool asynchronous = false;            ///< from farcall_submit: awaited through poll_fd
  bool in_channel = false;  ///< it goes through `channel`, and its answer is still there
  bool interrupt_sent = false;
  bool faulted = false;    ///< a copyin or copyout for it hit a bad address: the result is EFAULT
  bool abandoned = false;  ///< its owner is gone: back to the pool when the answer comes
  bool asleep = false;     ///< its owner sleeps on `word`, or is about to
  bool reading =
      false;  ///< its owner waits for the connection to become readable, holding the baton
  bool watching = false;    ///< its owner sleeps in the Watch
  bool takes_long = false;  ///< its owner rather watches than reads
  bool signalled = false;   ///< poll_fd is readable
  std::uint32_t detail = 0;
  int raised = 0;    ///< a signal (the host's number) that the kernel sent on account of this call
  int poll_fd = -1;  ///< see Gate; stays with the slot when the call is over
  /// An asynchronous call's, for the calls of this slot alone; stays with the slot, too.
  farcall::client::Channel* channel = nullptr;
  std::uint32_t called = 0;  ///< the generation of the connection that the slot had a call on
  std::uint32_t asked = 0;   ///< of that which it asked for a channel
  farcall::client::Thread* owner = nullptr;  ///< of an asynchronous call: who submitted it
  std::uint64_t request = 0;
  std::array<std::byte, sizeof(farcall::sysproxy::SyscallResponse)> body{};
  std::size_t body_size = 0;

  std::atomic<std::uint32_t> word{0};  ///< 0: sleep; 1: look again
  int bell = -1;  ///< an eventfd that is signalled with the word; -1: nobody has wanted it yet
  farcall_call* next_asleep = nullptr;
  farcall_call* next_free = nullptr;

  farcall_call* outer =
      nullptr;  ///< owner's: the call of the same thread that a signal handler interrupted
  const void* frame = nullptr;  ///< owner's: where on the stack it waits
};

namespace farcall::client {

using Call = farcall_call;

/// The thread that waits in `innermost`, and in the calls outside it, sleeps in the Watch for one.
inline bool is_watching(const Call* innermost) {
  while (innermost != nullptr && !innermost->watching) innermost = innermost->outer;
  return innermost != nullptr;
}

/// The calls of a connection. They are found by request number, which has the slot in its low bits,
/// a count above them, the CPU that it was made on, and the top bit set, so that a late answer
/// never finds a slot's next user and no number of the server's own can be taken for one of ours.
/// Not locked: its connection's mutex guards it.
class CallPool {
 public:
  /// A fresh call, in flight, with a request number; with an owner: an asynchronous one. nullptr
  /// when there are 16384 already or memory is out.
  Call* take(Thread* owner);
  void give_back(Call& call);
  /// The call in flight with that number, or nullptr.
  Call* find(std::uint64_t request);
  /// In a child after fork: all slots are free, and none has a poll_fd or a channel, but that the
  /// calls of the thread `self` are done as interrupted: those that it waits in, and those that it
  /// submitted.
  void forget_all(const Thread& self);

  /// Calls visit(Call&) for every slot that was ever used.
  template <class Visit>
  void for_each(Visit visit) {
    for (std::size_t i = 0; i < used_; ++i) visit(at(i));
  }

 private:
  static constexpr unsigned kSlotBits = 14;
  static constexpr std::size_t kMaxCalls = std::size_t{1} << kSlotBits;
  static constexpr std::size_t kChunkCalls = 64;

  Call& at(std::size_t slot) { return chunks_[slot / kChunkCalls][slot % kChunkCalls]; }
  Call* grow();

  std::array<Call, kChunkCalls> first_chunk_{};
  std::array<Call*, kMaxCalls / kChunkCalls> chunks_{};
  std::size_t used_ = 0;
  std::uint64_t count_ = 0;
  Call* free_[2] = {nullptr, nullptr};  ///< asynchronous ones apart: theirs is a poll_fd
};

}  // namespace farcall::client
