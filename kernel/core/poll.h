// Readiness: what poll, select and (later) kqueue are built on.
#pragma once

#include "kernel/core/cpu.h"

namespace farcall::kernel {

class PollSource;

/// Someone who wants to know that a source may have become ready. Intrusive list member: it is at
/// most on one source.
class PollWaiter {
 public:
  PollWaiter() = default;
  PollWaiter(const PollWaiter&) = delete;
  PollWaiter& operator=(const PollWaiter&) = delete;
  virtual ~PollWaiter();
  /// Called with the CPU held, from whoever made the source ready. Must not sleep and must not
  /// subscribe.
  virtual void ready() = 0;

  void subscribe(PollSource& source);
  void unsubscribe();

 private:
  friend class PollSource;
  PollSource* source_ = nullptr;
  PollWaiter* previous_ = nullptr;
  PollWaiter* next_ = nullptr;
};

/// An object whose readiness can change.
class PollSource {
 public:
  PollSource() = default;
  PollSource(const PollSource&) = delete;
  PollSource& operator=(const PollSource&) = delete;
  ~PollSource();
  /// To be called after each change by which File::poll may newly report something.
  void notify();

 private:
  friend class PollWaiter;
  PollWaiter* waiters_ = nullptr;
};

}  // namespace farcall::kernel
