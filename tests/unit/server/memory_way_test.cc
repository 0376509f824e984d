#include "server/memory_way.h"

#include <gtest/gtest.h>

namespace farcall::server {
namespace {

using namespace std::chrono_literals;

TEST(MemoryWay, ProtectionGoesBeforeSpeed) {
  EXPECT_EQ(choose_way(true, {5us, 1us, false}), MemoryWay::number);
}

TEST(MemoryWay, OfEqualsTheCheaperIsTaken) {
  EXPECT_EQ(choose_way(true, {5us, 1us, true}), MemoryWay::descriptor);
  EXPECT_EQ(choose_way(true, {1us, 5us, true}), MemoryWay::number);
  EXPECT_EQ(choose_way(true, {1us, 1us, true}), MemoryWay::number);
}

TEST(MemoryWay, TheDescriptorIsForWhereNumbersDoNotWork) {
  EXPECT_EQ(choose_way(false, {1us, 5us, false}), MemoryWay::descriptor);
}

TEST(MemoryWay, BothAreMeasuredOnce) {
  const MemoryWayCosts& costs = memory_way_costs();
  EXPECT_GT(costs.number, 0ns);
  EXPECT_LT(costs.number, std::chrono::nanoseconds::max()) << "it reads its own memory";
  EXPECT_LT(costs.descriptor, std::chrono::nanoseconds::max());
  EXPECT_EQ(&memory_way_costs(), &costs);
}

}  // namespace
}  // namespace farcall::server
