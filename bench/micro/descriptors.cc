// shim/descriptors: whose is this descriptor? Asked before every call of a program's.
#include <benchmark/benchmark.h>

#include "shim/descriptors/table.h"

namespace farcall::bench {
namespace {

shim::DescriptorTable& filled_table() {
  static shim::DescriptorTable table;
  static const bool filled = [] {
    bool all = true;
    for (int fd = 3; fd < 1003; fd += 2) all = table.add(fd, fd) && all;
    return all;
  }();
  static_cast<void>(filled);
  return table;
}

void DescriptorLookup(benchmark::State& state) {
  const shim::DescriptorTable& table = filled_table();
  const auto fd = static_cast<int>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(table.kernel_fd(fd));
}
BENCHMARK(DescriptorLookup)->ArgName("fd")->Arg(501)->Arg(502)->Arg(1'000'000);

void DescriptorAddAndRemove(benchmark::State& state) {
  shim::DescriptorTable& table = filled_table();
  for (auto _ : state) {
    benchmark::DoNotOptimize(table.add(2000, 7));
    benchmark::DoNotOptimize(table.remove(2000));
  }
}
BENCHMARK(DescriptorAddAndRemove);

}  // namespace
}  // namespace farcall::bench
