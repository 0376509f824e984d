// The scenarios of sysproxy_client: what a program does with a remote kernel.
#include <arpa/inet.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "netbsd/constants.h"
#include "netbsd/layouts.h"
#include "rump/rumpclient.h"
#include "sysproxy_client.h"

namespace farcall::sysproxy_client {
namespace {

std::vector<char> pattern(std::size_t size) {
  std::vector<char> data(size);
  unsigned value = 1;
  for (char& byte : data) byte = static_cast<char>((value = value * 2654435761U + 12345) >> 24);
  return data;
}

void through(int from, int to) {
  const auto data = pattern(1 << 20);
  std::thread writer([&] { write_all(from, data); });
  require(read_exactly(to, data.size()) == data, "1 MiB arrives as it was sent");
  writer.join();
}

void calls(char**) {
  constexpr int kNone = 9999;
  const long process = process_number();
  require(call(kNone).error != 0, "a system call that there is not fails");
  require(call(NB_SYS_close, 77).error == NB_EBADF, "a descriptor that is not open is EBADF");
  require(process_number() == process, "errors change nothing");
  const Pipe pipe = make_pipe();
  through(pipe.write_end, pipe.read_end);
  int ends[2] = {-1, -1};
  require(call(NB_SYS_socketpair, NB_AF_LOCAL, NB_SOCK_STREAM, 0, ends).error == 0, "socketpair");
  through(ends[0], ends[1]);
}

netbsd::sockaddr_in loopback() {
  netbsd::sockaddr_in address{};
  address.sin_len = sizeof address;
  address.sin_family = NB_AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int tcp_socket() {
  const Outcome made = call(NB_SYS_socket30, NB_AF_INET, NB_SOCK_STREAM, 0);
  require(made.error == 0, "socket");
  return static_cast<int>(made.result[0]);
}

void tcp(char**) {
  const int listener = tcp_socket();
  auto address = loopback();
  unsigned length = sizeof address;
  require(call(NB_SYS_bind, listener, &address, 16).error == 0, "bind");
  require(call(NB_SYS_listen, listener, 3).error == 0, "listen");
  require(call(NB_SYS_getsockname, listener, &address, &length).error == 0, "getsockname");
  const int client = tcp_socket();
  require(call(NB_SYS_connect, client, &address, 16).error == 0, "connect");
  const Outcome accepted = call(NB_SYS_accept, listener, nullptr, nullptr);
  require(accepted.error == 0, "accept");
  const int server = static_cast<int>(accepted.result[0]);
  through(client, server);
  through(server, client);
  require(call(NB_SYS_shutdown, client, NB_SHUT_WR).error == 0, "shutdown");
  char byte = 0;
  require(call(NB_SYS_read, server, &byte, 1).result[0] == 0, "the end arrives");
}

void threads(char**) {
  const Pipe asleep = make_pipe();
  std::thread sleeper([&] { read_exactly(asleep.read_end, 1); });
  std::vector<std::thread> busy;
  for (int i = 0; i < 4; ++i) {
    busy.emplace_back([] {
      const Pipe pipe = make_pipe();
      const auto data = pattern(5000);
      for (int turn = 0; turn < 200; ++turn) {
        write_all(pipe.write_end, data);
        require(read_exactly(pipe.read_end, data.size()) == data, "each thread has its own data");
      }
    });
  }
  for (auto& thread : busy) thread.join();
  write_all(asleep.write_end, {'!'});
  sleeper.join();
}

void expect_clean_end(pid_t child) {
  int status = -1;
  require(waitpid(child, &status, 0) == child && status == 0,
          "the child finds all as it should be");
}

void fork_(char**) {
  const long process = process_number();
  const Pipe pipe = make_pipe();
  const auto data = pattern(5000);
  const pid_t child = rumpclient_fork();
  require(child >= 0, "rumpclient_fork");
  if (child == 0) {
    require(process_number() != process, "a child is another process of the kernel");
    write_all(pipe.write_end, data);
    _exit(0);
  }
  require(read_exactly(pipe.read_end, data.size()) == data, "the child writes to our pipe");
  expect_clean_end(child);
  require(process_number() == process, "the parent stays who it was");

  const Pipe other = make_pipe();
  const pid_t sleeper = rumpclient_fork();
  if (sleeper == 0) {
    read_exactly(other.read_end, 1);
    _exit(1);
  }
  require(kill(sleeper, SIGKILL) == 0 && waitpid(sleeper, nullptr, 0) == sleeper, "a killed child");
  require(process_number() == process, "leaves the parent alone");
}

/// Not so on a stock server, whoever the client is.
void parent(char**) {
  const long process = process_number();
  const pid_t child = rumpclient_fork();
  if (child == 0) {
    require(call(NB_SYS_getppid).result[0] == process, "a child knows its parent");
    _exit(0);
  }
  expect_clean_end(child);
}

void exec_(char** argv) {
  const Pipe pipe = make_pipe();
  const Pipe closing = make_pipe();
  require(call(NB_SYS_fcntl, closing.write_end, NB_F_SETFD, NB_FD_CLOEXEC).error == 0,
          "FD_CLOEXEC");
  std::string words[] = {argv[0],
                         "execed",
                         std::to_string(pipe.read_end),
                         std::to_string(pipe.write_end),
                         std::to_string(closing.write_end),
                         std::to_string(process_number())};
  std::vector<char*> vector;
  for (std::string& word : words) vector.push_back(word.data());
  vector.push_back(nullptr);
  rumpclient_exec(argv[0], vector.data(), environ);
  require(false, "rumpclient_exec executes");
}

/// What exec_ becomes.
void execed(char** argv) {
  require(process_number() == std::atol(argv[5]), "exec keeps the process");
  write_all(std::atoi(argv[3]), {'!'});
  require(read_exactly(std::atoi(argv[2]), 1).front() == '!', "exec keeps the pipe");
  require(call(NB_SYS_write, std::atoi(argv[4]), "x", 1).error == NB_EBADF,
          "exec closes what is close-on-exec");
}

std::atomic<int> handled = 0;
void handle(int number) { handled = number; }

void signals(char**) {
  std::signal(SIGPIPE, handle);
  const Pipe pipe = make_pipe();
  require(call(NB_SYS_close, pipe.read_end).error == 0, "close");
  require(call(NB_SYS_write, pipe.write_end, "x", 1).error == NB_EPIPE, "a broken pipe is EPIPE");
  require(handled == SIGPIPE, "and a signal");

  std::signal(SIGALRM, handle);
  const itimerval soon{{0, 0}, {0, 100'000}};
  setitimer(ITIMER_REAL, &soon, nullptr);
  const Pipe quiet = make_pipe();
  netbsd::pollfd entry{quiet.read_end, NB_POLLIN, 0};
  const Outcome polled = call(NB_SYS_poll, &entry, 1, 1000);
  require(polled.error == NB_EINTR || (polled.error == 0 && polled.result[0] == 0),
          "a call outlives a signal, or ends with EINTR");
  require(handled == SIGALRM, "the handler has run");
}

/// Somebody replaces the server between the two lines.
void reconnect(char**) {
  rumpclient_setconnretry(RUMPCLIENT_RETRYCONN_INFTIME);
  process_number();
  std::puts("replace it");
  std::fflush(stdout);
  require(std::getchar() == '\n', "a line says that the server was replaced");
  const Outcome lost = call(NB_SYS_getpid);
  require(lost.error == 0 || process_number() > 0, "calls go on with the new server");
  const Pipe pipe = make_pipe();
  through(pipe.write_end, pipe.read_end);
}

int network_setting(int protocol, int what) {
  const int name[] = {NB_CTL_NET, NB_AF_INET, protocol, what};
  int value = -1;
  std::uint64_t size = sizeof value;
  require(call(NB_SYS___sysctl, name, 4, &value, &size, nullptr, 0).error == 0, "sysctl");
  return value;
}

/// Where our server adapts the kernel to programs that were written for Linux.
void settings(char**) {
  require(network_setting(NB_IPPROTO_TCP, NB_TCPCTL_SENDSPACE) >= 512 << 10, "room for a writer");
  require(network_setting(NB_IPPROTO_TCP, NB_TCPCTL_RECVSPACE) >= 512 << 10, "and for a reader");
  require(network_setting(NB_IPPROTO_TCP, NB_TCPCTL_DELACK_TICKS) == 4, "acknowledged after 40 ms");
}

constexpr Scenario kScenarios[] = {
    {"calls", calls},         {"tcp", tcp},           {"threads", threads}, {"fork", fork_},
    {"parent", parent},       {"exec", exec_},        {"execed", execed},   {"signals", signals},
    {"reconnect", reconnect}, {"settings", settings},
};

}  // namespace

std::span<const Scenario> scenarios() { return kScenarios; }

}  // namespace farcall::sysproxy_client
