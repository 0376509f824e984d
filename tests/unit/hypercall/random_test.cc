// Random pool.
#include <algorithm>
#include <vector>

#include "fake_kernel.h"

namespace farcall::test {
namespace {

class Random : public HypercallTest, public ::testing::WithParamInterface<int> {};

TEST_P(Random, FillsTheBuffer) {
  std::vector<unsigned char> first(1000);
  std::vector<unsigned char> second(1000);
  for (auto* buffer : {&first, &second}) {
    size_t got = 0;
    EXPECT_EQ(in_kernel([&] {
                return rumpuser_getrandom(buffer->data(), buffer->size(), GetParam(), &got);
              }),
              0);
    EXPECT_EQ(got, buffer->size());
  }
  EXPECT_NE(first, second);
  EXPECT_NE(std::count(first.begin(), first.end(), first[0]), 1000);
}

INSTANTIATE_TEST_SUITE_P(AllFlags, Random,
                         ::testing::Values(0, RUMPUSER_RANDOM_HARD, RUMPUSER_RANDOM_NOWAIT,
                                           RUMPUSER_RANDOM_HARD | RUMPUSER_RANDOM_NOWAIT));

}  // namespace
}  // namespace farcall::test
