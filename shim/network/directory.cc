#include "directory.h"

#include <atomic>
#include <cerrno>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <vector>

#include "shim/host/errno.h"
#include "shim/personality/personality.h"

namespace farcall::shim::network {

namespace {

struct Directory {
  std::vector<std::string> names;
  std::size_t position = 0;
  dirent entry{};
  Directory* next = nullptr;
};

constinit std::mutex mutex;  // guards the list
constinit Directory* directories = nullptr;
constinit std::atomic<int> count{0};

Directory& directory_of(DIR* stream) { return *reinterpret_cast<Directory*>(stream); }

}  // namespace

DIR* open_directory(const char* path) {
  std::vector<std::string> names{".", ".."};
  std::vector<std::string> found;
  const long result = personality::network_directory(path, found);
  if (is_error(result)) {
    sysret(result);
    return nullptr;
  }
  names.insert(names.end(), found.begin(), found.end());
  auto* directory = new Directory{std::move(names)};
  const std::lock_guard lock(mutex);
  directory->next = directories;
  directories = directory;
  count.fetch_add(1, std::memory_order_release);
  return reinterpret_cast<DIR*>(directory);
}

bool is_network_directory(DIR* stream) {
  if (count.load(std::memory_order_acquire) == 0) return false;
  const std::lock_guard lock(mutex);
  for (const Directory* each = directories; each != nullptr; each = each->next) {
    if (reinterpret_cast<const DIR*>(each) == stream) return true;
  }
  return false;
}

dirent* read_directory(DIR* stream) {
  Directory& directory = directory_of(stream);
  if (directory.position >= directory.names.size()) return nullptr;
  const std::string& name = directory.names[directory.position++];
  directory.entry = {};
  directory.entry.d_ino = directory.position;
  directory.entry.d_off = static_cast<off_t>(directory.position);
  directory.entry.d_reclen = sizeof(dirent);
  directory.entry.d_type = DT_UNKNOWN;
  name.copy(directory.entry.d_name, sizeof directory.entry.d_name - 1);
  return &directory.entry;
}

void rewind_directory(DIR* stream) { directory_of(stream).position = 0; }

void close_directory(DIR* stream) {
  const std::unique_ptr<Directory> closed(&directory_of(stream));
  const std::lock_guard lock(mutex);
  for (Directory** link = &directories; *link != nullptr; link = &(*link)->next) {
    if (*link != closed.get()) continue;
    *link = closed->next;
    count.fetch_sub(1, std::memory_order_release);
    return;
  }
}

}  // namespace farcall::shim::network
