// hypercall/: what a kernel does between any two of its instructions.
#include <benchmark/benchmark.h>

#include "kernel.h"
#include "rump/rumpuser.h"

namespace farcall::bench {
namespace {

void MutexUncontended(benchmark::State& state) {
  const WithCpu cpu;
  rumpuser_mtx* mutex = nullptr;
  rumpuser_mutex_init(&mutex, RUMPUSER_MTX_KMUTEX);
  for (auto _ : state) {
    rumpuser_mutex_enter(mutex);
    rumpuser_mutex_exit(mutex);
  }
  rumpuser_mutex_destroy(mutex);
}
BENCHMARK(MutexUncontended);

void RwlockUncontended(benchmark::State& state) {
  const WithCpu cpu;
  const auto kind = static_cast<rumprwlock>(state.range(0));
  rumpuser_rw* lock = nullptr;
  rumpuser_rw_init(&lock);
  for (auto _ : state) {
    rumpuser_rw_enter(kind, lock);
    rumpuser_rw_exit(lock);
  }
  rumpuser_rw_destroy(lock);
}
BENCHMARK(RwlockUncontended)->ArgName("writer")->Arg(RUMPUSER_RW_READER)->Arg(RUMPUSER_RW_WRITER);

void CondvarSignalOfNobody(benchmark::State& state) {
  const WithCpu cpu;
  rumpuser_cv* condition = nullptr;
  rumpuser_cv_init(&condition);
  for (auto _ : state) rumpuser_cv_signal(condition);
  rumpuser_cv_destroy(condition);
}
BENCHMARK(CondvarSignalOfNobody);

/// Gives the CPU up, lets the time run out, and takes the CPU again.
void CondvarTimedWait(benchmark::State& state) {
  const WithCpu cpu;
  rumpuser_mtx* mutex = nullptr;
  rumpuser_cv* condition = nullptr;
  rumpuser_mutex_init(&mutex, RUMPUSER_MTX_KMUTEX);
  rumpuser_cv_init(&condition);
  rumpuser_mutex_enter(mutex);
  for (auto _ : state) rumpuser_cv_timedwait(condition, mutex, 0, 0);
  rumpuser_mutex_exit(mutex);
  rumpuser_cv_destroy(condition);
  rumpuser_mutex_destroy(mutex);
}
BENCHMARK(CondvarTimedWait);

void CpuTakenAndGivenUp(benchmark::State& state) {
  const rumpuser_hyperup& up = kernel();
  for (auto _ : state) {
    up.hyp_schedule();
    up.hyp_unschedule();
  }
}
BENCHMARK(CpuTakenAndGivenUp);

void Memory(benchmark::State& state) {
  const WithCpu cpu;
  const auto size = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    void* memory = nullptr;
    benchmark::DoNotOptimize(rumpuser_malloc(size, 0, &memory));
    rumpuser_free(memory, size);
  }
}
BENCHMARK(Memory)->Arg(64)->Arg(4096);

}  // namespace
}  // namespace farcall::bench
