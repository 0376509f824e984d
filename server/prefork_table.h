// Processes that were prepared for children which have not presented their cookies yet.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <tuple>
#include <vector>

#include "farcall/result.h"
#include "farcall/sysproxy.h"
#include "server/kernel_process.h"
#include "server/limits.h"

namespace farcall::server {

using SessionId = std::uint64_t;

/// Safe from any thread. Nothing here calls the kernel: processes are handed out for others to end.
class PreforkTable {
 public:
  using Clock = std::chrono::steady_clock;

  explicit PreforkTable(const Limits& limits) : limits_(limits) {}

  /// True when session `parent` may have one more.
  [[nodiscard]] bool has_room(SessionId parent) const;
  /// Keeps `process` under a new random cookie.
  sysproxy::ForkCookie add(SessionId parent, std::unique_ptr<KernelProcess> process);
  /// The process of `cookie`, which is then forgotten; nullptr: there is none.
  std::unique_ptr<KernelProcess> take(const sysproxy::ForkCookie& cookie);
  /// The parent has gone: its children have a moment more to come.
  void orphan(SessionId parent);
  /// Takes out those whose time is over.
  std::vector<std::unique_ptr<KernelProcess>> expired(Clock::time_point now);
  /// When expired() will next have something.
  [[nodiscard]] std::optional<Clock::time_point> next_expiry() const;

 private:
  struct Entry {
    SessionId parent;
    std::unique_ptr<KernelProcess> process;
    Clock::time_point expiry;
  };
  using Key = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>;
  static Key key(const sysproxy::ForkCookie& cookie);

  const Limits& limits_;
  mutable std::mutex mutex_;
  std::map<Key, Entry> entries_;
};

}  // namespace farcall::server
