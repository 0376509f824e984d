// Directories: entries, streams and their positions, and the working directory.
#include <dirent.h>
#include <ftw.h>
#include <glob.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <climits>
#include <cstdlib>
#include <vector>

#include "files.h"

namespace farcall::conformance {
namespace {

using testing::ElementsAre;

class Directories : public Files {
 protected:
  /// Makes `count` files and tells their names.
  std::set<std::string> fill(int count) {
    std::set<std::string> names;
    for (int i = 0; i < count; ++i) {
      const std::string name = "name-" + std::to_string(i) + std::string(i % 50U, 'x');
      open_file(path(name), O_WRONLY | O_CREAT);
      names.insert(name);
    }
    return names;
  }
};

constexpr int kMany = 700;  // more than one block of any file system

TEST_F(Directories, HaveAllTheirNames) {
  EXPECT_TRUE(names_in(directory()).empty());
  const std::set<std::string> names = fill(kMany);
  EXPECT_EQ(names_in(directory()), names);
}

TEST_F(Directories, TellTypesAndInodes) {
  open_file(path("file"), O_WRONLY | O_CREAT);
  ASSERT_THAT(mkdir(path("directory").c_str(), 0755), Succeeds());
  ASSERT_THAT(symlink("file", path("link").c_str()), Succeeds());
  DIR* stream = opendir(directory().c_str());
  ASSERT_NE(stream, nullptr);
  int seen = 0;
  while (const dirent* entry = readdir(stream)) {
    const struct stat status = status_of(path(entry->d_name));
    if (entry->d_type != DT_UNKNOWN) {
      EXPECT_EQ(DTTOIF(entry->d_type), status.st_mode & S_IFMT);
    }
    if (std::string(entry->d_name) != "..") {
      EXPECT_EQ(entry->d_ino, status.st_ino);
    }
    ++seen;
  }
  closedir(stream);
  EXPECT_EQ(seen, 5);
}

TEST_F(Directories, StreamsRewind) {
  open_file(path("a"), O_WRONLY | O_CREAT);
  DIR* stream = opendir(directory().c_str());
  ASSERT_NE(stream, nullptr);
  while (readdir(stream) != nullptr) {
  }
  open_file(path("b"), O_WRONLY | O_CREAT);
  rewinddir(stream);
  std::set<std::string> names;
  while (const dirent* entry = readdir(stream)) names.insert(entry->d_name);
  closedir(stream);
  EXPECT_THAT(names, ElementsAre(".", "..", "a", "b"));
}

TEST_F(Directories, PositionsLeadBack) {
  fill(kMany);
  DIR* stream = opendir(directory().c_str());
  ASSERT_NE(stream, nullptr);
  std::vector<long> positions;
  std::vector<std::string> names;
  positions.push_back(telldir(stream));
  while (const dirent* entry = readdir(stream)) {
    names.emplace_back(entry->d_name);
    EXPECT_EQ(telldir(stream), entry->d_off);
    positions.push_back(telldir(stream));
  }
  for (std::size_t i = 0; i < names.size(); i += 37) {
    seekdir(stream, positions[i]);
    EXPECT_EQ(telldir(stream), positions[i]);
    const dirent* entry = readdir(stream);
    ASSERT_NE(entry, nullptr) << i;
    EXPECT_EQ(entry->d_name, names[i]);
  }
  seekdir(stream, positions.back());
  EXPECT_EQ(readdir(stream), nullptr);
  closedir(stream);
}

TEST_F(Directories, NamesGoWhileTheyAreRead) {
  const std::set<std::string> names = fill(kMany);
  DIR* stream = opendir(directory().c_str());
  ASSERT_NE(stream, nullptr);
  std::size_t removed = 0;
  while (const dirent* entry = readdir(stream)) {
    if (names.contains(entry->d_name) && unlinkat(dirfd(stream), entry->d_name, 0) == 0) ++removed;
  }
  closedir(stream);
  EXPECT_EQ(removed, names.size());
}

TEST_F(Directories, StreamsOnDescriptors) {
  fill(3);
  const int fd = open(directory().c_str(), O_RDONLY | O_DIRECTORY);
  DIR* stream = fdopendir(fd);
  ASSERT_NE(stream, nullptr);
  EXPECT_EQ(dirfd(stream), fd);
  int seen = 0;
  while (readdir(stream) != nullptr) ++seen;
  EXPECT_EQ(seen, 5);
  EXPECT_EQ(closedir(stream), 0);
  EXPECT_THAT(fcntl(fd, F_GETFD), FailsWith(EBADF));
  const Fd file = open_file(path("name-0"), O_RDONLY);
  EXPECT_EQ(fdopendir(file.get()), nullptr);
  EXPECT_EQ(errno, ENOTDIR);
  EXPECT_EQ(opendir(path("no").c_str()), nullptr);
  EXPECT_EQ(errno, ENOENT);
}

TEST_F(Directories, ByTheSystemCall) {
  const std::set<std::string> names = fill(kMany);
  const Fd fd = open_file(directory(), O_RDONLY | O_DIRECTORY);
  alignas(8) std::array<char, 4096> buffer;
  std::size_t seen = 0;
  for (;;) {
    const long size = syscall(SYS_getdents64, fd.get(), buffer.data(), buffer.size());
    ASSERT_THAT(size, Succeeds());
    if (size == 0) break;
    for (long offset = 0; offset < size;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + offset);
      if (names.contains(entry->d_name)) ++seen;
      offset += entry->d_reclen;
    }
  }
  EXPECT_EQ(seen, names.size());
}

TEST_F(Directories, Scanned) {
  for (const char* name : {"c", "a", "b", "hidden"}) open_file(path(name), O_WRONLY | O_CREAT);
  dirent** list = nullptr;
  const auto single = [](const dirent* entry) {
    return entry->d_name[0] != '.' && entry->d_name[1] == '\0' ? 1 : 0;
  };
  const int count = scandir(directory().c_str(), &list, single, alphasort);
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) {
    names.emplace_back(list[i]->d_name);
    free(list[i]);
  }
  free(list);
  EXPECT_THAT(names, ElementsAre("a", "b", "c"));
}

TEST_F(Directories, Globbed) {
  for (const char* name : {"b.txt", "a.txt", "a.c"}) open_file(path(name), O_WRONLY | O_CREAT);
  glob_t found{};
  ASSERT_EQ(glob((directory() + "/*.txt").c_str(), 0, nullptr, &found), 0);
  ASSERT_EQ(found.gl_pathc, 2U);
  EXPECT_EQ(found.gl_pathv[0], path("a.txt"));
  EXPECT_EQ(found.gl_pathv[1], path("b.txt"));
  globfree(&found);
}

std::set<std::string>& walked() {
  static std::set<std::string> names;
  return names;
}

int note_name(const char* name, const struct stat*, int type, FTW* where) {
  walked().insert(std::to_string(where->level) + (type == FTW_D ? "d " : " ") +
                  (name + where->base));
  return 0;
}

TEST_F(Directories, Walked) {
  ASSERT_THAT(mkdir(path("d").c_str(), 0755), Succeeds());
  ASSERT_THAT(mkdir(path("d/e").c_str(), 0755), Succeeds());
  open_file(path("d/e/file"), O_WRONLY | O_CREAT);
  ASSERT_THAT(symlink("d", path("link").c_str()), Succeeds());
  walked().clear();
  EXPECT_EQ(nftw((directory() + "/d").c_str(), note_name, 20, FTW_PHYS), 0);
  EXPECT_THAT(walked(), ElementsAre("0d d", "1d e", "2 file"));
}

/// With FTW_CHDIR: what is visited is in the working directory.
int note_name_here(const char* name, const struct stat* status, int type, FTW* where) {
  struct stat here {};
  const bool found = lstat(name + where->base, &here) == 0;
  EXPECT_TRUE(found && here.st_ino == status->st_ino) << name;
  return note_name(name, status, type, where);
}

TEST_F(Directories, WalkedFromInside) {
  for (const char* name : {"d", "d/e", "d/f", "d/f/g"})
    ASSERT_THAT(mkdir(path(name).c_str(), 0755), Succeeds());
  for (const char* name : {"d/a", "d/e/b", "d/f/g/c"}) open_file(path(name), O_WRONLY | O_CREAT);
  const auto all = ElementsAre("0d d", "1 a", "1d e", "1d f", "2 b", "2d g", "3 c");
  ASSERT_THAT(chdir("/"), Succeeds());
  walked().clear();
  EXPECT_EQ(nftw(path("d").c_str(), note_name_here, 20, FTW_PHYS | FTW_CHDIR), 0);
  EXPECT_THAT(walked(), all);
  EXPECT_EQ(working_directory(), "/");
  ASSERT_THAT(chdir(directory().c_str()), Succeeds());
  walked().clear();
  EXPECT_EQ(nftw("d", note_name_here, 20, FTW_CHDIR), 0);
  EXPECT_THAT(walked(), all);
  walked().clear();
  EXPECT_EQ(nftw("d/a", note_name_here, 20, FTW_CHDIR | FTW_DEPTH), 0);
  EXPECT_THAT(walked(), ElementsAre("0 a"));
  EXPECT_EQ(working_directory(), directory());
}

// -- the working directory --

TEST_F(Directories, AreChangedTo) {
  ASSERT_THAT(mkdir(path("d").c_str(), 0755), Succeeds());
  ASSERT_THAT(chdir(path("d").c_str()), Succeeds());
  EXPECT_EQ(working_directory(), path("d"));
  write_file("relative", "text");
  EXPECT_EQ(read_file(path("d/relative")), "text");
  EXPECT_EQ(read_file("../d/./relative"), "text");
  ASSERT_THAT(chdir(".."), Succeeds());
  EXPECT_EQ(working_directory(), directory());
  EXPECT_THAT(chdir("no"), FailsWith(ENOENT));
  EXPECT_THAT(chdir("d/relative"), FailsWith(ENOTDIR));
  EXPECT_EQ(working_directory(), directory());
  std::array<char, 3> small;
  EXPECT_EQ(getcwd(small.data(), small.size()), nullptr);
  EXPECT_EQ(errno, ERANGE);
}

TEST_F(Directories, AreLeftAndComeBackTo) {
  const Fd here = open_file("/", O_RDONLY | O_DIRECTORY);
  const Fd there = open_file(directory(), O_RDONLY | O_DIRECTORY);
  ASSERT_THAT(fchdir(there.get()), Succeeds());
  EXPECT_EQ(working_directory(), directory());
  ASSERT_THAT(fchdir(here.get()), Succeeds());
  EXPECT_EQ(working_directory(), "/");
  EXPECT_THAT(access("proc/self/status", R_OK), Succeeds());
}

TEST_F(Directories, GoWithChildren) {
  ASSERT_THAT(chdir(directory().c_str()), Succeeds());
  write_file("a", "text");
  const pid_t child = fork();
  if (child == 0) _exit(working_directory() == directory() && read_file("a") == "text" ? 0 : 1);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

std::string output_of(const char* command) {
  std::string text;
  std::array<char, 4096> buffer;
  FILE* pipe = popen(command, "r");
  while (fgets(buffer.data(), buffer.size(), pipe) != nullptr) text += buffer.data();
  pclose(pipe);
  return text;
}

TEST_F(Directories, GoWithOtherPrograms) {
  ASSERT_THAT(chdir(directory().c_str()), Succeeds());
  write_file("a", "text");
  EXPECT_EQ(output_of("/bin/pwd; exec cat a"), directory() + "\ntext");
  ASSERT_THAT(chdir("/"), Succeeds());
  EXPECT_EQ(output_of("/bin/pwd"), "/\n");
}

TEST_F(Directories, StartRelativePaths) {
  const Fd fd = open_file(directory(), O_RDONLY | O_DIRECTORY);
  ASSERT_THAT(mkdirat(fd.get(), "d", 0755), Succeeds());
  const Fd file(openat(fd.get(), "d/a", O_WRONLY | O_CREAT, 0600));
  EXPECT_TRUE(file.valid());
  EXPECT_THAT(faccessat(fd.get(), "d/a", R_OK, 0), Succeeds());
  ASSERT_THAT(renameat(fd.get(), "d/a", fd.get(), "b"), Succeeds());
  ASSERT_THAT(linkat(fd.get(), "b", fd.get(), "c", 0), Succeeds());
  ASSERT_THAT(symlinkat("c", fd.get(), "l"), Succeeds());
  std::array<char, 10> target{};
  EXPECT_EQ(readlinkat(fd.get(), "l", target.data(), target.size()), 1);
  ASSERT_THAT(unlinkat(fd.get(), "d", AT_REMOVEDIR), Succeeds());
  EXPECT_EQ(names_in(directory()), (std::set<std::string>{"b", "c", "l"}));
  EXPECT_THAT(openat(file.get(), "x", O_RDONLY), FailsWith(ENOTDIR));
  const Fd host = open_file("/", O_RDONLY | O_DIRECTORY);
  EXPECT_THAT(faccessat(host.get(), "proc/self/status", R_OK, 0), Succeeds());
  EXPECT_THAT(faccessat(host.get(), path("b").c_str(), R_OK, 0), Succeeds());
}

}  // namespace
}  // namespace farcall::conformance
