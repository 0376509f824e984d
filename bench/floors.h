// What this machine takes for the least: a message there and one back between two threads, or
// memory of another process copied.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "bench/placement.h"
#include "bench/scenario.h"

namespace farcall::bench {

/// Two threads that look at words in shared memory without pause. They need two processors.
class SpinPingPong final : public Scenario {
 public:
  explicit SpinPingPong(const Context& context);
  void begin_round() override;
  void end_round() override;
  void operation() override;

 private:
  void serve();

  // Apart, so that each side writes a cache line of its own.
  alignas(64) std::atomic<std::uint32_t> asked_ = 0;
  alignas(64) std::atomic<std::uint32_t> answered_ = 0;
  alignas(64) std::atomic<bool> running_ = false;
};

/// A word that one thread waits for, spinning first and then asleep on a futex.
class Mailbox {
 public:
  void post(std::uint32_t sequence);
  void wait_for(std::uint32_t sequence, unsigned spins);

 private:
  /// The sequence number, and in the lowest bit whether the other side sleeps.
  alignas(64) std::atomic<std::uint32_t> word_ = 0;
};

/// Two threads with a mailbox each.
class FutexPingPong final : public Scenario {
 public:
  FutexPingPong(const Context& context, Placement placement, unsigned spins);
  void begin_round() override { stay_near(placement_); }
  void end_round() override { stay_near(Placement::anywhere); }
  void operation() override;

 private:
  const Placement placement_;
  const unsigned spins_;
  std::uint32_t sequence_ = 0;
  Mailbox question_;
  Mailbox answer_;
};

enum class SocketKind { local, tcp };

/// A request of a call's size and an answer of a call's size over a stream of the host's, a thread
/// on each side.
class SocketPingPong final : public Scenario {
 public:
  SocketPingPong(const Context& context, SocketKind kind, Placement placement);
  void begin_round() override { stay_near(placement_); }
  void end_round() override { stay_near(Placement::anywhere); }
  void operation() override;

 private:
  const Placement placement_;
  int near_ = -1;
  int far_ = -1;
  std::vector<char> question_;
  std::vector<char> answer_;
};

/// Blocks sent over TCP on loopback, to a thread that only receives.
class SocketStream final : public Scenario {
 public:
  SocketStream(const Context& context, std::size_t size);
  void operation() override;

 private:
  int near_ = -1;
  int far_ = -1;
  std::vector<char> block_;
};

/// Blocks sent over TCP on loopback, to a thread that passes each on over a unix socket to a third
/// one, piece by piece, and answers it.
class SocketRelay final : public Scenario {
 public:
  SocketRelay(const Context& context, std::size_t size);
  void operation() override;

 private:
  void relay();

  int near_ = -1;
  int far_ = -1;
  int out_ = -1;
  int sink_ = -1;
  std::vector<char> block_;
  std::vector<char> answer_;
};

/// process_vm_readv of a block.
class MemoryRead final : public Scenario {
 public:
  MemoryRead(const Context& context, std::size_t size) : from_(size), to_(size) { (void)context; }
  void operation() override;

 private:
  std::vector<char> from_;
  std::vector<char> to_;
};

}  // namespace farcall::bench
