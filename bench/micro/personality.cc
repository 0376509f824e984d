// shim/personality: a Linux call's translation and marshalling, with a kernel that answers at once.
#include "personality/netbsd.h"

#include "personality/personality.h"

#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>

#include "farcall/host_numbers.h"
#include "personality/flags.h"
#include "personality/sockaddr.h"
#include "personality/sockopt_table.h"

namespace farcall::bench {
namespace {

sockaddr_in6 any_address() {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(80);
  address.sin6_addr = in6addr_loopback;
  return address;
}

void AddressToNetbsd(benchmark::State& state) {
  const sockaddr_in6 address = any_address();
  for (auto _ : state) {
    benchmark::DoNotOptimize(personality::address_to_netbsd(
        reinterpret_cast<const sockaddr*>(&address), sizeof address));
  }
}
BENCHMARK(AddressToNetbsd);

void AddressToLinux(benchmark::State& state) {
  const sockaddr_in6 address = any_address();
  const auto kernel =
      personality::address_to_netbsd(reinterpret_cast<const sockaddr*>(&address), sizeof address);
  for (auto _ : state) {
    benchmark::DoNotOptimize(personality::address_to_linux(kernel->bytes, kernel->size));
  }
}
BENCHMARK(AddressToLinux);

void ErrnoToLinux(benchmark::State& state) {
  int error = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(errno_from_netbsd(error));
    error = (error + 1) % NB_ELAST;
  }
}
BENCHMARK(ErrnoToLinux);

void OpenFlags(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        personality::open_flags_to_netbsd(O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK));
  }
}
BENCHMARK(OpenFlags);

/// The first row of the table, and one that is not in it.
void FindOption(benchmark::State& state) {
  const auto name = static_cast<int>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(personality::find_option(SOL_SOCKET, name));
}
BENCHMARK(FindOption)->ArgName("name")->Arg(SO_DEBUG)->Arg(9999);

void CallWrite(benchmark::State& state) {
  char data[64] = {};
  for (auto _ : state) benchmark::DoNotOptimize(personality::write(3, data, sizeof data));
}
BENCHMARK(CallWrite);

void CallSendto(benchmark::State& state) {
  const sockaddr_in6 address = any_address();
  const char data[64] = {};
  for (auto _ : state) {
    benchmark::DoNotOptimize(personality::sendto(3, data, sizeof data, MSG_NOSIGNAL,
                                                 reinterpret_cast<const sockaddr*>(&address),
                                                 sizeof address));
  }
}
BENCHMARK(CallSendto);

void CallSendmsg(benchmark::State& state) {
  char data[64] = {};
  std::array<iovec, 4> parts;
  parts.fill({data, sizeof data});
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  for (auto _ : state) benchmark::DoNotOptimize(personality::sendmsg(3, &message, 0));
}
BENCHMARK(CallSendmsg);

void CallSetsockopt(benchmark::State& state) {
  const int on = 1;
  for (auto _ : state) {
    benchmark::DoNotOptimize(personality::setsockopt(3, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  }
}
BENCHMARK(CallSetsockopt);

void CallPoll(benchmark::State& state) {
  std::vector<pollfd> entries(static_cast<std::size_t>(state.range(0)), pollfd{3, POLLIN, 0});
  for (auto _ : state) {
    benchmark::DoNotOptimize(personality::poll(entries.data(), entries.size(), 0, nullptr));
  }
}
BENCHMARK(CallPoll)->ArgName("descriptors")->Arg(1)->Arg(64);

}  // namespace
}  // namespace farcall::bench
