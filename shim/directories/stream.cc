#include "stream.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <vector>

#include "shim/host/errno.h"

namespace farcall::shim::directories {

namespace {

constinit std::mutex mutex;  // guards the list; nothing is called under it
std::vector<std::unique_ptr<Stream>>& streams() {
  // Never destroyed: other libraries' destructors may still read directories.
  static auto* const list = new std::vector<std::unique_ptr<Stream>>;
  return *list;
}
constinit std::atomic<int> count{0};

}  // namespace

dirent* Stream::next() {
  const std::lock_guard lock(mutex_);
  const long result = read(entry_);
  if (result <= 0) {
    sysret(result);
    return nullptr;
  }
  entry_.d_reclen = sizeof(dirent);
  return &entry_;
}

DIR* enroll(std::unique_ptr<Stream> stream) {
  auto* const handle = reinterpret_cast<DIR*>(stream.get());
  const std::lock_guard lock(mutex);
  streams().push_back(std::move(stream));
  count.fetch_add(1, std::memory_order_release);
  return handle;
}

Stream* find(DIR* stream) {
  if (count.load(std::memory_order_acquire) == 0) return nullptr;
  auto* const wanted = reinterpret_cast<Stream*>(stream);
  const std::lock_guard lock(mutex);
  const bool known = std::ranges::any_of(
      streams(), [&](const std::unique_ptr<Stream>& each) { return each.get() == wanted; });
  return known ? wanted : nullptr;
}

long close(DIR* stream) {
  std::unique_ptr<Stream> closed;
  {
    const std::lock_guard lock(mutex);
    const auto found = std::ranges::find_if(streams(), [&](const auto& each) {
      return each.get() == reinterpret_cast<Stream*>(stream);
    });
    if (found == streams().end()) return -EBADF;
    closed = std::move(*found);
    streams().erase(found);
    count.fetch_sub(1, std::memory_order_release);
  }
  return closed->close();
}

}  // namespace farcall::shim::directories
