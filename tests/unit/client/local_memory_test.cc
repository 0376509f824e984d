// How a kernel in the program's own process reaches its memory. tests/syscalls/address_test.cc has
// programs that do.
#include "local_memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstring>
#include <string>

#include "netbsd/constants.h"

namespace farcall::client::local {
namespace {

constexpr std::size_t kPage = 4096;

/// Two pages that can be used, in front of one that cannot.
class LocalMemoryTest : public ::testing::Test {
 protected:
  LocalMemoryTest()
      : start_(static_cast<char*>(
            mmap(nullptr, 3 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    mprotect(end(), kPage, PROT_NONE);
  }
  ~LocalMemoryTest() override { munmap(start_, 3 * kPage); }

  [[nodiscard]] char* end() const { return start_ + 2 * kPage; }
  /// The error, and what was read.
  static int read_string(const char* from, std::size_t most, std::string* text) {
    std::string into(most, '?');
    std::size_t size = most;
    const int error = memory_operations.copyinstr(nullptr, from, into.data(), &size);
    *text = into.substr(0, size);
    return error;
  }

  char* start_;
  std::string text_;
};

TEST_F(LocalMemoryTest, StringsAreReadAsFarAsTheyGo) {
  for (const std::size_t length : {std::size_t{0}, std::size_t{1}, kPage - 1, kPage, kPage + 5}) {
    char* const from = end() - length - 1;
    std::memset(from, 'x', length);
    from[length] = '\0';
    EXPECT_EQ(read_string(from, 3 * kPage, &text_), 0);
    EXPECT_EQ(text_, std::string(length, 'x') + '\0');
  }
}

TEST_F(LocalMemoryTest, AStringThatHasNoEndIsAFault) {
  std::memset(end() - 10, 'x', 10);
  EXPECT_EQ(read_string(end() - 10, kPage, &text_), NB_EFAULT);
  EXPECT_EQ(read_string(end(), kPage, &text_), NB_EFAULT);
}

TEST_F(LocalMemoryTest, AStringThatIsTooLongIsReadNoFurther) {
  std::memset(end() - 10, 'x', 10);
  EXPECT_EQ(read_string(end() - 10, 10, &text_), NB_ENAMETOOLONG);
}

TEST_F(LocalMemoryTest, CopiesEndWithTheMemory) {
  const std::string data(kPage + 100, 'd');
  std::string into(data.size(), ' ');
  char* const last = end() - data.size();
  EXPECT_EQ(memory_operations.copyout(nullptr, data.data(), last, data.size()), 0);
  EXPECT_EQ(memory_operations.copyin(nullptr, last, into.data(), data.size()), 0);
  EXPECT_EQ(into, data);
  EXPECT_EQ(memory_operations.copyout(nullptr, data.data(), last + 1, data.size()), NB_EFAULT);
  EXPECT_EQ(memory_operations.copyin(nullptr, last + 1, into.data(), data.size()), NB_EFAULT);
  EXPECT_EQ(memory_operations.copyout_at_once(nullptr, data.data(), last + 1, data.size()), 0);
  EXPECT_EQ(memory_operations.copyin_at_once(nullptr, last + 1, into.data(), data.size()), 0);
}

TEST_F(LocalMemoryTest, TheFirstPageIsNobodys) {
  char bytes[8] = "";
  for (std::uintptr_t address = 0; address < 10; ++address) {
    for (const std::size_t size : {1, 4, 8}) {
      auto* const nowhere = reinterpret_cast<void*>(address);
      EXPECT_EQ(memory_operations.copyin(nullptr, nowhere, bytes, size), NB_EFAULT);
      EXPECT_EQ(memory_operations.copyout(nullptr, bytes, nowhere, size), NB_EFAULT);
    }
  }
}

TEST_F(LocalMemoryTest, NothingButTheTargetChanges) {
  for (std::size_t size = 1; size <= 9; ++size) {
    for (std::size_t place = 1; place <= 9; ++place) {
      std::memset(end() - 32, '.', 32);
      char* const target = end() - 32 + place;
      EXPECT_EQ(memory_operations.copyout(nullptr, "123456789", target, size), 0);
      std::string expected(32, '.');
      expected.replace(place, size, std::string("123456789", size));
      EXPECT_EQ(std::string(end() - 32, 32), expected);
    }
  }
}

TEST_F(LocalMemoryTest, WhatMayOnlyBeReadIsNotWritten) {
  std::strcpy(start_, "as it was");
  mprotect(start_, kPage, PROT_READ);
  for (const std::size_t size : {1, 4, 8}) {
    EXPECT_EQ(memory_operations.copyout(nullptr, "12345678", start_, size), NB_EFAULT);
  }
  EXPECT_EQ(read_string(start_, kPage, &text_), 0);
  EXPECT_STREQ(text_.c_str(), "as it was");
}

}  // namespace
}  // namespace farcall::client::local
