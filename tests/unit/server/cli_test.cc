// The command lines of farcall and rump_server: what they refuse, and how.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

namespace {

struct Outcome {
  int status = -1;
  std::string output;  ///< both streams
};

/// Runs a shell command in which $BIN stands for the directory of the programs.
Outcome run(const std::string& command) {
  Outcome outcome;
  const std::string line = "BIN=" FARCALL_PROGRAMS "; unset RUMP_SERVER; exec 2>&1; " + command;
  FILE* pipe = popen(line.c_str(), "r");
  std::array<char, 4096> piece;
  while (const std::size_t got = fread(piece.data(), 1, piece.size(), pipe)) {
    outcome.output.append(piece.data(), got);
  }
  const int status = pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

/// The command must fail so, with one line that has `words` in it.
void expect_refusal(const std::string& command, int status, const std::string& words) {
  const Outcome outcome = run(command);
  EXPECT_EQ(outcome.status, status) << command;
  EXPECT_THAT(outcome.output, testing::HasSubstr(words)) << command;
  EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 1) << command;
}

TEST(CommandLine, WithoutSenseIsRefused) {
  expect_refusal("$BIN/farcall", 2, "farcall --help");
  expect_refusal(
      "$BIN/farcall frobnicate", 2,
      "there are: bench disconnect dump-bus halt interfaces log-level ps run serve status");
  expect_refusal("$BIN/farcall --frobnicate serve", 2, "--frobnicate");
  expect_refusal("$BIN/farcall serve --frobnicate", 2, "--frobnicate");
  expect_refusal("$BIN/farcall serve stray", 2, "stray");
  expect_refusal("$BIN/farcall run", 2, "PROGRAM");
  expect_refusal("$BIN/rump_server", 2, "url");
}

TEST(CommandLine, ServeSaysWhatIsWrong) {
  expect_refusal("$BIN/farcall serve --kernel plan9", 2, "builtin and netbsd");
  expect_refusal("RUMP_PREFIX=/nowhere $BIN/farcall serve --kernel netbsd", 2,
                 "install NetBSD's rump kernel component libraries");
  expect_refusal("$BIN/farcall serve -l rumpvfs", 2, "--kernel netbsd");
  expect_refusal("$BIN/farcall serve --listen nonsense", 2, "unix://PATH");
  expect_refusal("$BIN/farcall serve --listen tcp://127.0.0.1:0", 2, "--insecure");
  expect_refusal("$BIN/farcall serve --if eth0", 2, "tap:NAME");
  expect_refusal("$BIN/farcall serve --sysctl forwarding", 2, "NAME=VALUE");
  expect_refusal("$BIN/farcall serve --bridge shmif0", 2, "is no bridge");
  const std::string here = "$BIN/farcall serve -f --listen unix:///no/such/place/socket ";
  expect_refusal(here + "--sysctl no.such.name=1", 1, "no sysctl 'no.such.name'");
  expect_refusal(here + "--sysctl net.inet.ip.ttl=1", 1, "does not take '1': NetBSD error");
  expect_refusal(here + "--bridge virt0,virt1", 1, "has no bridges; NetBSD's does");
  expect_refusal("$BIN/farcall serve --max-clients 0", 2, "--max-clients");
  expect_refusal("$BIN/farcall serve --max-frame many", 2, "--max-frame");
  expect_refusal("$BIN/farcall serve --log-level loud", 2, "--log-level");
  expect_refusal("$BIN/farcall serve -f --listen unix:///no/such/place/socket", 1,
                 "No such file or directory");
  expect_refusal("$BIN/farcall serve --listen unix:///no/such/place/socket", 1,
                 "No such file or directory");
}

TEST(CommandLine, DumpBusNeedsABus) {
  expect_refusal("$BIN/farcall dump-bus", 2, "path is required");
  expect_refusal("$BIN/farcall dump-bus /no/such/bus", 1, "No such file or directory");
  expect_refusal("$BIN/farcall dump-bus /dev/null", 1, "/dev/null is no bus");
}

TEST(CommandLine, RunNeedsAServer) {
  expect_refusal("$BIN/farcall run --server unix:///no/such/socket -- true", 126,
                 "unix:///no/such/socket: No such file or directory");
  expect_refusal("$BIN/farcall run --server nonsense -- true", 126, "'nonsense'");
  expect_refusal("RUMP_SERVER=unix:///named/here $BIN/farcall run -- true", 126,
                 "unix:///named/here");
  expect_refusal("XDG_RUNTIME_DIR=/nowhere $BIN/farcall run -- true", 126,
                 "/nowhere/farcall/default.sock");
}

TEST(CommandLine, ControlNeedsAServer) {
  for (const std::string command :
       {"ps", "status --json", "halt", "log-level info", "disconnect 1"}) {
    expect_refusal("$BIN/farcall " + command + " --server unix:///no/such/socket", 1,
                   "unix:///no/such/socket.control: No such file or directory");
  }
  expect_refusal("$BIN/farcall ps --server nonsense", 1, "'nonsense'");
  expect_refusal("$BIN/farcall ps --server tcp://127.0.0.1:1", 1, "--control URL");
  expect_refusal("$BIN/farcall ps --control tcp://127.0.0.1:1", 1, "unix://PATH");
  expect_refusal("$BIN/farcall disconnect", 2, "ID");
  expect_refusal("$BIN/farcall disconnect -- -1", 2, "ID");
  expect_refusal("$BIN/farcall log-level loud", 2, "LEVEL");
  expect_refusal("$BIN/farcall serve -f --listen unix:///tmp/x --control tcp://127.0.0.1:1", 2,
                 "unix://PATH");
}

TEST(CommandLine, RumpServerTakesItsOwnOptions) {
  for (const char* option : {"-l rumpnet", "-m x.kmod", "-d key=/k,hostpath=/h,size=host"}) {
    expect_refusal("RUMP_PREFIX=/nowhere $BIN/rump_server " + std::string(option) + " unix://x", 2,
                   "/nowhere/lib/librump.so.0");
  }
  expect_refusal("$BIN/rump_server -d key=/k unix://x", 2, "hostpath");
  expect_refusal("$BIN/rump_server -c none unix://x", 2, "-c");
  expect_refusal("$BIN/rump_server nonsense", 2, "unix://PATH");
  expect_refusal("$BIN/rump_server -s tcp://127.0.0.1:0", 2, "--insecure");
}

TEST(CommandLine, HelpAndVersionAreNoErrors) {
  EXPECT_EQ(run("$BIN/farcall --help").status, 0);
  EXPECT_EQ(run("$BIN/farcall serve --help").status, 0);
  EXPECT_EQ(run("$BIN/farcall run --help").status, 0);
  EXPECT_EQ(run("$BIN/rump_server --help").status, 0);
  EXPECT_THAT(run("$BIN/farcall --version").output, testing::StartsWith("farcall "));
}

TEST(CommandLine, SyscallsAreATable) {
  const Outcome some = run("$BIN/farcall syscalls");
  const Outcome all = run("$BIN/farcall syscalls --all");
  EXPECT_THAT(some.output, testing::HasSubstr("getpid"));
  EXPECT_GT(all.output.size(), some.output.size());
}

}  // namespace
