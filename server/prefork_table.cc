#include "server/prefork_table.h"

#include <sys/random.h>

#include <algorithm>
#include <cstdlib>

namespace farcall::server {

PreforkTable::Key PreforkTable::key(const sysproxy::ForkCookie& cookie) {
  return {cookie.word[0], cookie.word[1], cookie.word[2], cookie.word[3]};
}

bool PreforkTable::has_room(SessionId parent) const {
  const std::lock_guard lock(mutex_);
  const auto mine = std::count_if(entries_.begin(), entries_.end(),
                                  [&](const auto& entry) { return entry.second.parent == parent; });
  return static_cast<std::size_t>(mine) < limits_.max_preforks;
}

sysproxy::ForkCookie PreforkTable::add(SessionId parent, std::unique_ptr<KernelProcess> process) {
  sysproxy::ForkCookie cookie;
  // A request of up to 256 bytes is never cut short, and fails only where there is no such system
  // call.
  if (getrandom(&cookie, sizeof(cookie), 0) != sizeof(cookie)) std::abort();
  const std::lock_guard lock(mutex_);
  entries_[key(cookie)] = {parent, std::move(process), Clock::now() + limits_.prefork_time};
  return cookie;
}

std::unique_ptr<KernelProcess> PreforkTable::take(const sysproxy::ForkCookie& cookie) {
  const std::lock_guard lock(mutex_);
  auto node = entries_.extract(key(cookie));
  return node.empty() ? nullptr : std::move(node.mapped().process);
}

void PreforkTable::orphan(SessionId parent) {
  const auto latest = Clock::now() + limits_.orphan_prefork_time;
  const std::lock_guard lock(mutex_);
  for (auto& [cookie, entry] : entries_) {
    if (entry.parent == parent) entry.expiry = std::min(entry.expiry, latest);
  }
}

std::vector<std::unique_ptr<KernelProcess>> PreforkTable::expired(Clock::time_point now) {
  std::vector<std::unique_ptr<KernelProcess>> over;
  const std::lock_guard lock(mutex_);
  for (auto at = entries_.begin(); at != entries_.end();) {
    if (at->second.expiry > now) {
      ++at;
      continue;
    }
    over.push_back(std::move(at->second.process));
    at = entries_.erase(at);
  }
  return over;
}

std::optional<PreforkTable::Clock::time_point> PreforkTable::next_expiry() const {
  const std::lock_guard lock(mutex_);
  std::optional<Clock::time_point> next;
  for (const auto& [cookie, entry] : entries_) {
    if (!next || entry.expiry < *next) next = entry.expiry;
  }
  return next;
}

}  // namespace farcall::server
