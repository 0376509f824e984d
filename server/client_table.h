// The numbers under which the kernel knows client processes: what hyp_lwproc_rfork is given as
// `client`, and gives back to rumpuser_sp_*. Numbers, not addresses: the kernel may still name a
// client that has just gone, and a process that was prepared for a fork has one before its
// connection exists.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace farcall::server {

class Session;

/// Never 0, never used twice.
using ClientId = std::uintptr_t;

/// Safe from any thread.
class ClientTable {
 public:
  ClientId create() {
    const std::lock_guard lock(mutex_);
    return ++last_;
  }
  void attach(ClientId id, const std::shared_ptr<Session>& session) {
    const std::lock_guard lock(mutex_);
    sessions_[id] = session;
  }
  void remove(ClientId id) {
    const std::lock_guard lock(mutex_);
    sessions_.erase(id);
  }
  /// nullptr when the client has no connection.
  [[nodiscard]] std::shared_ptr<Session> find(ClientId id) const {
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(id);
    return found == sessions_.end() ? nullptr : found->second.lock();
  }

 private:
  mutable std::mutex mutex_;
  ClientId last_ = 0;
  std::unordered_map<ClientId, std::weak_ptr<Session>> sessions_;
};

}  // namespace farcall::server
