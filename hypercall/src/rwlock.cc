// Reader/writer locks, on a futex.
//
// One word tells it all: the number of readers, the number of writers that wait, and whether a
// writer is in. A reader does not enter past a waiting writer, so writers do not starve.
#include <cassert>

#include "fatal.h"
#include "futex.h"
#include "netbsd/constants.h"
#include "upcalls.h"

using namespace farcall::hypercall;

namespace {

constexpr std::uint32_t kReader = 1;
constexpr std::uint32_t kReaders = 0x0000ffff;
constexpr std::uint32_t kWaitingWriter = 0x00010000;
constexpr std::uint32_t kWaitingWriters = 0x7fff0000;
constexpr std::uint32_t kWriter = 0x80000000;
constexpr std::uint32_t kBeforeReaders = kWriter | kWaitingWriters;
constexpr std::uint32_t kBeforeWriters = kWriter | kReaders;

}  // namespace

struct alignas(64) rumpuser_rw {
  bool try_read() { return try_take(kBeforeReaders, 0, kReader); }
  bool try_write() { return try_take(kBeforeWriters, 0, kWriter); }
  bool try_upgrade() { return try_take(kReaders, kReader, kWriter - kReader); }

  void read() {
    while (!try_read()) sleep_on(kBeforeReaders);
  }

  void write() {
    state.fetch_add(kWaitingWriter);
    while (!try_take(kBeforeWriters, 0, kWriter - kWaitingWriter)) sleep_on(kBeforeWriters);
  }

  void downgrade() {
    assert(written_by_me());
    writer.store(nullptr, std::memory_order_relaxed);
    state.fetch_sub(kWriter - kReader);
    wake();
  }

  void exit() {
    if ((state.load(std::memory_order_relaxed) & kWriter) != 0) {
      assert(written_by_me());
      writer.store(nullptr, std::memory_order_relaxed);
      state.fetch_sub(kWriter);
      wake();
    } else if ((state.fetch_sub(kReader) & kReaders) == kReader) {
      wake();
    }
  }

  [[nodiscard]] bool written_by_me() const {
    return (state.load(std::memory_order_relaxed) & kWriter) != 0 &&
           writer.load(std::memory_order_relaxed) == rumpuser_curlwp();
  }

  [[nodiscard]] std::uint32_t readers() const {
    return state.load(std::memory_order_relaxed) & kReaders;
  }

 private:
  /// Adds `change` to the state if what `mask` shows of it is `wanted`.
  bool try_take(std::uint32_t mask, std::uint32_t wanted, std::uint32_t change) {
    std::uint32_t seen = state.load(std::memory_order_relaxed);
    while ((seen & mask) == wanted) {
      if (!state.compare_exchange_weak(seen, seen + change, std::memory_order_acquire)) continue;
      if (change != kReader) writer.store(rumpuser_curlwp(), std::memory_order_relaxed);
      return true;
    }
    return false;
  }

  /// Sleeps while something of `blockers` is in the state, or returns for no reason.
  void sleep_on(std::uint32_t blockers) {
    const std::uint32_t seen = state.load();
    if ((seen & blockers) == 0) return;
    sleepers.fetch_add(1);
    if (state.load() == seen) futex_wait(state, seen);
    sleepers.fetch_sub(1);
  }

  void wake() {
    if (sleepers.load() > 0) futex_wake_all(state);
  }

  FutexWord state = 0;
  std::atomic<int> sleepers = 0;
  std::atomic<lwp*> writer = nullptr;
};

void rumpuser_rw_init(rumpuser_rw** rw) { *rw = make<rumpuser_rw>(); }

void rumpuser_rw_destroy(rumpuser_rw* rw) { delete rw; }

void rumpuser_rw_enter(int kind, rumpuser_rw* rw) {
  if (kind == RUMPUSER_RW_WRITER) {
    if (!rw->try_write()) without_cpu([rw] { rw->write(); });
  } else {
    if (!rw->try_read()) without_cpu([rw] { rw->read(); });
  }
}

int rumpuser_rw_tryenter(int kind, rumpuser_rw* rw) {
  const bool entered = kind == RUMPUSER_RW_WRITER ? rw->try_write() : rw->try_read();
  return entered ? 0 : NB_EBUSY;
}

int rumpuser_rw_tryupgrade(rumpuser_rw* rw) { return rw->try_upgrade() ? 0 : NB_EBUSY; }

void rumpuser_rw_downgrade(rumpuser_rw* rw) { rw->downgrade(); }

void rumpuser_rw_exit(rumpuser_rw* rw) { rw->exit(); }

void rumpuser_rw_held(int kind, rumpuser_rw* rw, int* held) {
  *held = kind == RUMPUSER_RW_WRITER ? static_cast<int>(rw->written_by_me())
                                     : static_cast<int>(rw->readers());
}
