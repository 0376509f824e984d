// proto/ and server/: URLs and frames.
#include <benchmark/benchmark.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "farcall/sysproxy.h"
#include "farcall/url.h"
#include "server/frame_reader.h"

namespace farcall::bench {
namespace {

void ParseUrl(benchmark::State& state, const char* url) {
  for (auto _ : state) benchmark::DoNotOptimize(parse_url(url));
}
BENCHMARK_CAPTURE(ParseUrl, unix, "unix:///run/user/1000/farcall.sock");
BENCHMARK_CAPTURE(ParseUrl, tcp, "tcp://192.0.2.1:7000/");
BENCHMARK_CAPTURE(ParseUrl, tcp6, "tcp6://[2001:db8::1]:7000/");

/// A request of six arguments, as a null call is on the wire.
struct Request {
  sysproxy::FrameHeader header;
  std::array<std::uint64_t, 6> arguments;
};

constexpr std::size_t kFrames = 7;  // as many as are read ahead at once

std::array<Request, kFrames> requests() {
  std::array<Request, kFrames> all{};
  for (Request& each : all) {
    each.header.length = sizeof each;
    each.header.frame_class = sysproxy::FrameClass::request;
    each.header.type = sysproxy::FrameType::syscall;
  }
  return all;
}

std::size_t read_frames(server::FrameReader& reader, int fd) {
  using Step = server::FrameReader::Step;
  std::array<std::byte, sizeof(Request)> body;
  std::size_t frames = 0;
  for (;;) {
    const Step step = reader.next(fd, false);
    if (step == Step::header) reader.body_into({body.data(), reader.body_length()});
    if (step == Step::frame) ++frames;
    if (step == Step::again || step == Step::closed) return frames;
  }
}

/// Frames that come together, with the host's send and two receives for all of them.
void ReadFrames(benchmark::State& state) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) {
    state.SkipWithError("no socket pair");
    return;
  }
  const auto sent = requests();
  server::FrameReader reader;
  std::size_t frames = 0;
  for (auto _ : state) {
    if (send(pair[0], sent.data(), sizeof sent, 0) != sizeof sent) {
      state.SkipWithError("the socket is full");
      break;
    }
    frames += read_frames(reader, pair[1]);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(frames));
  close(pair[0]);
  close(pair[1]);
}
BENCHMARK(ReadFrames);

}  // namespace
}  // namespace farcall::bench
