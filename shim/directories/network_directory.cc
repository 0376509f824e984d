#include "network_directory.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "shim/host/errno.h"
#include "shim/personality/personality.h"
#include "stream.h"

namespace farcall::shim::directories {

namespace {

class NetworkDirectory final : public Stream {
 public:
  explicit NetworkDirectory(std::vector<std::string> names) : names_(std::move(names)) {}

  long tell() override { return static_cast<long>(position_); }
  void seek(long position) override {
    position_ = std::min(static_cast<std::size_t>(position), names_.size());
  }

 private:
  long read(dirent& entry) override {
    if (position_ >= names_.size()) return 0;
    const std::string& name = names_[position_++];
    entry = {};
    entry.d_ino = position_;
    entry.d_off = static_cast<off_t>(position_);
    entry.d_type = DT_UNKNOWN;
    name.copy(entry.d_name, sizeof entry.d_name - 1);
    return 1;
  }

  std::vector<std::string> names_;
  std::size_t position_ = 0;
};

}  // namespace

DIR* open_network_directory(const char* path) {
  std::vector<std::string> names{".", ".."};
  std::vector<std::string> found;
  const long result = personality::network_directory(path, found);
  if (is_error(result)) {
    sysret(result);
    return nullptr;
  }
  names.insert(names.end(), found.begin(), found.end());
  return enroll(std::make_unique<NetworkDirectory>(std::move(names)));
}

}  // namespace farcall::shim::directories
