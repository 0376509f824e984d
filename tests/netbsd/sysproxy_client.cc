// A client of rumpclient(3) that checks what it is told: sysproxy_client SCENARIO. Which library
// it gets, ours or the one that came with NetBSD's kernel, LD_LIBRARY_PATH says.
#include "sysproxy_client.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "rump/rumpclient.h"

namespace farcall::sysproxy_client {

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "not true: %s\n", what);
  std::exit(1);
}

Outcome call_slots(int number, const std::uint64_t* slots, std::size_t count) {
  Outcome outcome{0, {-1, -1}};
  outcome.error = rumpclient_syscall(number, slots, count * sizeof *slots, outcome.result);
  return outcome;
}

void write_all(int fd, const std::vector<char>& data) {
  std::size_t sent = 0;
  while (sent < data.size()) {
    const Outcome wrote = call(NB_SYS_write, fd, &data[sent], data.size() - sent);
    require(wrote.error == 0 && wrote.result[0] > 0, "write takes something");
    sent += static_cast<std::size_t>(wrote.result[0]);
  }
}

std::vector<char> read_exactly(int fd, std::size_t size) {
  std::vector<char> data(size);
  std::size_t have = 0;
  while (have < size) {
    const Outcome got = call(NB_SYS_read, fd, &data[have], size - have);
    require(got.error == 0 && got.result[0] > 0, "read gives something");
    have += static_cast<std::size_t>(got.result[0]);
  }
  return data;
}

Pipe make_pipe() {
  const Outcome made = call(NB_SYS_pipe);
  require(made.error == 0, "pipe");
  return {static_cast<int>(made.result[0]), static_cast<int>(made.result[1])};
}

long process_number() {
  const Outcome got = call(NB_SYS_getpid);
  require(got.error == 0 && got.result[0] > 0, "getpid");
  return got.result[0];
}

}  // namespace farcall::sysproxy_client

int main(int argc, char** argv) {
  using namespace farcall::sysproxy_client;
  require(argc >= 2, "a scenario is named");
  require(rumpclient_init() == 0, "rumpclient_init finds the server that RUMP_SERVER names");
  for (const Scenario& scenario : scenarios()) {
    if (std::strcmp(scenario.name, argv[1]) != 0) continue;
    scenario.run(argv);
    std::puts("ok");
    return 0;
  }
  std::fprintf(stderr, "there is no scenario '%s'\n", argv[1]);
  return 2;
}
