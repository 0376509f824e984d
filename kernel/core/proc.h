// Processes and lwps of the kernel.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel/core/cpu.h"
#include "kernel/core/file.h"
#include "kernel/core/ref.h"

namespace farcall::kernel {

/// A process's descriptors. Shared by rfork without flags, copied with RUMP_RFFDG.
class DescriptorTable : public RefCounted {
 public:
  /// What RLIMIT_NOFILE can be raised to.
  static constexpr std::size_t kMostDescriptors = 65536;

  DescriptorTable() = default;
  ~DescriptorTable() override;

  /// The lowest free descriptor from `minimum` up. NB_EMFILE.
  Result<int> allocate(Ref<File> file, int minimum = 0, bool close_on_exec = false);
  /// NB_EBADF when it is not open.
  [[nodiscard]] Result<Ref<File>> get(int fd) const;
  /// dup2: what was open under `to` is closed.
  Result<void> install(int to, Ref<File> file, bool close_on_exec);
  Result<void> close(int fd);
  void close_from(int fd);
  void close_on_exec();
  [[nodiscard]] Result<bool> close_on_exec(int fd) const;
  Result<void> set_close_on_exec(int fd, bool value);
  /// The highest open descriptor, -1 for none.
  [[nodiscard]] int highest() const;
  [[nodiscard]] Ref<DescriptorTable> copy() const;

  std::size_t limit = 1024;  ///< RLIMIT_NOFILE

 private:
  struct Entry {
    Ref<File> file;
    bool close_on_exec = false;
  };
  [[nodiscard]] bool is_open(int fd) const;

  std::vector<Entry> entries_;
  std::size_t maybe_free_ = 0;  ///< every descriptor under it is open
};

struct Credentials {
  std::uint32_t uid = 0, euid = 0, suid = 0;
  std::uint32_t gid = 0, egid = 0, sgid = 0;
  std::vector<std::uint32_t> groups;
  /// May this process configure interfaces, open raw sockets …: euid 0, as kauth(9)'s suser.
  [[nodiscard]] bool superuser() const { return euid == 0; }
};

class Process : public RefCounted {
 public:
  static constexpr int kLimits = 12;

  Process();

  std::int32_t pid = 0;
  std::int32_t parent = 0;
  std::int32_t group = 0;
  std::int32_t session = 0;
  std::string command;
  Credentials credentials;
  Ref<DescriptorTable> descriptors;
  std::uint32_t umask = 022;
  void* client =
      nullptr;  ///< for rumpuser_sp_*; nullptr: a process inside the kernel's own address space
  bool exiting = false;  ///< its lwps must go: interruptible sleeps end with NB_EINTR
  std::vector<Lwp*> lwps;
  std::uint32_t next_lwp_id = 1;
  netbsd::rlimit
      limits[kLimits];  ///< of RLIMIT_*; the descriptor table has RLIMIT_NOFILE's soft one
};

class Lwp {
 public:
  explicit Lwp(Ref<Process> owner);
  ~Lwp();
  Lwp(const Lwp&) = delete;
  Lwp& operator=(const Lwp&) = delete;

  Ref<Process> process;
  std::uint32_t id = 0;      ///< within its process; it goes round
  bool interrupted = false;  ///< the present or next interruptible sleep ends with NB_EINTR
  bool running = false;      ///< some thread has it
  bool dying = false;        ///< it ends when its thread leaves the kernel or takes another
  bool unbinding = false;    ///< its thread gives it back when it leaves the kernel

  /// Ends the sleep that this lwp is in, or the next one.
  void interrupt();

 private:
  friend class WaitQueue;
  [[nodiscard]] bool must_not_sleep() const { return interrupted || process->exiting; }
  void block(std::optional<Nanoseconds> limit);
  void wake();

  rumpuser_cv* cv_ = nullptr;  ///< made for the first sleep
  WaitQueue* sleeping_on_ = nullptr;
  Lwp* next_ = nullptr;
  Lwp* previous_ = nullptr;
};

/// Of the calling thread. There is always one while kernel code runs.
Lwp& current_lwp();
Process& current_process();

}  // namespace farcall::kernel
