#include "bench/kernel_scenarios.h"

#include <cstdio>

namespace farcall::bench {
namespace {

constexpr std::size_t kSinkBlock = 64 << 10;

netbsd::sockaddr_un sink_address(const Context& context) {
  netbsd::sockaddr_un address{};
  address.sun_family = NB_AF_LOCAL;
  std::snprintf(address.sun_path, sizeof address.sun_path, "/%s", context.name.c_str());
  address.sun_len = sizeof address;
  return address;
}

void read_to_the_end(Caller& caller, long fd) {
  std::vector<char> block(kSinkBlock);
  while (kernel_call(caller, NB_SYS_read, fd, block.data(), block.size())[0] > 0) {
  }
}

}  // namespace

PipePass::PipePass(const Context& context, std::size_t size)
    : caller_(*context.caller), pipe_(make_pipe(caller_)), block_(size) {}

void PipePass::operation() {
  kernel_call(caller_, NB_SYS_write, pipe_.writing, block_.data(), block_.size());
  kernel_call(caller_, NB_SYS_read, pipe_.reading, block_.data(), block_.size());
}

Stream::Stream(const Context& context, Ends (*connect)(Caller&), std::size_t size)
    : caller_(*context.caller), ends_(connect(caller_)), block_(size) {
  serve_in_thread([this] {
    caller_.enter_thread();
    const std::vector<char> block(block_.size());
    for (;;) kernel_call(caller_, NB_SYS_write, ends_.writing, block.data(), block.size());
  });
}

void Stream::operation() { read_all(caller_, ends_.reading, block_.data(), block_.size()); }

DatagramPingPong::DatagramPingPong(const Context& context)
    : caller_(*context.caller), near_(caller_, NB_SOCK_DGRAM), far_(caller_, NB_SOCK_DGRAM) {
  kernel_call(caller_, NB_SYS_connect, near_.fd, &far_.address, sizeof far_.address);
  kernel_call(caller_, NB_SYS_connect, far_.fd, &near_.address, sizeof near_.address);
  serve_in_thread([this] {
    caller_.enter_thread();
    char byte = 0;
    for (;;) {
      kernel_call(caller_, NB_SYS_read, far_.fd, &byte, 1);
      kernel_call(caller_, NB_SYS_write, far_.fd, &byte, 1);
    }
  });
}

void DatagramPingPong::operation() {
  kernel_call(caller_, NB_SYS_write, near_.fd, &byte_, 1);
  kernel_call(caller_, NB_SYS_read, near_.fd, &byte_, 1);
}

ConnectAndAccept::ConnectAndAccept(const Context& context)
    : caller_(*context.caller), listener_(caller_, NB_SOCK_STREAM) {
  kernel_call(caller_, NB_SYS_listen, listener_.fd, 8);
}

void ConnectAndAccept::operation() {
  const long out = kernel_call(caller_, NB_SYS_socket30, NB_AF_INET, NB_SOCK_STREAM, 0)[0];
  kernel_call(caller_, NB_SYS_connect, out, &listener_.address, sizeof listener_.address);
  const char* no_address = nullptr;
  const long in = kernel_call(caller_, NB_SYS_accept, listener_.fd, no_address, no_address)[0];
  const int reset[2] = {1, 0};
  kernel_call(caller_, NB_SYS_setsockopt, out, NB_SOL_SOCKET, NB_SO_LINGER, &reset, sizeof reset);
  kernel_call(caller_, NB_SYS_close, out);
  kernel_call(caller_, NB_SYS_close, in);
}

ThreadedNullCalls::ThreadedNullCalls(const Context& context, unsigned threads)
    : caller_(*context.caller), threads_(threads) {
  for (unsigned i = 0; i < threads; ++i) serve_in_thread([this] { serve(); });
}

void ThreadedNullCalls::serve() {
  caller_.enter_thread();
  for (unsigned seen = 0;; ++seen) {
    turn_.wait(seen);
    for (unsigned i = 0; i < kCalls; ++i) kernel_call(caller_, NB_SYS_getpid);
    if (finished_.fetch_add(1) + 1 == threads_) finished_.notify_one();
  }
}

void ThreadedNullCalls::operation() {
  finished_ = 0;
  turn_.fetch_add(1);
  turn_.notify_all();
  for (unsigned count = finished_; count != threads_; count = finished_) finished_.wait(count);
}

WriteAway::WriteAway(const Context& context, std::size_t size)
    : caller_(*context.caller), block_(size) {
  if (has_files(caller_)) {
    const std::string path = "/" + context.name + ".file";
    file_ = kernel_call(caller_, NB_SYS_open, path.c_str(), NB_O_RDWR | NB_O_CREAT, 0600)[0];
  } else {
    const Ends ends = make_tcp_connection(caller_);
    kernel_call(caller_, NB_SYS_shutdown, ends.reading, NB_SHUT_RD);
    connection_ = ends.writing;
  }
}

void WriteAway::operation() {
  if (file_ >= 0) {
    kernel_call(caller_, NB_SYS_pwrite, file_, block_.data(), block_.size(), 0, 0);
  } else {
    kernel_call(caller_, NB_SYS_write, connection_, block_.data(), block_.size());
  }
}

Sink::Sink(const Context& context) {
  Caller& caller = *context.caller;
  const auto address = sink_address(context);
  const long listener = kernel_call(caller, NB_SYS_socket30, NB_AF_LOCAL, NB_SOCK_STREAM, 0)[0];
  kernel_call(caller, NB_SYS_bind, listener, &address, sizeof address);
  kernel_call(caller, NB_SYS_listen, listener, 1);
  serve_in_thread([&caller, listener] {
    caller.enter_thread();
    const char* no_address = nullptr;
    read_to_the_end(caller,
                    kernel_call(caller, NB_SYS_accept, listener, no_address, no_address)[0]);
  });
}

WriteToSink::WriteToSink(const Context& context, std::size_t size)
    : caller_(*context.caller),
      fd_(kernel_call(caller_, NB_SYS_socket30, NB_AF_LOCAL, NB_SOCK_STREAM, 0)[0]),
      block_(size) {
  const auto address = sink_address(context);
  kernel_call(caller_, NB_SYS_connect, fd_, &address, sizeof address);
}

void WriteToSink::operation() {
  kernel_call(caller_, NB_SYS_write, fd_, block_.data(), block_.size());
}

}  // namespace farcall::bench
