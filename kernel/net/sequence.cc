// The first sequence number of a connection, as RFC 6528 wants it: a clock of four microseconds, so
// that a connection begins behind where the one before it between the same two ends did, from an
// origin that is another for any two ends and known to nobody. The library counts up from a
// constant, and who can guess a number can forge segments.
#include "kernel/net/sequence.h"

#include <array>
#include <bit>

#include "kernel/core/cpu.h"
#include "kernel/net/address.h"
#include "kernel/net/lwip.h"
#include "rump/rumpuser.h"

namespace farcall::kernel {

namespace {

/// SipHash-2-4 (Aumasson and Bernstein) of whole words.
class SipHash {
 public:
  SipHash(std::uint64_t key0, std::uint64_t key1)
      : state_{0x736f6d6570736575 ^ key0, 0x646f72616e646f6d ^ key1, 0x6c7967656e657261 ^ key0,
               0x7465646279746573 ^ key1} {}

  void add(std::uint64_t word) {
    state_[3] ^= word;
    rounds(2);
    state_[0] ^= word;
    ++words_;
  }

  std::uint64_t finish() {
    add(words_ << 59);  // the length in bytes, in the last byte of all
    state_[2] ^= 0xff;
    rounds(4);
    return state_[0] ^ state_[1] ^ state_[2] ^ state_[3];
  }

 private:
  void rounds(int count) {
    auto& [a, b, c, d] = state_;
    for (int i = 0; i < count; ++i) {
      a += b, c += d;
      b = std::rotl(b, 13) ^ a, d = std::rotl(d, 16) ^ c;
      a = std::rotl(a, 32);
      c += b, a += d;
      b = std::rotl(b, 17) ^ c, d = std::rotl(d, 21) ^ a;
      c = std::rotl(c, 32);
    }
  }

  std::array<std::uint64_t, 4> state_;
  std::uint64_t words_ = 0;
};

void add_address(SipHash& hash, const ip_addr_t& address) {
  if (is_v4(address)) return hash.add(ip_2_ip4(&address)->addr);
  const auto& words = ip_2_ip6(&address)->addr;
  hash.add(std::uint64_t{words[0]} << 32 | words[1]);
  hash.add(std::uint64_t{words[2]} << 32 | words[3]);
}

using Key = std::array<std::uint64_t, 2>;

Key random_key() {
  Key key{};
  std::size_t got = 0;
  rumpuser_getrandom(key.data(), sizeof key, 0, &got);
  return key;
}

}  // namespace

}  // namespace farcall::kernel

FARCALL_REPLACES_LWIP u32_t tcp_next_iss(struct tcp_pcb* pcb) {
  using namespace farcall::kernel;
  static const Key key = random_key();
  SipHash hash(key[0], key[1]);
  add_address(hash, pcb->local_ip);
  add_address(hash, pcb->remote_ip);
  hash.add(std::uint64_t{pcb->local_port} << 16 | pcb->remote_port);
  return static_cast<u32_t>(hash.finish() + static_cast<std::uint64_t>(monotonic_now()) / 4000);
}
