#include "bench/calls.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>

#include "bench/check.h"
#include "bench/floors.h"
#include "farcall/sysproxy.h"
#include "netbsd/syscalls.h"
#include "rump/rumpclient.h"

namespace farcall::bench {
namespace {

constexpr std::size_t kRounds = 20;
constexpr std::size_t kPerRound = 500;
constexpr std::size_t kBlock = 16 << 10;
constexpr std::size_t kQuestion = sizeof(sysproxy::FrameHeader) + 64;
constexpr std::size_t kAnswer = sizeof(sysproxy::FrameHeader) + sizeof(sysproxy::SyscallResponse);

template <std::size_t N>
std::array<long, 2> call(int number, const std::array<std::uint64_t, N>& arguments) {
  std::array<long, 2> result{};
  const int error =
      rumpclient_syscall(number, arguments.data(), sizeof(std::uint64_t) * N, result.data());
  if (error != 0) give_up("system call", error > 0 ? error : errno);
  return result;
}

void getpid_call() { call(NB_SYS_getpid, std::array<std::uint64_t, 0>{}); }

/// Writes a block into a pipe in the kernel and reads it back.
class PipeBlock {
 public:
  PipeBlock() : ends_(call(NB_SYS_pipe, std::array<std::uint64_t, 0>{})), block_(kBlock) {}

  void pass() {
    transfer(NB_SYS_write, ends_[1]);
    transfer(NB_SYS_read, ends_[0]);
  }

 private:
  void transfer(int number, long fd) {
    const auto address = reinterpret_cast<std::uintptr_t>(block_.data());
    call(number,
         std::array<std::uint64_t, 3>{static_cast<std::uint64_t>(fd), address, block_.size()});
  }

  std::array<long, 2> ends_;
  std::vector<char> block_;
};

std::vector<Samples> measure_here(Stream stream, int echo_cpu) {
  check(rumpclient_init() == 0, "rumpclient_init");
  EchoThread null_floor(stream, kQuestion, kAnswer, echo_cpu);
  EchoThread write_floor(stream, kQuestion + kBlock, kAnswer, echo_cpu);
  EchoThread read_floor(stream, kQuestion, kAnswer + kBlock, echo_cpu);
  PipeBlock pipe_block;
  const std::vector<Operation> operations = {
      {"null call", getpid_call},
      {"round trip", [&] { null_floor.round_trip(); }},
      {"pipe write + read of 16 KiB", [&] { pipe_block.pass(); }},
      {"two round trips with 16 KiB",
       [&] {
         write_floor.round_trip();
         read_floor.round_trip();
       }},
  };
  return measure_in_turn(operations, kRounds, kPerRound);
}

/// Everything that is measured has as many samples; names are known on both sides.
void write_samples(int fd, const Samples& samples) {
  const std::size_t size = samples.microseconds.size() * sizeof(double);
  std::size_t done = 0;
  while (done < size) {
    const ssize_t count =
        write(fd, reinterpret_cast<const char*>(samples.microseconds.data()) + done, size - done);
    check(count > 0, "write");
    done += static_cast<std::size_t>(count);
  }
}

Samples read_samples(int fd, std::string name) {
  Samples samples{std::move(name), std::vector<double>(kRounds * kPerRound)};
  const std::size_t size = samples.microseconds.size() * sizeof(double);
  std::size_t done = 0;
  while (done < size) {
    const ssize_t count =
        read(fd, reinterpret_cast<char*>(samples.microseconds.data()) + done, size - done);
    if (count <= 0) give_up("the measuring process ended early", ECHILD);
    done += static_cast<std::size_t>(count);
  }
  return samples;
}

[[noreturn]] void measure_in_child(const std::string& url, Stream stream,
                                   const Placement& placement, int fd) {
  stay_on(placement.client_cpu);
  setenv("RUMP_SERVER", url.c_str(), 1);
  for (const Samples& samples : measure_here(stream, placement.server_cpu))
    write_samples(fd, samples);
  _exit(0);
}

}  // namespace

std::vector<Compared> measure_calls(const std::string& url, Stream stream,
                                    const Placement& placement) {
  std::array<int, 2> ends{};
  check(pipe(ends.data()) == 0, "pipe");
  const pid_t pid = fork();
  check(pid >= 0, "fork");
  if (pid == 0) measure_in_child(url, stream, placement, ends[1]);
  close(ends[1]);
  const std::string where = (stream == Stream::tcp ? ", tcp, " : ", unix, ") + placement.name;
  std::vector<Compared> all;
  for (const char* what : {"null call", "pipe write + read of 16 KiB"}) {
    Samples measured = read_samples(ends[0], what + where);
    all.push_back({std::move(measured), read_samples(ends[0], "floor")});
  }
  close(ends[0]);
  waitpid(pid, nullptr, 0);
  return all;
}

}  // namespace farcall::bench
