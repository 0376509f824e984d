// A file that goes with the test.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace farcall::test {

class TemporaryDirectory {
 public:
  TemporaryDirectory() { EXPECT_NE(::mkdtemp(path_.data()), nullptr); }
  ~TemporaryDirectory() {
    ::unlink(file().c_str());
    ::rmdir(path_.c_str());
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  /// The one file that may be made in it.
  [[nodiscard]] std::string file() const { return path_ + "/file"; }

  void write(const std::string& content) const { std::ofstream(file()) << content; }
  [[nodiscard]] std::string read() const {
    std::ostringstream content;
    content << std::ifstream(file()).rdbuf();
    return content.str();
  }

 private:
  std::string path_ = ::testing::TempDir() + "farcall-XXXXXX";
};

}  // namespace farcall::test
