// What the server asks of its client: its memory, and to take a signal. Runs in the thread that
// reads.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "connection.h"
#include "farcall/host_numbers.h"
#include "host.h"

namespace farcall::client {

using sysproxy::CopyRequest;
using sysproxy::FrameClass;
using sysproxy::FrameHeader;
using sysproxy::FrameType;

namespace {

constexpr std::uint64_t kMaxCopyin = std::uint64_t{64} << 20;

template <class Record>
bool decode(std::span<const std::byte> body, Record* record) {
  if (body.size() < sizeof *record) return false;
  std::memcpy(record, body.data(), sizeof *record);
  return true;
}

}  // namespace

bool Connection::serve(const FrameHeader& header, std::span<const std::byte> body) {
  CopyRequest copy;
  std::uint64_t size = 0;
  switch (header.type) {
    case FrameType::copyin:
      if (!decode(body, &copy)) return false;
      return serve_copyin(header, copy);
    case FrameType::copyinstr:
      if (!decode(body, &copy)) return false;
      serve_copyinstr(header, copy);
      return true;
    case FrameType::anonmmap:
      if (!decode(body, &size)) return false;
      serve_anonmmap(header, size);
      return true;
    case FrameType::raise:
      serve_raise(header);
      return true;
    default:
      return false;
  }
}

void Connection::answer(const FrameHeader& request, const void* body, std::size_t size) {
  const FrameHeader header{0, request.request, FrameClass::response, request.type, 0};
  // An error shows in the next receive.
  output_.send(link_.fd, header, body, size);
}

void Connection::answer_fault(const FrameHeader& request, std::size_t size) {
  if (link_.marked) {
    const FrameHeader header{0, request.request, FrameClass::error, request.type,
                             static_cast<std::uint32_t>(sysproxy::WireError::malformed)};
    output_.send(link_.fd, header, nullptr, 0);
    return;
  }
  // A stock server would wait for ever on anything but the bytes that it asked for.
  mark_fault(request.request);
  const FrameHeader header{0, request.request, FrameClass::response, request.type, 0};
  output_.send_zeros(link_.fd, header, size);
}

/// Our server asks for more than its kernel wants, and for less when it hears that there is none.
/// What fits a page is sent whole or not at all.
bool Connection::ends_in_memory(const CopyRequest& copy) {
  constexpr std::uint64_t kPage = 4096;
  const std::uint64_t last = copy.address + copy.length - 1;
  std::byte byte{};
  return copy.length == 0 || copy.address / kPage == last / kPage ||
         memory_.read(last, &byte, sizeof byte);
}

bool Connection::serve_copyin(const FrameHeader& header, const CopyRequest& copy) {
  if (copy.length > kMaxCopyin) {
    if (link_.marked) answer_fault(header, 0);
    return link_.marked;
  }
  if (link_.marked && !ends_in_memory(copy)) {
    answer_fault(header, 0);
    return true;
  }
  const FrameHeader frame{0, header.request, FrameClass::response, header.type, 0};
  switch (output_.send_memory(link_.fd, frame, copy.address, copy.length)) {
    case Output::Sent::nothing:
      answer_fault(header, copy.length);
      break;
    case Output::Sent::padded:
      mark_fault(header.request);
      break;
    case Output::Sent::whole:
    case Output::Sent::failed:
      break;
  }
  return true;
}

void Connection::serve_copyinstr(const FrameHeader& header, const CopyRequest& copy) {
  const std::size_t most = std::min<std::uint64_t>(copy.length, sizeof string_);
  const ssize_t size = memory_.read_string(copy.address, string_, most);
  if (size < 0) {
    answer_fault(header, 1);
  } else {
    answer(header, string_, static_cast<std::size_t>(size));
  }
}

void Connection::serve_anonmmap(const FrameHeader& header, std::uint64_t size) {
  const long mapped = host::map_memory(size);
  const std::uint64_t address =
      mapped < 0 && mapped > -4096 ? 0 : static_cast<std::uint64_t>(mapped);
  answer(header, &address, sizeof address);
}

void Connection::serve_raise(const FrameHeader& header) {
  const int signal = signal_from_netbsd(static_cast<int>(header.detail));
  if (signal == 0) return;
  {
    const Guard guard(mutex_);
    if (Call* call = pool_.find(header.request); call != nullptr && !call->abandoned) {
      call->raised = signal;
      return;
    }
  }
  host::kill(static_cast<pid_t>(host::getpid()), signal);
}

void Connection::mark_fault(std::uint64_t request) {
  const Guard guard(mutex_);
  if (Call* call = pool_.find(request); call != nullptr) {
    call->faulted = true;
  } else if (in_flight_ == 1) {  // a stock server does not say for which call
    pool_.for_each([](Call& only) { only.faulted = only.state == Call::State::in_flight; });
  }
}

void Connection::on_copyout_fault(std::uint64_t request) { mark_fault(request); }

}  // namespace farcall::client
