// What this machine takes for the least that a remote call can be: a message there and one back, a
// thread on each side.
#pragma once

#include <cstddef>
#include <thread>
#include <vector>

namespace farcall::bench {

enum class Stream { local, tcp };

/// A thread on `cpu` that answers messages of one size with messages of another, and the other end
/// of its connection.
class EchoThread {
 public:
  EchoThread(Stream stream, std::size_t question, std::size_t answer, int cpu);
  ~EchoThread();
  EchoThread(const EchoThread&) = delete;
  EchoThread& operator=(const EchoThread&) = delete;

  /// Sends a question and waits for its answer.
  void round_trip();

 private:
  int near_ = -1;
  int far_ = -1;
  std::vector<char> question_;
  std::vector<char> answer_;
  std::thread thread_;
};

}  // namespace farcall::bench
