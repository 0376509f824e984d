// What a new program's environment gets, and when.
#include "shim/process/environment.h"

#include <gmock/gmock.h>

#include <span>
#include <string>
#include <vector>

namespace farcall::shim::process {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// An environment as execve(2) takes it.
class Environment {
 public:
  Environment(std::initializer_list<const char*> entries) {
    for (const char* entry : entries) entries_.push_back(const_cast<char*>(entry));
    entries_.push_back(nullptr);
  }
  [[nodiscard]] char* const* get() const { return entries_.data(); }

 private:
  std::vector<char*> entries_;
};

std::vector<std::string> extended(char* const environment[], std::span<char* const> lasting,
                                  const char* entry) {
  ExtendedEnvironment result(environment, lasting, {const_cast<char*>(entry)});
  std::vector<std::string> entries;
  for (char** each = result.data(); *each != nullptr; ++each) entries.emplace_back(*each);
  return entries;
}

TEST(Environment, IsLeftByAPreloadOfOthers) {
  EXPECT_FALSE(leaves_kernel(Environment{"A=1", "LD_PRELOAD=/x/libfarcall.so"}.get()));
  EXPECT_FALSE(leaves_kernel(Environment{"LD_PRELOAD=/x/other.so:/x/libfarcall.so"}.get()));
  EXPECT_TRUE(leaves_kernel(Environment{"LD_PRELOAD=/x/other.so"}.get()));
  EXPECT_TRUE(leaves_kernel(Environment{"LD_PRELOAD="}.get()));
  EXPECT_FALSE(leaves_kernel(Environment{"OLD_LD_PRELOAD=/x/other.so"}.get()));
  EXPECT_FALSE(leaves_kernel(Environment{}.get()));
  EXPECT_FALSE(leaves_kernel(nullptr));
}

TEST(Environment, GetsOneEntryAndLosesOlderOnes) {
  const Environment environment{"A=1", "FARCALL_EXEC=old", "B=2", "FARCALL_SPAWN=old",
                                "FARCALL_DIRECTORY=kernel"};
  EXPECT_THAT(extended(environment.get(), {}, "FARCALL_EXEC=new"),
              ElementsAre("A=1", "B=2", "FARCALL_EXEC=new"));
  EXPECT_THAT(extended(environment.get(), {}, nullptr), ElementsAre("A=1", "B=2"));
  EXPECT_THAT(extended(nullptr, {}, nullptr), IsEmpty());
}

TEST(Environment, KeepsWhatLasts) {
  const Environment lasting{"LD_PRELOAD=/x/libfarcall.so", "RUMP_SERVER=unix:///a"};
  const std::span<char* const> entries(lasting.get(), 2);
  EXPECT_THAT(extended(Environment{"A=1"}.get(), entries, nullptr),
              ElementsAre("A=1", "LD_PRELOAD=/x/libfarcall.so", "RUMP_SERVER=unix:///a"));
  EXPECT_THAT(extended(Environment{"RUMP_SERVER=unix:///b"}.get(), entries, nullptr),
              ElementsAre("RUMP_SERVER=unix:///b", "LD_PRELOAD=/x/libfarcall.so"));
}

TEST(Environment, MayBeLarge) {
  std::vector<std::string> texts(5000, "NAME=value");
  std::vector<char*> entries;
  for (std::string& text : texts) entries.push_back(text.data());
  entries.push_back(nullptr);
  EXPECT_EQ(extended(entries.data(), {}, "X=1").size(), 5001U);
}

}  // namespace
}  // namespace farcall::shim::process
