#include "bench/subject.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "bench/failure.h"
#include "bench/subject_record.h"

namespace farcall::bench {
namespace {

constexpr auto kPatience = std::chrono::seconds(60);

std::vector<std::string> command_line(const SubjectSpec& spec) {
  std::vector<std::string> words = {"farcall",           "bench",  "--subject",
                                    word_of(spec.place), "--name", spec.name};
  if (!spec.library.empty()) words.insert(words.end(), {"--client-lib", spec.library});
  if (!spec.kernel.empty()) words.insert(words.end(), {"--kernel", spec.kernel});
  return words;
}

void set_environment(const SubjectSpec& spec) {
  if (!spec.url.empty()) setenv("RUMP_SERVER", spec.url.c_str(), 1);
  unsetenv("RUMPHIJACK");
  if (spec.preload.empty()) {
    unsetenv("LD_PRELOAD");
  } else {
    setenv("LD_PRELOAD", spec.preload.c_str(), 1);
  }
}

[[noreturn]] void become_subject(const SubjectSpec& spec, int control) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // dup2 leaves close-on-exec alone when both are the same.
  const int above = dup(control);
  if (dup2(above, kControlDescriptor) == -1) _exit(126);
  if (above != kControlDescriptor) close(above);
  set_environment(spec);
  const std::string program = std::filesystem::read_symlink("/proc/self/exe");
  std::vector<std::string> words = command_line(spec);
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execv(program.c_str(), pointers.data());
  _exit(127);
}

}  // namespace

Subject::Subject(const SubjectSpec& spec) {
  std::array<int, 2> ends{};
  require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0, "socketpair");
  pid_ = fork();
  require(pid_ >= 0, "fork");
  if (pid_ == 0) become_subject(spec, ends[1]);
  close(ends[1]);
  control_ = ends[0];
}

Subject::~Subject() {
  close(control_);
  // It has nothing to lose, and may hang in what it measures.
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Subject::ask(const Round& round) {
  deadline_ =
      std::chrono::steady_clock::now() + kPatience + std::chrono::nanoseconds(round.duration);
  const auto sent = send(control_, &round, sizeof round, MSG_NOSIGNAL);
  if (sent != sizeof round) alive_ = false;
}

void Subject::read_all(void* to, std::size_t size) {
  std::size_t have = 0;
  while (have < size) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline_ - std::chrono::steady_clock::now());
    pollfd waiting{control_, POLLIN, 0};
    const bool ready = left.count() > 0 && poll(&waiting, 1, static_cast<int>(left.count())) == 1;
    const auto count =
        ready ? recv(control_, static_cast<char*>(to) + have, size - have, 0) : ssize_t{-1};
    if (count <= 0) {
      alive_ = false;
      throw Failure(ready ? "the measuring process ended" : "no answer in a minute");
    }
    have += static_cast<std::size_t>(count);
  }
}

Samples Subject::collect() {
  RoundAnswer answer{};
  read_all(&answer, sizeof answer);
  if (answer.failed != 0) {
    std::string why(answer.count, '\0');
    read_all(why.data(), why.size());
    throw Failure(why);
  }
  Samples samples{std::vector<double>(answer.count), answer.elapsed, answer.cpu};
  read_all(samples.nanoseconds.data(), answer.count * sizeof(double));
  return samples;
}

Samples Subject::measure(const Round& round) {
  ask(round);
  return collect();
}

}  // namespace farcall::bench
