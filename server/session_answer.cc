// Session: answers.
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <span>

#include "server/call_data.h"
#include "server/session.h"

namespace farcall::server {

using sysproxy::FrameClass;
using sysproxy::FrameHeader;
using sysproxy::FrameType;

namespace {

FrameHeader answer_header(const Request& request) {
  FrameHeader header{};
  header.request = request.header.request;
  header.frame_class = FrameClass::response;
  header.type = request.header.type;
  return header;
}

iovec piece(const void* begin, std::size_t size) { return {const_cast<void*>(begin), size}; }

/// The answer of a syscall behind what it wrote, as frames in one piece.
class AnswerWithCopies {
 public:
  AnswerWithCopies(const FrameHeader& answer, std::span<const std::byte> body, const CallData& data)
      : answer_(answer) {
    const std::byte* bytes = data.output_bytes().data();
    for (const DataExtent& extent : data.output()) {
      add_copy(extent, bytes);
      bytes += extent.length;
    }
    answer_.length = sizeof(answer_) + body.size();
    pieces_[count_++] = piece(&answer_, sizeof(answer_));
    pieces_[count_++] = piece(body.data(), body.size());
  }
  AnswerWithCopies(const AnswerWithCopies&) = delete;
  AnswerWithCopies& operator=(const AnswerWithCopies&) = delete;

  [[nodiscard]] std::span<iovec> pieces() { return std::span(pieces_).first(count_); }

 private:
  struct Head {
    FrameHeader header;
    sysproxy::CopyRequest copy;
  };

  void add_copy(const DataExtent& extent, const std::byte* bytes) {
    Head& head = heads_[count_ / 2];
    head.header = {sizeof(head) + extent.length, answer_.request, FrameClass::request,
                   FrameType::copyout, 0};
    head.copy = {extent.length, extent.address};
    pieces_[count_++] = piece(&head, sizeof(head));
    pieces_[count_++] = piece(bytes, extent.length);
  }

  FrameHeader answer_;
  std::array<Head, kMaxExtents> heads_;
  std::array<iovec, 2 * kMaxExtents + 2> pieces_;
  std::size_t count_ = 0;
};

}  // namespace

// Before the client can know of the answer: it may send its next request at once. False: nobody
// wants it.
bool Session::begin_answer(Request& request) {
  const std::lock_guard lock(mutex_);
  forget_locked(request);
  return !closed_ && !request.cancelled;
}

void Session::answer(Request& request, std::span<const std::byte> body,
                     std::span<const std::byte> output) {
  if (!begin_answer(request)) return;
  if (!sender_.send(answer_header(request), body, output)) close("the connection broke");
}

void Session::answer_with_copies(Request& request, std::span<const std::byte> body,
                                 const CallData& data) {
  if (data.output().empty()) return answer(request, body);
  if (!begin_answer(request)) return;
  AnswerWithCopies answer(answer_header(request), body, data);
  if (!sender_.send_frames(answer.pieces())) close("the connection broke");
}

}  // namespace farcall::server
