// posix_spawn(3), whose file actions open files and change directories in the new process.
#include <spawn.h>
#include <sys/wait.h>

#include <csignal>
#include <initializer_list>
#include <vector>

#include "files.h"

extern char** environ;

namespace farcall::conformance {
namespace {

class Spawn : public Files {
 protected:
  Spawn() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  ~Spawn() override {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  void add_open(int fd, const std::string& file, int flags) {
    ASSERT_EQ(posix_spawn_file_actions_addopen(&actions_, fd, file.c_str(), flags, 0644), 0);
  }
  void add_chdir(const std::string& to) {
    ASSERT_EQ(posix_spawn_file_actions_addchdir_np(&actions_, to.c_str()), 0);
  }

  /// Starts a program, which PATH has; the error.
  int start(std::initializer_list<const char*> arguments, char* const environment[] = environ) {
    std::vector<char*> argv;
    for (const char* each : arguments) argv.push_back(const_cast<char*>(each));
    argv.push_back(nullptr);
    return posix_spawnp(&pid_, argv[0], &actions_, &attributes_, argv.data(), environment);
  }

  /// The status of the program that was started.
  [[nodiscard]] int wait() const {
    int status = -1;
    EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  /// Both.
  void run(std::initializer_list<const char*> arguments) {
    ASSERT_EQ(start(arguments), 0);
    EXPECT_EQ(wait(), 0);
  }

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
  pid_t pid_ = -1;
};

TEST_F(Spawn, OpensFiles) {
  write_file(path("in"), "some text");
  add_open(0, path("in"), O_RDONLY);
  add_open(1, path("out"), O_WRONLY | O_CREAT);
  run({"cat"});
  EXPECT_EQ(read_file(path("out")), "some text");
}

TEST_F(Spawn, ActionsAreInOrder) {
  add_open(5, path("out"), O_WRONLY | O_CREAT);
  ASSERT_EQ(posix_spawn_file_actions_adddup2(&actions_, 5, 1), 0);
  ASSERT_EQ(posix_spawn_file_actions_adddup2(&actions_, 1, 2), 0);
  ASSERT_EQ(posix_spawn_file_actions_addclose(&actions_, 5), 0);
  run({"sh", "-c", "echo out; echo err >&2; test ! -e /dev/fd/5"});
  EXPECT_EQ(read_file(path("out")), "out\nerr\n");
}

TEST_F(Spawn, DescriptorsOfFilesAreDuplicated) {
  const Fd file = open_file(path("out"), O_WRONLY | O_CREAT | O_CLOEXEC);
  ASSERT_EQ(posix_spawn_file_actions_adddup2(&actions_, file.get(), 1), 0);
  run({"echo", "text"});
  EXPECT_EQ(read_file(path("out")), "text\n");
}

TEST_F(Spawn, AnEmptyEnvironmentIsNoHindrance) {
  const Fd file = open_file(path("out"), O_WRONLY | O_CREAT | O_CLOEXEC);
  ASSERT_EQ(posix_spawn_file_actions_adddup2(&actions_, file.get(), 1), 0);
  char* const empty[] = {nullptr};
  ASSERT_EQ(start({"echo", "text"}, empty), 0);
  EXPECT_EQ(wait(), 0);
  EXPECT_EQ(read_file(path("out")), "text\n");
}

TEST_F(Spawn, ChangesTheDirectory) {
  ASSERT_THAT(mkdir(path("d").c_str(), 0755), Succeeds());
  add_chdir(path("d"));
  add_open(1, "out", O_WRONLY | O_CREAT);
  run({"pwd"});
  EXPECT_EQ(read_file(path("d/out")), path("d") + "\n");
}

TEST_F(Spawn, ChangesTheDirectoryByDescriptor) {
  const Fd here = open_file(directory(), O_RDONLY | O_DIRECTORY);
  ASSERT_EQ(posix_spawn_file_actions_addfchdir_np(&actions_, here.get()), 0);
  add_open(1, "out", O_WRONLY | O_CREAT);
  run({"ls"});
  EXPECT_EQ(read_file(path("out")), "out\n");
}

TEST_F(Spawn, LeavesTheDirectory) {
  ASSERT_THAT(chdir(directory().c_str()), Succeeds());
  add_open(1, "out", O_WRONLY | O_CREAT);
  add_chdir("/");
  run({"pwd"});
  EXPECT_EQ(read_file(path("out")), "/\n");
}

TEST_F(Spawn, FailuresAreTold) {
  add_open(0, path("none"), O_RDONLY);
  EXPECT_EQ(start({"cat"}), ENOENT);
  EXPECT_THAT(waitpid(-1, nullptr, WNOHANG), FailsWith(ECHILD));
}

TEST_F(Spawn, ProgramsThatDoNotExist) {
  add_chdir(directory());
  EXPECT_EQ(start({"/no/such/program"}), ENOENT);
  EXPECT_THAT(waitpid(-1, nullptr, WNOHANG), FailsWith(ECHILD));
}

TEST_F(Spawn, AttributesHold) {
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR2);
  ASSERT_EQ(posix_spawnattr_setsigmask(&attributes_, &mask), 0);
  ASSERT_EQ(posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK),
            0);
  add_open(1, path("out"), O_WRONLY | O_CREAT);
  run({"grep", "^SigBlk", "/proc/self/status"});
  EXPECT_EQ(read_file(path("out")), "SigBlk:\t0000000000000800\n");
  run({"cut", "-d", " ", "-f", "1,5", "/proc/self/stat"});
  const std::string pid = std::to_string(pid_);
  EXPECT_EQ(read_file(path("out")).substr(0, 2 * pid.size() + 2), pid + " " + pid + "\n");
}

}  // namespace
}  // namespace farcall::conformance
