// kernel/: from a system call's number to its function and back, in this process.
#include <benchmark/benchmark.h>

#include <array>

#include "kernel.h"
#include "netbsd/syscalls.h"

namespace farcall::bench {
namespace {

void dispatch(benchmark::State& state, int number) {
  const rumpuser_hyperup& up = kernel();
  std::array<std::uint64_t, 8> arguments = {};
  const WithCpu cpu;
  for (auto _ : state) {
    long result[2];
    benchmark::DoNotOptimize(up.hyp_syscall(number, arguments.data(), result));
  }
}

void DispatchGetpid(benchmark::State& state) { dispatch(state, NB_SYS_getpid); }
BENCHMARK(DispatchGetpid);

void DispatchOfABadDescriptor(benchmark::State& state) { dispatch(state, NB_SYS_fsync); }
BENCHMARK(DispatchOfABadDescriptor);

/// As the control plane finds the names of calls under way.
void TableLookup(benchmark::State& state) {
  for (auto _ : state) {
    for (const auto& row : kSyscalls) {
      if (row.number == NB_SYS_poll) {
        benchmark::DoNotOptimize(row.name);
        break;
      }
    }
  }
}
BENCHMARK(TableLookup);

}  // namespace
}  // namespace farcall::bench
