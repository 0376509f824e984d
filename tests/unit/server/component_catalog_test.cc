// Component libraries that need each other as NetBSD's do, made by this directory's CMakeLists.txt:
// rumpnet_top needs rumpnet_middle, which needs rump; rumpdev_lost needs what nobody has.
#include "server/component_catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace farcall::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::filesystem::path kDirectory = COMPONENT_PREFIX "/lib";

std::vector<std::string> order_of(const std::vector<std::string>& wanted) {
  auto order = ComponentCatalog(kDirectory).load_order(wanted);
  if (const auto* why = std::get_if<Complaint>(&order)) return {why->text};
  std::vector<std::string> names;
  for (const auto& component : std::get<std::vector<Component>>(order)) {
    names.push_back(component.name);
  }
  return names;
}

/// Whether the last to be loaded has all that it needs.
bool is_complete(const std::string& wanted) {
  const auto order = ComponentCatalog(kDirectory).load_order({wanted});
  return std::get<std::vector<Component>>(order).back().complete;
}

TEST(ComponentCatalog, ListsComponentsAlone) {
  EXPECT_THAT(ComponentCatalog(kDirectory).names(),
              ElementsAre("rumpdev_lost", "rumpnet_middle", "rumpnet_top"));
}

TEST(ComponentCatalog, OrdersWhateverOrderIsGiven) {
  EXPECT_THAT(order_of({"rumpnet_top", "rumpnet_middle"}),
              ElementsAre("rump", "rumpnet_middle", "rumpnet_top"));
  EXPECT_THAT(order_of({"rumpnet_middle", "rumpnet_top"}),
              ElementsAre("rump", "rumpnet_middle", "rumpnet_top"));
}

TEST(ComponentCatalog, AddsWhatIsNeeded) {
  EXPECT_THAT(order_of({"rumpnet_top"}), ElementsAre("rump", "rumpnet_middle", "rumpnet_top"));
  EXPECT_THAT(order_of({}), ElementsAre("rump"));
}

TEST(ComponentCatalog, NamesWhatIsNotInstalled) {
  EXPECT_THAT(order_of({"rumpnet_absent"}), ElementsAre(HasSubstr("'rumpnet_absent'")));
}

TEST(ComponentCatalog, LeavesUnknownSymbolsToTheLoader) {
  EXPECT_THAT(order_of({"rumpdev_lost"}), ElementsAre("rump", "rumpdev_lost"));
  EXPECT_FALSE(is_complete("rumpdev_lost"));
  EXPECT_TRUE(is_complete("rumpnet_top"));
}

TEST(ComponentCatalog, KnowsAllWaysToWriteAName) {
  for (const char* text : {"rumpnet_top", "librumpnet_top.so", "librumpnet_top.so.0",
                           "/usr/lib/librumpnet_top.so.0.0"}) {
    EXPECT_EQ(component_name(text), "rumpnet_top");
  }
}

TEST(ComponentCatalog, IsFoundUnderThePrefix) {
  setenv("RUMP_PREFIX", COMPONENT_PREFIX, 1);
  const auto found = ComponentCatalog::find();
  ASSERT_TRUE(std::holds_alternative<ComponentCatalog>(found));
  EXPECT_EQ(std::get<ComponentCatalog>(found).directory(), kDirectory);
}

TEST(ComponentCatalog, SaysWhatToInstall) {
  setenv("RUMP_PREFIX", "/nowhere", 1);
  const auto found = ComponentCatalog::find();
  ASSERT_TRUE(std::holds_alternative<Complaint>(found));
  EXPECT_THAT(std::get<Complaint>(found).text, HasSubstr("install"));
  EXPECT_THAT(std::get<Complaint>(found).text, HasSubstr("/nowhere/lib/librump.so.0"));
}

}  // namespace
}  // namespace farcall::server
