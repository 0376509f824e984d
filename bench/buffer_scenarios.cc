#include "bench/buffer_scenarios.h"

#include <farcall/buffers.h>

#include <array>

#include "bench/kernel_scenarios.h"

namespace farcall::bench {

struct BufferCalls {
  decltype(&farcall_buf_alloc) alloc;
  decltype(&farcall_buf_free) free;
  decltype(&farcall_buf_send) send;
  decltype(&farcall_buf_wait) wait;
  decltype(&farcall_buf_receive) receive;
};

namespace {

/// One is filled while the others are on their way.
constexpr std::size_t kBuffers = 4;

BufferCalls calls_of(Caller& caller) {
  BufferCalls calls{};
  caller.find("farcall_buf_alloc", calls.alloc);
  caller.find("farcall_buf_free", calls.free);
  caller.find("farcall_buf_send", calls.send);
  caller.find("farcall_buf_wait", calls.wait);
  caller.find("farcall_buf_receive", calls.receive);
  return calls;
}

}  // namespace

BufferStream::BufferStream(const Context& context, std::size_t size) : size_(size) {
  Caller& caller = *context.caller;
  if (caller.in_process()) {
    plain_ = std::make_unique<Stream>(context, make_tcp_connection, size);
    return;
  }
  calls_ = std::make_unique<BufferCalls>(calls_of(caller));
  const Ends ends = make_tcp_connection(caller);
  reading_ = ends.reading;
  serve_in_thread([this, &caller, fd = ends.writing] {
    caller.enter_thread();
    send_for_ever(fd);
  });
}

BufferStream::~BufferStream() = default;

void BufferStream::send_for_ever(int fd) {
  std::array<farcall_buf*, kBuffers> buffers{};
  for (auto& buffer : buffers) {
    buffer = calls_->alloc(size_);
    require(buffer != nullptr, "farcall_buf_alloc");
  }
  for (std::size_t next = 0;; next = (next + 1) % kBuffers) {
    require(calls_->wait(buffers[next], -1) == 0, "farcall_buf_wait");
    std::size_t sent = 0;
    require(calls_->send(fd, buffers[next], 0, size_, 0, &sent) == 0, "farcall_buf_send");
  }
}

void BufferStream::operation() {
  if (plain_) return plain_->operation();
  for (std::size_t done = 0; done < size_;) {
    farcall_buf* buffer = nullptr;
    std::size_t got = 0;
    require(calls_->receive(reading_, size_ - done, 0, &buffer, &got) == 0 && buffer != nullptr,
            "farcall_buf_receive");
    done += got;
    calls_->free(buffer);
  }
}

}  // namespace farcall::bench
