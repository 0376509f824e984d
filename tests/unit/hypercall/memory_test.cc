// Memory allocation.
#include <cstdint>
#include <cstring>

#include "fake_kernel.h"
#include "netbsd/constants.h"

namespace farcall::test {
namespace {

bool aligned(void* memory, std::uintptr_t alignment) {
  return reinterpret_cast<std::uintptr_t>(memory) % alignment == 0;
}

class AlignedMalloc : public ::testing::TestWithParam<int> {};

TEST_P(AlignedMalloc, GivesMemoryOfThatAlignment) {
  const int alignment = GetParam();
  void* memory = nullptr;
  ASSERT_EQ(rumpuser_malloc(100, alignment, &memory), 0);
  EXPECT_TRUE(aligned(memory, static_cast<std::uintptr_t>(alignment == 0 ? 8 : alignment)));
  std::memset(memory, 0xa5, 100);
  rumpuser_free(memory, 100);
}

INSTANTIATE_TEST_SUITE_P(Memory, AlignedMalloc,
                         ::testing::Values(0, 1, 2, 8, 16, 64, 4096, 1 << 20));

TEST(Memory, MallocRefusesWhatIsNoAlignment) {
  void* memory = nullptr;
  EXPECT_EQ(rumpuser_malloc(100, 24, &memory), NB_EINVAL);
  EXPECT_EQ(rumpuser_malloc(100, -8, &memory), NB_EINVAL);
}

TEST(Memory, MallocThatTheHostCannotServeIsEnomem) {
  void* memory = nullptr;
  EXPECT_EQ(rumpuser_malloc(SIZE_MAX / 4, 0, &memory), NB_ENOMEM);
  EXPECT_EQ(rumpuser_malloc(SIZE_MAX / 4, 4096, &memory), NB_ENOMEM);
}

class AlignedMap : public ::testing::TestWithParam<int> {};

TEST_P(AlignedMap, IsZeroedWritableAndOfThatAlignment) {
  constexpr std::size_t kSize = 10'000;
  void* memory = nullptr;
  ASSERT_EQ(rumpuser_anonmmap(nullptr, kSize, GetParam(), 0, &memory), 0);
  EXPECT_TRUE(aligned(memory, std::uintptr_t{1} << GetParam()));
  auto* const bytes = static_cast<unsigned char*>(memory);
  EXPECT_EQ(bytes[0], 0);
  EXPECT_EQ(bytes[kSize - 1], 0);
  std::memset(memory, 0xa5, kSize);
  rumpuser_unmap(memory, kSize);
}

INSTANTIATE_TEST_SUITE_P(Memory, AlignedMap, ::testing::Values(0, 4, 12, 16, 21, 24));

TEST(Memory, MapCanHoldCode) {
  void* memory = nullptr;
  ASSERT_EQ(rumpuser_anonmmap(nullptr, 4096, 0, 1, &memory), 0);
  const unsigned char return_42[] = {0xb8, 42, 0, 0, 0, 0xc3};
  std::memcpy(memory, return_42, sizeof return_42);
  EXPECT_EQ(rumpuser_sync_icache(memory, sizeof return_42), 0);
  EXPECT_EQ(reinterpret_cast<int (*)()>(memory)(), 42);
  rumpuser_unmap(memory, 4096);
}

TEST(Memory, MapRefusesNonsense) {
  void* memory = nullptr;
  EXPECT_EQ(rumpuser_anonmmap(nullptr, 0, 0, 0, &memory), NB_EINVAL);
  EXPECT_EQ(rumpuser_anonmmap(nullptr, 4096, 64, 0, &memory), NB_EINVAL);
  EXPECT_EQ(rumpuser_anonmmap(nullptr, 4096, -1, 0, &memory), NB_EINVAL);
  EXPECT_EQ(rumpuser_anonmmap(nullptr, SIZE_MAX, 0, 0, &memory), NB_ENOMEM);
  EXPECT_EQ(rumpuser_anonmmap(nullptr, SIZE_MAX / 2, 0, 0, &memory), NB_ENOMEM);
}

}  // namespace
}  // namespace farcall::test
