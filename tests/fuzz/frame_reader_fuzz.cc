// server/frame_reader: a client's byte stream. The first byte of an input says how the rest is cut
// into writes.
#include "server/frame_reader.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

using farcall::server::FrameReader;
namespace sysproxy = farcall::sysproxy;

namespace {

constexpr std::uint64_t kLargestBody = 4096;

/// What the server does with headers: refuse short ones, skip what is too large, read the rest.
bool take_body(FrameReader& reader, std::vector<std::byte>& body) {
  if (reader.header().length < sizeof(sysproxy::FrameHeader)) return false;
  if (reader.body_length() > kLargestBody) {
    reader.skip_body();
  } else {
    body.assign(reader.body_length(), std::byte{0xa5});
    reader.body_into(std::span(body).first((body.size() + 1) / 2));
  }
  return true;
}

/// False when the peer broke the rules or left.
bool drain(FrameReader& reader, int fd, std::vector<std::byte>& body) {
  for (;;) {
    switch (reader.next(fd, false)) {
      case FrameReader::Step::header:
        if (!take_body(reader, body)) return false;
        break;
      case FrameReader::Step::part:
        reader.body_into(std::span(body).last(reader.body_left()));
        break;
      case FrameReader::Step::frame:
        if (reader.header().length < sizeof(sysproxy::FrameHeader)) std::abort();
        break;
      case FrameReader::Step::again:
        if (reader.has_more()) std::abort();
        return true;
      case FrameReader::Step::closed:
        return false;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) std::abort();
  FrameReader reader;
  std::vector<std::byte> body;
  const std::size_t piece = 1 + data[0];
  for (std::size_t at = 1; at < size; at += piece) {
    const std::size_t count = std::min(piece, size - at);
    if (write(pair[0], data + at, count) != static_cast<ssize_t>(count)) std::abort();
    if (!drain(reader, pair[1], body)) break;
  }
  close(pair[0]);
  close(pair[1]);
  return 0;
}
