#include "files.h"

#include <dirent.h>

#include <array>
#include <climits>
#include <cstdlib>

namespace farcall::conformance {

namespace {

void remove_tree(const std::string& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
    for (const std::string& name : names_in(path)) remove_tree(path + "/" + name);
    rmdir(path.c_str());
  } else {
    unlink(path.c_str());
  }
}

}  // namespace

void Files::SetUp() {
  const char* base = getenv("FILES_DIRECTORY");
  std::string pattern = std::string(base != nullptr ? base : "/tmp") + "/farcall-files-XXXXXX";
  ASSERT_NE(mkdtemp(pattern.data()), nullptr) << strerror(errno);
  directory_ = pattern;
}

void Files::TearDown() {
  ASSERT_THAT(chdir("/"), Succeeds());
  remove_tree(directory_);
  EXPECT_THAT(access(directory_.c_str(), F_OK), FailsWith(ENOENT));
}

Fd open_file(const std::string& path, int flags, mode_t mode) {
  Fd file(open(path.c_str(), flags, mode));
  EXPECT_TRUE(file.valid()) << path << ": " << strerror(errno);
  return file;
}

void write_file(const std::string& path, std::string_view text) {
  const Fd file = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
  EXPECT_EQ(write(file.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

std::string read_file(const std::string& path) {
  const Fd file = open_file(path, O_RDONLY);
  return read_to_end(file.get());
}

struct stat status_of(const std::string& path) {
  struct stat status {};
  EXPECT_THAT(lstat(path.c_str(), &status), Succeeds()) << path;
  return status;
}

std::set<std::string> names_in(const std::string& path) {
  std::set<std::string> names;
  DIR* stream = opendir(path.c_str());
  EXPECT_NE(stream, nullptr) << path << ": " << strerror(errno);
  if (stream == nullptr) return names;
  while (const dirent* entry = readdir(stream)) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    EXPECT_TRUE(names.insert(name).second) << name << " comes twice";
  }
  closedir(stream);
  return names;
}

std::string working_directory() {
  std::array<char, PATH_MAX> buffer{};
  EXPECT_NE(getcwd(buffer.data(), buffer.size()), nullptr) << strerror(errno);
  return buffer.data();
}

}  // namespace farcall::conformance
