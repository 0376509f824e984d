// The process's connection to its server: requests out, answers back to the threads that wait for
// them.
//
// WHO READS. There is no thread of our own. One thread at a time holds the baton: it reads the
// socket, hands others their answers, and serves the server's requests (copyin, copyout …). A
// call's thread sends the request, then takes the baton if it is free and otherwise sleeps: the
// first one that does so watches, as do those whose calls have shown that they take long, the
// others sleep on their calls' futex words. The watcher is woken by what comes while nobody holds
// the baton, so that on leaving the holder need not wake anybody, and who calls again at once reads
// its own answer. Where nobody can watch (watch.h), the holder wakes one of the sleepers, who takes
// the baton over. A lone thread's call is one sendmsg, one wake-up and one receive.
//
// SIGNALS. Handlers run while a call waits, may make calls of their own, and may never come back
// (siglongjmp). Hence:
//  1. All signals are blocked from a call's begin to its end, except in the waits: the reader's (a
//     recv of one byte with MSG_PEEK, or ppoll), the sleeper's (a futex, or ppoll on its bell), and
//     nothing else.
//  2. None of these consumes anything: data is taken from the socket with signals blocked and
//  MSG_DONTWAIT, so whenever
//     a handler runs, the state is whole. A lock is held only with signals blocked.
//  3. A handler's call, in a thread that holds the baton, reads on in its place ("inherits"). When
//  it takes the answer
//     of the interrupted call off the socket, that call's recv would be restarted by the kernel and
//     sleep for ever; so the handler's call, on leaving, sends a nudge: a getpid whose answer
//     nobody awaits but that ends the recv.
//  4. recv and futex without a timeout are restarted by the host as SA_RESTART says, and a call
//  made with
//     Patience::restarts inherits just that. ppoll ends after any handler, and also by a signal
//     that came since the call's begin: Patience::once. EINTR becomes a frame `interrupt`; then the
//     call's true answer is awaited, which may yet be success. A stock server does not know that
//     frame: there a call goes on until it ends by itself.
//  5. A call that siglongjmp left is found by the next call of that thread, from the stack: it is
//  abandoned, the server
//     is asked to end it, and the baton is taken back. Until then, as while a handler computes, a
//     baton in that thread's hand keeps others waiting.
//
// ASYNCHRONOUS CALLS are awaited in poll(2), through gate.h; their threads read only inside
// try_now, when nobody holds the baton. From its second call on a slot of the pool has a channel
// for them, of its own, so that the thread's stays free for what it does meanwhile. Such a call is
// answered in the channel's page, which only its owner looks at; its end by the loss of the
// connection is said in the slot, as with any other.
//
// LOCKS: mutex_ guards the pool, the baton and the state; Output's own is taken without it. Input
// belongs to the thread that set pumping_. Nothing else is locked.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "call.h"
#include "channels.h"
#include "gate.h"
#include "input.h"
#include "link.h"
#include "lock.h"
#include "memory.h"
#include "output.h"
#include "patience.h"
#include "thread.h"
#include "watch.h"

namespace farcall::client {

/// What is asked of the server.
struct Request {
  sysproxy::FrameType type;
  std::uint32_t detail;
  const void* body;
  std::size_t size;
  Passed passed = {};
};

/// What an arena may be on a connection.
struct BufferTerms {
  std::uint32_t generation = 0;  ///< of the connection; 0: there is none
  std::uint64_t most = 0;        ///< bytes; 0: the server takes none
  bool lends = false;            ///< its kernel sends from it without a copy
};

class Connection final : private FrameSink {
 public:
  constexpr Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Every function takes no more signals than it says: the caller has them all blocked. But
  // generation may be called at any time.

  /// Which of this process's connections is up, or 0.
  [[nodiscard]] std::uint32_t generation() const {
    return presence_ != nullptr ? presence_->generation.load(std::memory_order_relaxed) : 0;
  }

  /// Makes a fresh link this process's connection. Calls of an earlier one have ended.
  void install(const Link& link);
  /// True while the connection is there, as far as is known, and was made by this process, not by
  /// its parent.
  bool is_up();
  /// True in a child of the process that made the connection.
  bool is_inherited() const;
  /// In a child after fork: forgets the
  /// parent's calls, frees the locks and closes the inherited descriptors. What waits in an outer
  /// frame of this thread ends with EINTR.
  void reset_in_child();
  /// Sends the nudge of rule 3 when an outer frame of this thread may need it.
  void nudge_outer();
  /// Gives the connection up: every call ends as lost. The descriptor stays until the next install.
  void lose();

  /// Sends a request. nullptr: no connection, or no memory for it; *error is a host errno.
  Call* submit(const Request& request, int* error);
  /// Sleeps until the call is done, with the signal mask `open` meanwhile.
  void await(Call& call, Patience patience, host::SignalSet open);
  /// Asks the server to end it, once.
  void interrupt(Call& call);
  /// Ends the calls of the thread that wait in frames below `stack`, which siglongjmp is about to
  /// leave. Sleeps, with the signal mask `open` meanwhile.
  void leave(const void* stack, host::SignalSet open);
  /// A call that is done goes back to the pool, and the signal that it brought is raised; one that
  /// is not is interrupted and left to itself.
  void finish(Call& call);

  // For asynchronous calls, and the threads that submitted them.

  /// Submits a system call. It may sleep to open a channel for it. As submit.
  Call* begin(const SystemCall& system_call, int* error);
  /// Does what can be done without sleeping; true when the call is done.
  bool try_now(Call& call);
  /// A descriptor to poll until the call is done, or -errno.
  int poll_descriptor(Call& call);
  /// As await, and no signal ends it.
  void await_end(Call& call, host::SignalSet open);
  /// The calling thread ends: so do its calls, and nobody will ask for them.
  void abandon_calls();

  // For channels.

  /// Gives the calling thread a channel, unless this is its first call, it has asked this
  /// connection before, or there can be none. Sleeps, with the signal mask `open` meanwhile.
  void consider_channel(host::SignalSet open);
  /// The calling thread ends, or its channel is of an earlier connection.
  void close_channel();
  /// Asks the server to end a channel's call.
  void interrupt_request(std::uint64_t request);
  /// As lose, when the connection is still that of this generation.
  void lose(std::uint32_t generation);
  /// Reads what is there, unless another thread does: notices the end of the connection.
  void attend();
  /// Channel::drain_event, with what it wants.
  void drain_event(const Channel& channel);

  /// Whether the server hands out further connections.
  bool hands_out();

  // For buffers.

  /// What this connection offers for them.
  BufferTerms buffer_terms();

  /// Before execve: nobody else reads any more, and no frame is half read. thaw: it failed.
  Link freeze_for_exec();
  Link thaw();

  /// Moves our descriptor `fd` to another number. 0 or -errno.
  int move_away(int fd);

 private:
  bool on_frame(const sysproxy::FrameHeader& header, std::span<const std::byte> body) override;
  bool wants_output(std::uint64_t request) override;
  void on_copyout_fault(std::uint64_t request) override;

  // asynchronous.cc
  Channel* channel_for(Call& call);
  bool wants_channel(Call& call);
  static void drop_channel(Call& call);
  bool take_answer(Call& call);
  bool interrupt_by_channel(Call& call);
  void abandon_in_channel(Call& call);

  // connection.cc: requests, answers, the end
  Call* take_call(Thread* owner, Link* link, int* error);
  void send_call(const Call& call, const Link& link, const Request& request);
  void deliver(const sysproxy::FrameHeader& header, std::span<const std::byte> body);
  void complete(Call& call, Call::Outcome outcome);
  long send_request(const Link& link, sysproxy::FrameHeader header, const Request& request);
  void lose_locked();

  // channel_life.cc
  bool wants_channel(Thread& self);
  Channel* open_channel(host::SignalSet open);
  void close_channel(Channel& channel);
  bool waits_in(const Channel& channel);

  // waiting.cc: the baton; mutex_ held
  bool may_read(const Thread& self) const { return reader_ == nullptr || reader_ == &self; }
  void take_baton(Thread& self);
  void take_turn(Thread& self, Call& call, Patience patience, host::SignalSet open);
  void read_turn(Thread& self, Call& call, Patience patience, host::SignalSet open);
  void sleep_turn(Call& call, Patience patience, host::SignalSet open);
  bool watch_turn(Thread& self, Call& call, Patience patience, host::SignalSet open);
  int begin_watch(Thread& self);
  void end_watch();
  void read_what_is_there(Thread& self, const Call* until);
  static void wake(Call& call);
  static bool wait_readable(int fd, Patience patience, host::SignalSet open);
  /// Reads until `until` (may be nullptr) is done, or nothing more is there.
  void pump(const Call* until);
  Input::Status receive(int flags);
  void release_baton();
  void wake_sleeper();
  void remove_sleeper(Call& call);
  void interrupt_locked(Call& call);
  void send_interrupt(std::uint64_t request);
  void drop_orphans(Thread& self, const void* frame);
  Call& take_innermost(Thread& self);
  void send_nudge();
  void thaw_locked();

  // service.cc: the server's requests; mutex_ not held
  bool serve(const sysproxy::FrameHeader& header, std::span<const std::byte> body);
  void answer(const sysproxy::FrameHeader& request, const void* body, std::size_t size);
  void answer_fault(const sysproxy::FrameHeader& request, std::size_t size);
  bool ends_in_memory(const sysproxy::CopyRequest& copy);
  bool serve_copyin(const sysproxy::FrameHeader& header, const sysproxy::CopyRequest& copy);
  void serve_copyinstr(const sysproxy::FrameHeader& header, const sysproxy::CopyRequest& copy);
  void serve_anonmmap(const sysproxy::FrameHeader& header, std::uint64_t size);
  void serve_raise(const sysproxy::FrameHeader& header);
  void mark_fault(std::uint64_t request);

  struct Presence {
    std::atomic<std::uint32_t> generation{0};  ///< of the connection while it is up, else 0
    std::atomic<std::uint32_t> here{0};
  };

  Mutex mutex_;
  bool up_ = false;
  Link link_;
  /// On a page that a fork wipes, so that a child that was made behind our back does not speak in
  /// its parent's name.
  Presence* presence_ = nullptr;
  std::uint32_t generation_ = 0;  ///< counts connections, in children of fork too
  Channels channels_;
  CallPool pool_;
  std::size_t in_flight_ = 0;

  Thread* reader_ = nullptr;   ///< the baton
  Call* asleep_ = nullptr;     ///< calls whose threads sleep
  unsigned brought_ = 0;       ///< answers that its holder has handed to sleeping threads
  Thread* watcher_ = nullptr;  ///< who sleeps in the Watch
  Thread* robbed_ = nullptr;   ///< who held it before freeze_for_exec
  Thread* freezer_ = nullptr;  ///< between freeze_for_exec and thaw: who froze, and holds the baton
  std::atomic<std::uint32_t> pumping_{0};  ///< 1 while Input is in use

  ProgramMemory memory_;
  Input input_{memory_};
  Output output_;
  Gate gate_;
  Watch watch_;
  char string_[4096] = {};  ///< copyinstr's; belongs to the thread that pumps
};

/// The one of this process.
Connection& connection();

}  // namespace farcall::client
