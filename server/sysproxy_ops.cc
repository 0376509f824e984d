#include "server/sysproxy_ops.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>

#include "netbsd/constants.h"
#include "server/asked_data.h"
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

/// Copies from or to memory that the client shares. False: some of it is not.
bool fetch_shared(Session& session, std::uint64_t address, std::span<std::byte> to) {
  const auto arena = session.arena();
  const std::byte* const from = arena ? arena->find(address, to.size()) : nullptr;
  if (from == nullptr) return false;
  std::memcpy(to.data(), from, to.size());
  arena->count_copied(to.size());
  return true;
}

bool store_shared(Session& session, std::uint64_t address, std::span<const std::byte> from) {
  const auto arena = session.arena();
  std::byte* const to = arena ? arena->find(address, from.size()) : nullptr;
  if (to == nullptr) return false;
  std::memcpy(to, from.data(), from.size());
  arena->count_copied(from.size());
  return true;
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
  if (fetch_shared(session, address, rest)) return 0;
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

/// Asks for more than the `size` bytes at `address` that the kernel wants now. False: it is better
/// to ask for just these.
bool read_ahead(Session& session, AskedData& asked, std::uint64_t address, std::size_t size) {
  const auto room = asked.room(address, size, piece_size());
  if (room.empty()) return false;
  const auto got = fetch_piece(session, FrameType::copyin, address, room);
  return asked.came(address, got && *got == room.size() ? room.size() : 0);
}

/// More of what the call reads has come. False: no more comes by itself.
bool more_comes(Session& session, const CallData& data, std::uint64_t address, std::size_t size) {
  const Request* request = executing_request(session);
  if (request->asked != nullptr) return read_ahead(session, *request->asked, address, size);
  return data.may_come(address) && session.await_data();
}

/// Reads what came with the call, or is on its way. The value is how much that was.
std::size_t read_what_comes(Session& session, const CallData& data, std::uint64_t address,
                            std::span<std::byte> to) {
  std::size_t read_before = 0;
  while (read_before < to.size()) {
    const auto rest = to.subspan(read_before);
    const std::size_t came = data.read(address + read_before, rest);
    if (came == 0 && !more_comes(session, data, address + read_before, rest.size())) break;
    read_before += came;
  }
  return read_before;
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
    const std::size_t came = read_what_comes(*session, *data, address, rest);
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

/// What is longer is written by itself once what is kept has no room for it.
constexpr std::size_t kWorthKeeping = std::size_t{16} << 10;

int copy_to_client(void* client, FrameType type, const void* local, void* remote, size_t length) {
  const auto session = session_of(client);
  if (!session) return NB_EFAULT;
  session->activity().count_written(length);
  const std::span from(static_cast<const std::byte*>(local), length);
  if (store_shared(*session, address_of(remote), from)) return 0;
  if (CallData* const data = executing_data(*session)) {
    if (data->write(address_of(remote), from)) return 0;
    // Later than what is kept for the same memory; or there is no more room.
    const bool fills = length <= kWorthKeeping && !data->output_bytes().empty();
    if (fills || data->is_kept(address_of(remote), length)) {
      if (const int error = store_output(*session, *data)) return error;
    }
    if (fills && data->write(address_of(remote), from)) return 0;
  }
  return store(*session, type, address_of(remote), from);
}

int copyout(void* client, const void* local, void* remote, size_t length) {
  return copy_to_client(client, FrameType::copyout, local, remote, length);
}

int copyoutstr(void* client, const void* local, void* remote, size_t* length) {
  return copy_to_client(client, FrameType::copyoutstr, local, remote, *length);
}

/// Without the calling thread's giving up the CPU: more would keep it from others.
constexpr std::size_t kMostAtOnce = std::size_t{64} << 10;

bool read_at_once(Session& session, std::uint64_t address, std::span<std::byte> to) {
  if (to.size() <= kMostAtOnce && fetch_shared(session, address, to)) return true;
  const CallData* const data = executing_data(session);
  return data != nullptr && !data->is_kept(address, to.size()) &&
         data->read(address, to) == to.size();
}

bool write_at_once(Session& session, std::uint64_t address, std::span<const std::byte> from) {
  if (from.size() <= kMostAtOnce && store_shared(session, address, from)) return true;
  CallData* const data = executing_data(session);
  return data != nullptr && data->write(address, from);
}

int copyin_at_once(void* client, const void* remote, void* local, size_t length) {
  Session* const session = executing_session(reinterpret_cast<ClientId>(client));
  const std::span to(static_cast<std::byte*>(local), length);
  if (session == nullptr || !read_at_once(*session, address_of(remote), to)) return 0;
  session->activity().count_read(length);
  return 1;
}

int copyout_at_once(void* client, const void* local, void* remote, size_t length) {
  Session* const session = executing_session(reinterpret_cast<ClientId>(client));
  const std::span from(static_cast<const std::byte*>(local), length);
  if (session == nullptr || !write_at_once(*session, address_of(remote), from)) return 0;
  session->activity().count_written(length);
  return 1;
}

/// In the counters that the client and the control plane see.
void count_loan(Session& session, Arena& arena, int how, std::size_t length) {
  switch (how) {
    case RUMPUSER_LOAN_KEEP:
      return session.activity().count_lent(length);
    case RUMPUSER_LOAN_READ:
      session.activity().count_read(length);
      return arena.count_copied(length);
    default:
      session.activity().count_written(length);
      return arena.count_copied(length);
  }
}

/// What crosses with the call, for as long as that executes. nullptr: the kernel has to copy.
std::byte* lend_call_data(Session& session, std::uint64_t address, std::size_t length, int how) {
  CallData* const data = executing_data(session);
  if (data == nullptr) return nullptr;
  if (how == RUMPUSER_LOAN_WRITE) {
    std::byte* const output = data->lend_output(address, length);
    if (output != nullptr) session.activity().count_written(length);
    return output;
  }
  if (how != RUMPUSER_LOAN_READ || data->is_kept(address, length)) return nullptr;
  const std::byte* const input = data->lend_input(address, length);
  if (input != nullptr) session.activity().count_read(length);
  return const_cast<std::byte*>(input);
}

int borrow(void* client, const void* remote, size_t length, int how, void** local,
           rumpuser_loan** loan) {
  Session* const session = executing_session(reinterpret_cast<ClientId>(client));
  if (session == nullptr) return NB_EFAULT;
  auto arena = session->arena();
  std::byte* const found = arena ? arena->find(address_of(remote), length) : nullptr;
  if (found == nullptr) {
    *local = lend_call_data(*session, address_of(remote), length, how);
    *loan = nullptr;
    return *local == nullptr ? NB_EFAULT : 0;
  }
  const bool keep = how == RUMPUSER_LOAN_KEEP;
  if (keep) arena->begin_loan(found, length);
  count_loan(*session, *arena, how, length);
  *local = found;
  *loan = new rumpuser_loan{std::move(arena), keep ? found : nullptr};
  return 0;
}

void give_back(rumpuser_loan* loan) {
  if (loan->kept != nullptr) loan->arena->end_loan(loan->kept);
  delete loan;
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
    .borrow = borrow,
    .give_back = give_back,
};

}  // namespace

const farcall_sysproxy_ops* sysproxy_ops(Server& server) {
  the_server = &server;
  return &kOps;
}

}  // namespace farcall::server
