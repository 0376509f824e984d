#include "bench/definitions.h"

#include "bench/buffer_scenarios.h"
#include "bench/crowd_floor.h"
#include "bench/floors.h"
#include "bench/kernel_scenarios.h"
#include "bench/program_scenarios.h"
#include "bench/timer_scenarios.h"

namespace farcall::bench {
namespace {

constexpr std::size_t kKiB = 1 << 10;
constexpr std::size_t kMiB = 1 << 20;
/// Long enough for an answer of a peer that runs, short beside a time slice.
constexpr unsigned kSpins = 2000;
constexpr std::string_view kTimerFloor = "floor_sleep_late";
constexpr std::chrono::milliseconds kIdleness{10};

Definition pipe_pass(std::string_view name, std::string_view what, Unit unit, std::size_t size) {
  return {.name = name,
          .what = what,
          .unit = unit,
          .place = Place::client,
          .make = scenario<PipePass>(size),
          .amount = static_cast<double>(size),
          .floor_elsewhere = true};
}

Definition stream(std::string_view name, std::string_view what, Ends (*connect)(Caller&),
                  std::size_t size) {
  return {.name = name,
          .what = what,
          .unit = kMegabytesPerSecond,
          .place = Place::client,
          .make = scenario<Stream>(connect, size),
          .amount = static_cast<double>(size),
          .floor_elsewhere = true};
}

Definition threads(std::string_view name, std::string_view what, unsigned count,
                   std::vector<std::string_view> floor) {
  return {.name = name,
          .what = what,
          .unit = kPerSecond,
          .place = Place::client,
          .make = scenario<ThreadedNullCalls>(count),
          .amount = static_cast<double>(ThreadedNullCalls::kCalls * count),
          .floor = std::move(floor)};
}

Definition clients(std::string_view name, std::string_view what, unsigned count,
                   std::vector<std::string_view> floor) {
  return {.name = name,
          .what = what,
          .unit = kPerSecond,
          .place = Place::crowd,
          .make = scenario<NullCall>(),
          .clients = count,
          .floor = std::move(floor)};
}

Definition crowd_floor(std::string_view name, std::string_view what, unsigned count) {
  return {.name = name,
          .what = what,
          .unit = kPerSecond,
          .place = Place::crowd,
          .make = scenario<CrowdPingPong>(),
          .clients = count};
}

Definition futex(std::string_view name, std::string_view what, Placement placement, unsigned spins,
                 std::chrono::milliseconds pause = {}) {
  return {.name = name,
          .what = what,
          .unit = kMicroseconds,
          .place = Place::host,
          .make = scenario<FutexPingPong>(placement, spins),
          .pause = pause};
}

Definition socket_round_trip(std::string_view name, std::string_view what, SocketKind kind,
                             Placement placement, std::chrono::milliseconds pause = {}) {
  return {.name = name,
          .what = what,
          .unit = kMicroseconds,
          .place = Place::host,
          .make = scenario<SocketPingPong>(kind, placement),
          .pause = pause};
}

Definition memory_read(std::string_view name, std::string_view what, std::size_t size) {
  return {.name = name,
          .what = what,
          .unit = kMicroseconds,
          .place = Place::host,
          .make = scenario<MemoryRead>(size)};
}

Definition timer(std::string_view name, std::string_view what, Place place, MakeScenario make) {
  const bool is_floor = place == Place::host;
  return {.name = name,
          .what = what,
          .unit = kMicroseconds,
          .place = place,
          .make = std::move(make),
          .apart = kTimerWait,
          .floor = is_floor ? std::vector<std::string_view>() : std::vector{kTimerFloor}};
}

Definition summary(std::string_view name, std::string_view what, Unit unit) {
  return {.name = name, .what = what, .unit = unit, .place = Place::summary};
}

std::vector<Definition> make_definitions() {
  return {
      {.name = "null_call_hot",
       .what = "null call",
       .unit = kMicroseconds,
       .place = Place::client,
       .make = scenario<NullCall>(),
       .floor = {"floor_spin_then_futex", "floor_in_process_call"}},
      {.name = "null_call_idle",
       .what = "null call after 10 ms of idleness",
       .unit = kMicroseconds,
       .place = Place::client,
       .make = scenario<NullCall>(),
       .pause = kIdleness,
       .floor = {"floor_unix_two_cpus"}},
      summary("null_call_cpu", "processor time of a null call, both sides", kMicroseconds),
      pipe_pass("pipe_rw_1", "pipe, write and read of 1 B", kMicroseconds, 1),
      pipe_pass("pipe_rw_1k", "pipe, write and read of 1 KiB", kMicroseconds, kKiB),
      pipe_pass("pipe_rw_16k", "pipe, write and read of 16 KiB", kMegabytesPerSecond, 16 * kKiB),
      stream("pipe_rw_64k", "pipe, two threads, 64 KiB", make_pipe, 64 * kKiB),
      stream("pipe_rw_1m", "pipe, two threads, 1 MiB", make_pipe, kMiB),
      {.name = "udp_ping_pong",
       .what = "UDP there and back on lo0, two threads",
       .unit = kMicroseconds,
       .place = Place::client,
       .make = scenario<DatagramPingPong>(),
       .floor_elsewhere = true},
      stream("tcp_lo_64k", "TCP on lo0, two threads, 64 KiB", make_tcp_connection, 64 * kKiB),
      {.name = "tcp_lo_64k_buffers",
       .what = "the same in shared buffers",
       .unit = kMegabytesPerSecond,
       .place = Place::client,
       .make = scenario<BufferStream>(64 * kKiB),
       .amount = 64 * kKiB,
       .floor_elsewhere = true},
      {.name = "tcp_connect",
       .what = "TCP connections on lo0: connect, accept, close",
       .unit = kPerSecond,
       .place = Place::client,
       .make = scenario<ConnectAndAccept>(),
       .floor_elsewhere = true},
      {.name = "poll_mixed",
       .what = "poll of host and kernel, woken by a datagram",
       .unit = kMicroseconds,
       .place = Place::program,
       .make = scenario<MixedPoll>(),
       .floor_elsewhere = true},
      {.name = "host_call",
       .what = "read of a host's descriptor, with the shim",
       .unit = kNanoseconds,
       .place = Place::program,
       .make = scenario<HostRead>(),
       .batch = 100,
       .floor_elsewhere = true},
      summary("host_call_overhead", "of that, what the shim adds", kNanoseconds),
      {.name = "tcp_transport_null",
       .what = "null call over tcp",
       .unit = kMicroseconds,
       .place = Place::tcp_client,
       .make = scenario<NullCall>(),
       .floor = {"floor_tcp_one_cpu"}},
      {.name = "tcp_transport_write_1m",
       .what = "writes of 1 MiB over tcp, which the kernel only copies",
       .unit = kMegabytesPerSecond,
       .place = Place::tcp_client,
       .make = scenario<WriteAway>(kMiB),
       .amount = kMiB,
       .floor = {"floor_tcp_stream"}},
      {.name = "tcp_transport_relay_1m",
       .what = "writes of 1 MiB over tcp, to a reader on unix",
       .unit = kMegabytesPerSecond,
       .place = Place::tcp_client,
       .make = scenario<WriteToSink>(kMiB),
       .amount = kMiB,
       .floor = {"floor_tcp_relay"}},
      timer("sleep_late", "lateness of a sleep of 10 ms in the kernel", Place::client,
            scenario<KernelSleep>()),
      timer("hypercall_sleep_late", "that of rumpuser_clock_sleep, in-process", Place::kernel,
            scenario<HypercallSleep>()),
      timer("hypercall_wait_late", "that of rumpuser_cv_timedwait, in-process", Place::kernel,
            scenario<HypercallTimedWait>()),
      threads("threads_1", "null calls of 1 thread", 1, {}),
      threads("threads_2", "null calls of 2 threads", 2, {"threads_1"}),
      threads("threads_8", "null calls of 8 threads", 8, {"threads_1"}),
      clients("clients_1", "null calls of 1 client", 1, {}),
      clients("clients_2", "null calls of 2 clients", 2, {"clients_1"}),
      clients("clients_8", "null calls of 8 clients", 8, {"clients_1"}),
      clients("clients_64", "null calls of 64 clients", 64, {"clients_1"}),
      summary("clients_64_latency", "null call among 64 clients", kMicroseconds),
      summary("memory_per_client", "resident memory of the server for a client", kKibibytes),
      summary("cpu_idle", "processor time of 64 idle clients and their server",
              kMillisecondsPerSecond),
      summary("server_boot", "start of a server until it is ready", kMilliseconds),
      summary("server_resident", "resident memory of a server without clients", kKibibytes),
      {.name = "floor_in_process_call",
       .what = "null call in-process",
       .unit = kMicroseconds,
       .place = Place::kernel,
       .make = scenario<NullCall>()},
      timer(kTimerFloor, "lateness of a sleep of 10 ms on the host", Place::host,
            scenario<HostSleep>()),
      {.name = "floor_shared_memory_spin",
       .what = "shared memory, both sides spinning",
       .unit = kMicroseconds,
       .place = Place::host,
       .make = scenario<SpinPingPong>()},
      futex("floor_spin_then_futex", "shared memory, spin then futex", Placement::two_cpus, kSpins),
      futex("floor_futex_one_cpu", "futex, one CPU", Placement::one_cpu, 0),
      futex("floor_futex_one_cpu_idle", "futex, one CPU, after 10 ms of idleness",
            Placement::one_cpu, 0, kIdleness),
      futex("floor_futex_two_cpus", "futex, two CPUs", Placement::two_cpus, 0),
      socket_round_trip("floor_unix_one_cpu", "unix socket, one CPU", SocketKind::local,
                        Placement::one_cpu),
      socket_round_trip("floor_unix_two_cpus", "unix socket, two CPUs", SocketKind::local,
                        Placement::two_cpus),
      socket_round_trip("floor_unix_two_cpus_idle",
                        "unix socket, two CPUs, after 10 ms of idleness", SocketKind::local,
                        Placement::two_cpus, kIdleness),
      crowd_floor("floor_clients_64", "shared memory, 64 processes and a thread that answers", 64),
      summary("floor_clients_64_latency", "a round trip among them", kMicroseconds),
      memory_read("floor_process_vm_readv_16k", "process_vm_readv of 16 KiB", 16 * kKiB),
      memory_read("floor_process_vm_readv_1m", "process_vm_readv of 1 MiB", kMiB),
      socket_round_trip("floor_tcp_one_cpu", "TCP on loopback, one CPU", SocketKind::tcp,
                        Placement::one_cpu),
      socket_round_trip("floor_tcp_two_cpus", "TCP on loopback, two CPUs", SocketKind::tcp,
                        Placement::two_cpus),
      {.name = "floor_tcp_stream",
       .what = "TCP on loopback, 1 MiB at a time",
       .unit = kMegabytesPerSecond,
       .place = Place::host,
       .make = scenario<SocketStream>(kMiB),
       .amount = kMiB},
      {.name = "floor_tcp_relay",
       .what = "that, passed on over a unix socket and answered",
       .unit = kMegabytesPerSecond,
       .place = Place::host,
       .make = scenario<SocketRelay>(kMiB),
       .amount = kMiB},
  };
}

}  // namespace

std::span<const Definition> definitions() {
  static const std::vector<Definition> all = make_definitions();
  return all;
}

MakeScenario helper_of(const Definition& definition) {
  return definition.name == "tcp_transport_relay_1m" ? scenario<Sink>() : nullptr;
}

}  // namespace farcall::bench
