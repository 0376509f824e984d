// What the conformance programs about files share: a directory of each test's own, below
// FILES_DIRECTORY, which is on the kernel that is tested (unset: on the host, in /tmp).
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <set>
#include <string>
#include <string_view>

#include "support.h"

namespace farcall::conformance {

/// The test's directory goes with the test, and all that is in it.
class Files : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// A path in the test's directory.
  [[nodiscard]] std::string path(std::string_view name) const {
    return directory_ + "/" + std::string(name);
  }
  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  std::string directory_;
};

/// An open file; ADD_FAILURE when that fails.
Fd open_file(const std::string& path, int flags, mode_t mode = 0644);
void write_file(const std::string& path, std::string_view text);
std::string read_file(const std::string& path);
/// lstat(2); ADD_FAILURE when that fails.
struct stat status_of(const std::string& path);
/// The names in a directory but for `.` and `..`; ADD_FAILURE when one comes twice.
std::set<std::string> names_in(const std::string& path);
std::string working_directory();

}  // namespace farcall::conformance
