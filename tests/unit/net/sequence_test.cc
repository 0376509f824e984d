// With which sequence number a connection begins (RFC 6528).
#include "kernel/net/sequence.h"

#include "kernel/net/lwip.h"
#include "net_testing.h"

namespace farcall::testing {
namespace {

using kernel::distance;

class SequenceTest : public NetTest {
 protected:
  static std::uint32_t first_number(std::uint16_t port) {
    struct tcp_pcb ends = {};
    ends.local_port = 80;
    ends.remote_port = port;
    return tcp_next_iss(&ends);
  }
};

TEST_F(SequenceTest, GrowsBetweenTheSameTwoEnds) {
  std::uint32_t last = first_number(1);
  for (int i = 0; i < 64; ++i) {
    const std::uint32_t next = first_number(1);
    EXPECT_GE(distance(next, last), 0);
    last = next;
  }
}

TEST_F(SequenceTest, TellsNothingOfOtherEnds) {
  int before = 0;
  for (std::uint16_t port = 1; port <= 128; ++port) {
    if (distance(first_number(port), first_number(port + 1)) < 0) ++before;
  }
  EXPECT_GT(before, 16);
  EXPECT_LT(before, 112);
}

}  // namespace
}  // namespace farcall::testing
