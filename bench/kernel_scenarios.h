// Scenarios over a kernel's system calls: the same through a client library and in-process.
#pragma once

#include <atomic>
#include <vector>

#include "bench/kernel_calls.h"
#include "bench/scenario.h"

namespace farcall::bench {

/// getpid.
class NullCall final : public Scenario {
 public:
  explicit NullCall(const Context& context) : caller_(*context.caller) {}
  void operation() override { kernel_call(caller_, NB_SYS_getpid); }

 private:
  Caller& caller_;
};

/// One thread writes a block into a pipe and reads it back. The block must fit into a pipe.
class PipePass final : public Scenario {
 public:
  PipePass(const Context& context, std::size_t size);
  void operation() override;

 private:
  Caller& caller_;
  Ends pipe_;
  std::vector<char> block_;
};

/// One thread writes blocks for ever, another reads a block's worth.
class Stream final : public Scenario {
 public:
  Stream(const Context& context, Ends (*connect)(Caller&), std::size_t size);
  void operation() override;

 private:
  Caller& caller_;
  Ends ends_;
  std::vector<char> block_;
};

/// A datagram there and one back, between two threads' sockets on lo0.
class DatagramPingPong final : public Scenario {
 public:
  explicit DatagramPingPong(const Context& context);
  void operation() override;

 private:
  Caller& caller_;
  BoundSocket near_;
  BoundSocket far_;
  char byte_ = 0;
};

/// socket, connect, accept and both closes. Closing resets, so that no port is held for minutes.
class ConnectAndAccept final : public Scenario {
 public:
  explicit ConnectAndAccept(const Context& context);
  void operation() override;

 private:
  Caller& caller_;
  BoundSocket listener_;
};

/// Each of `threads` threads makes kCalls null calls at the same time, so many that how they are
/// woken for that does not count.
class ThreadedNullCalls final : public Scenario {
 public:
  static constexpr unsigned kCalls = 1 << 14;
  ThreadedNullCalls(const Context& context, unsigned threads);
  void operation() override;

 private:
  void serve();

  Caller& caller_;
  const unsigned threads_;
  std::atomic<unsigned> turn_ = 0;
  std::atomic<unsigned> finished_ = 0;
};

/// Writes a block where the kernel only copies it: into a file in its memory, always to the same
/// place; or, in a kernel without files, into a TCP connection whose other end reads no more.
class WriteAway final : public Scenario {
 public:
  WriteAway(const Context& context, std::size_t size);
  void operation() override;

 private:
  Caller& caller_;
  long file_ = -1;
  long connection_ = -1;
  std::vector<char> block_;
};

/// Takes what WriteToSink writes, from a client of its own.
class Sink final : public Scenario {
 public:
  explicit Sink(const Context& context);
  void operation() override {}
};

/// Writes a block to a Sink.
class WriteToSink final : public Scenario {
 public:
  WriteToSink(const Context& context, std::size_t size);
  void operation() override;

 private:
  Caller& caller_;
  long fd_;
  std::vector<char> block_;
};

}  // namespace farcall::bench
