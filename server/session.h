// One client's connection, and the threads that serve it.
//
// Who reads the socket. At most one thread at a time has the turn to read, and whoever needs
// something from the client takes it:
//
//   - a worker without work reads, and executes the request that it read itself, so that a call
//   costs one wake-up. While
//     it executes, the turn is free: nobody reads.
//   - a worker whose call waits for a copyin takes the turn if it can; meanwhile it passes requests
//   to other workers.
//   - a worker whose call brings much data begins it before that has come, and keeps the turn to
//   read the data as the kernel asks for it; others may take it meanwhile (session_arrival.cc).
//   - a worker that is about to sleep within a call gives a free turn, or the one it keeps, to the
//   Io thread
//   (about_to_sleep), which passes
//     requests to other workers until one of them takes the turn again.
//
// So a free turn stays free only while some worker of the session runs. Requests that must have the
// session for themselves (handshakes) leave it free until they are done.
//
// Locks: mutex_ (short; no kernel call, no send and no wait for another lock within, but it may be
// taken with the kernel's CPU). FrameSender's are never taken with it.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "farcall/result.h"
#include "server/activity.h"
#include "server/arena.h"
#include "server/frame_reader.h"
#include "server/frame_sender.h"
#include "server/handing_out.h"
#include "server/reports.h"
#include "server/request.h"
#include "server/services.h"
#include "server/terms.h"

namespace farcall::server {

class Channel;
class ChannelPage;

class Session : public std::enable_shared_from_this<Session> {
 public:
  /// Takes over `fd`, a connected blocking stream socket. `peer` names the client in the log.
  Session(Services& services, SessionId id, int fd, std::string peer, Origin origin);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] SessionId id() const { return id_; }
  [[nodiscard]] Services& services() { return services_; }

  // ---- for the Io thread; none of these sleeps

  /// Greets the client and begins to wait for its handshake.
  void start(std::string_view banner);
  /// The socket has something, or may have.
  void readable();
  void handshake_time_over();
  /// Ends the connection as soon as no call is under way.
  void close_when_idle();

  // ---- for any thread; none of these sleeps

  /// Ends the connection; what executes for it is interrupted, then its process ends. The first
  /// call wins.
  void close(std::string_view why);
  /// Answers with an error and ends the connection. One line in the log says why.
  void refuse(const sysproxy::FrameHeader& header, sysproxy::WireError error, std::string_view why);
  /// Answers with an error; the connection goes on.
  void answer_error(const sysproxy::FrameHeader& header, sysproxy::WireError error);
  /// Sends signal `number` (NetBSD's), now or before the next frame, or with the answer of a call
  /// in a channel. `request`: the call that caused it, or nullptr.
  void raise(int number, Request* request);
  /// What is to be counted of this client.
  [[nodiscard]] ActivityCounter& activity() { return activity_; }
  [[nodiscard]] ClientReport report();

  // ---- for the workers (worker.cc)

  /// What to do next; sleeps until there is something. nullptr: the worker shall end.
  std::unique_ptr<Request> next_request();
  /// `process` serves this client from now on, and nullptr after a handshake that failed.
  void handshake_done(std::unique_ptr<KernelProcess> process);
  [[nodiscard]] KernelProcess& process() { return *process_; }
  /// Around hyp_syscall, with the kernel's CPU held.
  void begin_execution(Request& request, const Executor& executor);
  void end_execution(Request& request);
  /// Sends the answer of `request`, a body and perhaps output of the call, unless nobody wants it
  /// any more. May sleep while the client does not read.
  void answer(Request& request, std::span<const std::byte> body,
              std::span<const std::byte> output = {});
  /// The same of a syscall, after frames copyout with what `data` has kept.
  void answer_with_copies(Request& request, std::span<const std::byte> body, const CallData& data);
  /// The request counts no more; for those who answer otherwise.
  void settle(Request& request);
  /// To be called for each request that next_request gave, at its end.
  void complete(Request& request);
  /// To be called by a worker of this session that is about to sleep.
  void about_to_sleep();
  /// Sleeps until the calling worker is the only one. Others leave as their calls end.
  void wait_for_other_workers();
  void exec_done();
  void worker_left();

  /// For what crosses with calls.
  [[nodiscard]] Budget& data_budget() { return data_; }

  // ---- for channels (session_upgrade.cc)

  /// To be called when a channel has answered a call.
  void channel_idle() {
    if (stopping_) close_when_idle();
  }
  /// The client wants call `number` of another of its channels to end with EINTR. Without the
  /// kernel's CPU, for which it may sleep. False: it may not ask for that here.
  bool interrupt_now(std::uint64_t number);

  // ---- for both

  /// For a call that was interrupted before it began. With the CPU held.
  void interrupt_at_begin(std::uint64_t number, const Executor& executor);

  // ---- the client's memory, for calls of the kernel (session_copy.cc)

  /// When the server reaches it itself, for the call that the calling thread executes. nullptr: use
  /// fetch and store.
  std::shared_ptr<const ClientMemory> memory();
  /// The memory that the client shares for its buffers, nullptr: none. For the call that the
  /// calling thread executes, if it does; may be called with the kernel's CPU.
  std::shared_ptr<Arena> arena();

  /// What is to be read into the kernel, and what came. Lives on the waiting thread's stack.
  struct Wanted {
    sysproxy::FrameHeader header;
    std::span<std::byte> target;
    std::size_t received = 0;
    bool filling = false;  ///< a thread is writing to `target`
    bool done = false;
    bool failed = false;
  };
  /// Sends the request `wanted.header` with body `body` and sleeps until the answer is in
  /// `wanted.target`. `request`: the call that this is for, or nullptr. NetBSD's EFAULT when none
  /// comes.
  Result<void> fetch(Wanted& wanted, std::span<const std::byte> body, const Request* request);
  /// Sends a request that has no answer. As fetch.
  Result<void> store(const sysproxy::FrameHeader& header, std::span<const std::byte> first,
                     std::span<const std::byte> second, const Request* request);

  // ---- data that comes while the call executes (session_arrival.cc)

  /// For the call that the calling thread executes: sleeps until more of its data has come, and
  /// shows it that. False: no more comes.
  bool await_data();
  /// After its answer: takes from the connection what is left of its frame.
  void end_arrival(Request& request);

 private:
  /// Bytes of the longest body of a request: a program's name.
  static constexpr std::size_t kMaxBody = 1024;
  /// Workers that may stay without work.
  static constexpr std::size_t kMaxParked = 4;

  enum class Phase { greeting, handshake, running };
  enum class Turn { io, taken, free, kept };
  enum class Arrival { request, other, again, closed };

  // The turn to read (session_reading.cc). Those named *_locked need mutex_, the others the turn.
  void take_turn_locked();
  void free_turn_locked();
  void give_turn_to_io_locked();
  Arrival receive(bool wait, std::unique_ptr<Request>& request, bool may_begin = false);
  bool accept_header();
  bool accept_request_header();
  bool accept_answer_header();
  bool accept_call();
  bool accept_part();
  bool accept_body(std::size_t least, std::size_t most);
  Arrival accept_frame(std::unique_ptr<Request>& request);
  void fill_done(bool whole);
  bool pass_on(std::unique_ptr<Request> request);

  // Requests (session_requests.cc)
  std::unique_ptr<Request> make_request();
  bool read_fork_handshake(Request& request);
  bool admit(Request& request);
  void enqueue(std::unique_ptr<Request> request);
  void start_worker();
  void interrupt(std::uint64_t number);
  void interrupt_executing(std::uint64_t number);
  void cancel_others_locked(const Request& exec);
  void forget_locked(Request& request);
  void discard(std::unique_ptr<Request> request);
  Request* find_locked(std::uint64_t number);

  // Data that comes while the call executes (session_arrival.cc)
  bool begin_early(std::unique_ptr<Request>& request);
  bool receive_segment(const StreamData& data);
  void arrival_done();
  bool keeps_turn_locked(const StreamData& data) const;
  void keep_turn_locked();
  void give_up_kept_turn_locked();
  void await_whole(std::unique_lock<std::mutex>& lock, const StreamData& data);

  // Beyond sysproxy (session_upgrade.cc)
  bool accept_hello();
  bool open_channel();
  bool open_arena();
  bool hand_out_connection();
  sysproxy::WireError hand_out(const Descriptor& over);
  sysproxy::WireError add_arena(const arena::Offer& offer, const Descriptor& memfd);
  bool take_event(ChannelPage& page);
  bool answer_soon(const sysproxy::FrameHeader& request, std::span<const std::byte> body);
  bool answer_offer(const sysproxy::FrameHeader& request, sysproxy::WireError error,
                    const char* refusal);
  sysproxy::WireError add_channel(const std::shared_ptr<Channel>& channel);
  void channel_left(const Channel& channel);
  void call_attention_locked();
  void end_upgrade_locked();
  void interrupt_channel_locked(std::uint64_t number);

  bool is_busy_locked() const;
  bool leave_locked();
  bool begin_answer(Request& request);
  void end_calls();
  void finish();
  bool is_lost_locked(const Wanted& wanted, const Request* request) const;
  void read_until_done(const Wanted& wanted, const Request* request);
  void await(Wanted& wanted, const Request* request);

  Services& services_;
  const SessionId id_;
  const int fd_;
  const std::string peer_;
  const Origin origin_;
  const bool is_near_;  ///< the client is on this machine
  FrameSender sender_;
  const std::chrono::steady_clock::time_point connected_ = std::chrono::steady_clock::now();
  ActivityCounter activity_;
  Budget data_{services_.limits.max_data_held};  ///< of calls that bring data

  // With the turn to read.
  FrameReader reader_;
  std::array<std::byte, kMaxBody> body_;
  std::unique_ptr<StreamData> incoming_;  ///< of the frame `call` that is being read
  StreamData* arriving_ = nullptr;        ///< of that frame, when the call has begun already
  Wanted* filling_ = nullptr;

  std::mutex mutex_;
  std::condition_variable work_;     ///< for workers without the turn
  std::condition_variable answers_;  ///< for those who wait in fetch
  std::condition_variable workers_changed_;
  Phase phase_ = Phase::greeting;
  Turn turn_ = Turn::free;
  bool closed_ = false;
  std::atomic<bool> stopping_ = false;
  bool exclusive_ = false;  ///< a handshake has the session for itself
  std::size_t workers_ = 0;
  std::size_t parked_ = 0;
  std::size_t executing_ = 0;
  std::size_t held_ = 0;
  std::uint64_t last_admitted_ = 0;  ///< number of the latest request
  std::vector<Request*> under_way_;  ///< all that are queued or execute, and have no answer yet
  std::deque<std::unique_ptr<Request>> queue_;
  std::vector<Wanted*> wanted_;
  Terms terms_;  ///< `buffers` only until it has an arena
  std::shared_ptr<Arena> arena_;
  std::atomic<bool> has_arena_ = false;             ///< or has had
  std::vector<std::shared_ptr<Channel>> channels_;  ///< each has a thread, one of workers_
  pid_t kernel_pid_ = 0;                            ///< of process_, and its command, for report()
  std::string program_;

  // Set once by the handshake's worker, ended by a chore after the last worker.
  std::unique_ptr<KernelProcess> process_;
};

}  // namespace farcall::server
