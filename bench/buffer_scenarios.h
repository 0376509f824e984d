// Scenarios over farcall/buffers.h. A client library without it is not measured.
#pragma once

#include <memory>

#include "bench/kernel_calls.h"
#include "bench/scenario.h"

namespace farcall::bench {

/// The functions of a client library that has buffers.
struct BufferCalls;

/// As Stream over TCP, in buffers that are shared with the server. In-process, where there is
/// nothing to share, it is Stream.
class BufferStream final : public Scenario {
 public:
  BufferStream(const Context& context, std::size_t size);
  ~BufferStream() override;
  void operation() override;

 private:
  void send_for_ever(int fd);

  std::unique_ptr<Scenario> plain_;  ///< in-process
  std::unique_ptr<BufferCalls> calls_;
  const std::size_t size_;
  int reading_ = -1;
};

}  // namespace farcall::bench
