#include "bench/crowd_floor.h"

#include <fcntl.h>
#include <immintrin.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <climits>
#include <cstdint>

#include "bench/failure.h"

namespace farcall::bench {
namespace {

constexpr std::size_t kPlaces = 256;
/// Looks, about a hundred microseconds of them for a process and a millisecond for the server.
constexpr unsigned kSpins = 2000;
constexpr unsigned kServerSpins = 1000;

using Word = std::atomic<std::uint32_t>;

void sleep_while(Word& word, std::uint32_t value) {
  syscall(SYS_futex, &word, FUTEX_WAIT, value, nullptr, nullptr, 0);
}

void wake(Word& word) { syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0); }

}  // namespace

struct CrowdPingPong::Place {
  alignas(64) Word asked = 0;
  Word sleeps = 0;
  alignas(64) Word answered = 0;
};

struct CrowdPingPong::Square {
  alignas(64) Word joined = 0;
  alignas(64) Word bell = 0;
  Word sleeps = 0;
  std::array<Place, kPlaces> places;
};

CrowdPingPong::Square& CrowdPingPong::square_of(const std::string& name) {
  const int memory = shm_open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  require(memory != -1 && ftruncate(memory, sizeof(Square)) == 0, "shm_open");
  void* address = mmap(nullptr, sizeof(Square), PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
  require(address != MAP_FAILED, "mmap");
  close(memory);
  // Zeros are what its words begin with.
  return *static_cast<Square*>(address);
}

void CrowdPingPong::forget(const std::string& name) { shm_unlink(("/" + name).c_str()); }

CrowdPingPong::CrowdPingPong(const Context& context)
    : square_(square_of("/" + context.name)),
      place_(square_.places.at(square_.joined.fetch_add(1))) {
  if (&place_ == square_.places.data()) serve_in_thread([this] { serve(square_); });
}

void CrowdPingPong::serve(Square& square) {
  std::array<std::uint32_t, kPlaces> seen{};
  for (unsigned idle = 0;; ++idle) {
    const std::uint32_t bell = square.bell;
    if (idle > kServerSpins) square.sleeps = 1;
    for (std::uint32_t i = 0; i < square.joined.load(std::memory_order_relaxed); ++i) {
      Place& place = square.places[i];
      const std::uint32_t asked = place.asked;
      if (asked == seen[i]) continue;
      idle = 0;
      place.answered = seen[i] = asked;
      if (place.sleeps != 0) wake(place.answered);
    }
    if (idle > kServerSpins) sleep_while(square.bell, bell);
    square.sleeps.store(0, std::memory_order_relaxed);
    _mm_pause();
  }
}

void CrowdPingPong::operation() {
  const std::uint32_t before = place_.answered;
  place_.asked = before + 1;
  if (square_.sleeps != 0) {
    ++square_.bell;
    wake(square_.bell);
  }
  for (unsigned i = 0; i < kSpins && place_.answered == before; ++i) _mm_pause();
  if (place_.answered != before) return;
  place_.sleeps = 1;
  while (place_.answered == before) sleep_while(place_.answered, before);
  place_.sleeps = 0;
}

}  // namespace farcall::bench
