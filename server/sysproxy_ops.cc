#include "server/sysproxy_ops.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>

#include "netbsd/constants.h"
#include "server/call_data.h"
#include "server/executing.h"
#include "server/server.h"

namespace farcall::server {
namespace {

using sysproxy::CopyRequest;
using sysproxy::FrameClass;
using sysproxy::FrameHeader;
using sysproxy::FrameType;

Server* the_server = nullptr;

std::shared_ptr<Session> session_of(void* client) {
  return the_server->services().clients.find(reinterpret_cast<ClientId>(client));
}

FrameHeader header_for(FrameType type, const Request* request) {
  FrameHeader header{};
  header.length = sizeof(header);
  header.request = request == nullptr ? 0 : request->header.request;
  header.frame_class = FrameClass::request;
  header.type = type;
  return header;
}

std::uint64_t address_of(const void* remote) { return reinterpret_cast<std::uint64_t>(remote); }

template <class Record>
std::span<const std::byte> bytes_of(const Record& record) {
  return std::as_bytes(std::span(&record, 1));
}

/// The most that one frame copies, so that no frame is longer than clients may send.
std::size_t piece_size() {
  return the_server->services().limits.max_frame - sizeof(FrameHeader) - sizeof(CopyRequest);
}

/// Reads one piece. The value is how much came.
Result<std::size_t> fetch_piece(Session& session, FrameType type, std::uint64_t address,
                                std::span<std::byte> to) {
  const Request* request = executing_request(session);
  const CopyRequest copy{to.size(), address};
  Session::Wanted wanted{header_for(type, request), to};
  FARCALL_TRY(session.fetch(wanted, bytes_of(copy), request));
  return wanted.received;
}

/// Writes to the client's memory itself.
int store(Session& session, FrameType type, std::uint64_t address,
          std::span<const std::byte> rest) {
  if (const auto memory = session.memory()) return memory->write(address, rest).code();
  const Request* request = executing_request(session);
  while (!rest.empty()) {
    const auto piece = rest.first(std::min(rest.size(), piece_size()));
    const CopyRequest copy{piece.size(), address};
    const auto stored = session.store(header_for(type, request), bytes_of(copy), piece, request);
    if (!stored) return stored.code();
    rest = rest.subspan(piece.size());
    address += piece.size();
  }
  return 0;
}

/// As store, with what was kept for the call's answer.
int store_output(Session& session, CallData& data) {
  auto bytes = data.output_bytes();
  for (const DataExtent& extent : data.output()) {
    const auto piece = bytes.first(extent.length);
    const int error = store(session, FrameType::copyout, extent.address, piece);
    if (error != 0) return error;
    bytes = bytes.subspan(extent.length);
  }
  data.output_is_written();
  return 0;
}

/// Reads from the client's memory itself.
int fetch(Session& session, std::uint64_t address, std::span<std::byte> rest) {
  if (const auto memory = session.memory()) return memory->read(address, rest).code();
  while (!rest.empty()) {
    const auto piece = rest.first(std::min(rest.size(), piece_size()));
    const auto got = fetch_piece(session, FrameType::copyin, address, piece);
    if (!got || *got != piece.size()) return NB_EFAULT;
    rest = rest.subspan(piece.size());
    address += piece.size();
  }
  return 0;
}

int copyin(void* client, const void* remote, void* local, size_t length) {
  const auto session = session_of(client);
  if (!session) return NB_EFAULT;
  session->activity().count_read(length);
  std::span<std::byte> rest(static_cast<std::byte*>(local), length);
  std::uint64_t address = address_of(remote);
  if (CallData* const data = executing_data(*session)) {
    if (data->is_kept(address, length)) {
      if (const int error = store_output(*session, *data)) return error;
    }
    const std::size_t came = data->read(address, rest);
    rest = rest.subspan(came);
    address += came;
  }
  return rest.empty() ? 0 : fetch(*session, address, rest);
}

int copyinstr(void* client, const void* remote, void* local, size_t* length) {
  const auto session = session_of(client);
  if (!session) return NB_EFAULT;
  const std::span<std::byte> to(static_cast<std::byte*>(local), std::min(*length, piece_size()));
  if (CallData* const data = executing_data(*session)) {
    if (data->is_kept(address_of(remote), to.size())) {
      if (const int error = store_output(*session, *data)) return error;
    }
    if (const std::size_t came = data->read_string(address_of(remote), to)) {
      *length = came;
      return 0;
    }
  }
  if (const auto memory = session->memory()) {
    const auto got = memory->read_string(address_of(remote), to);
    if (got) *length = *got;
    return got.code();
  }
  const auto got = fetch_piece(*session, FrameType::copyinstr, address_of(remote), to);
  if (!got) return NB_EFAULT;
  const void* end = std::memchr(local, 0, *got);
  if (end == nullptr) return NB_ENAMETOOLONG;
  *length = static_cast<std::size_t>(static_cast<const char*>(end) - static_cast<char*>(local)) + 1;
  return 0;
}

int copy_to_client(void* client, FrameType type, const void* local, void* remote, size_t length) {
  const auto session = session_of(client);
  if (!session) return NB_EFAULT;
  session->activity().count_written(length);
  const std::span from(static_cast<const std::byte*>(local), length);
  if (CallData* const data = executing_data(*session)) {
    if (data->write(address_of(remote), from)) return 0;
    // Later than what is kept for the same memory.
    if (data->is_kept(address_of(remote), length)) {
      if (const int error = store_output(*session, *data)) return error;
    }
  }
  return store(*session, type, address_of(remote), from);
}

int copyout(void* client, const void* local, void* remote, size_t length) {
  return copy_to_client(client, FrameType::copyout, local, remote, length);
}

int copyoutstr(void* client, const void* local, void* remote, size_t* length) {
  return copy_to_client(client, FrameType::copyoutstr, local, remote, *length);
}

int copyin_at_once(void* client, const void* remote, void* local, size_t length) {
  Session* const session = executing_for(reinterpret_cast<ClientId>(client));
  if (session == nullptr) return 0;
  const CallData& data = *executing_data(*session);
  const std::span to(static_cast<std::byte*>(local), length);
  if (data.is_kept(address_of(remote), length)) return 0;
  if (data.read(address_of(remote), to) != length) return 0;
  session->activity().count_read(length);
  return 1;
}

int copyout_at_once(void* client, const void* local, void* remote, size_t length) {
  Session* const session = executing_for(reinterpret_cast<ClientId>(client));
  if (session == nullptr) return 0;
  const std::span from(static_cast<const std::byte*>(local), length);
  if (!executing_data(*session)->write(address_of(remote), from)) return 0;
  session->activity().count_written(length);
  return 1;
}

int anonmmap(void* client, size_t length, void** remote) {
  const auto session = session_of(client);
  if (!session) return NB_EFAULT;
  const Request* request = executing_request(*session);
  const std::uint64_t wanted_length = length;
  std::uint64_t address = 0;
  Session::Wanted wanted{header_for(FrameType::anonmmap, request),
                         std::as_writable_bytes(std::span(&address, 1))};
  const auto fetched = session->fetch(wanted, bytes_of(wanted_length), request);
  if (!fetched) return fetched.code();
  if (wanted.received != sizeof(address)) return NB_EFAULT;
  if (address == 0) return NB_ENOMEM;
  *remote = reinterpret_cast<void*>(address);
  return 0;
}

int raise(void* client, int number) {
  if (const auto session = session_of(client)) session->raise(number, executing_request(*session));
  return 0;
}

int init(const char* url, const char* ostype, const char* osrelease, const char* machine) {
  return the_server->listen(url, ostype, osrelease, machine);
}

void fini(void* client) {
  const auto session = client == nullptr ? nullptr : session_of(client);
  the_server->kernel_exits(session.get());
}

constexpr farcall_sysproxy_ops kOps = {
    .init = init,
    .copyin = copyin,
    .copyinstr = copyinstr,
    .copyout = copyout,
    .copyoutstr = copyoutstr,
    .anonmmap = anonmmap,
    .raise = raise,
    .fini = fini,
    .copyin_at_once = copyin_at_once,
    .copyout_at_once = copyout_at_once,
};

}  // namespace

const farcall_sysproxy_ops* sysproxy_ops(Server& server) {
  the_server = &server;
  return &kOps;
}

}  // namespace farcall::server
