// RUMPHIJACK: what rumphijack(3) allows, what it means, and what is refused.
#include "shim/decide/hijack_spec.h"

#include <gmock/gmock.h>
#include <sys/socket.h>

namespace farcall::shim {
namespace {

using testing::HasSubstr;

HijackSpec parsed(std::string_view text) {
  auto result = parse_hijack(text);
  if (const auto* error = std::get_if<SpecError>(&result)) {
    ADD_FAILURE() << text << ": " << error->message;
    return {};
  }
  return std::get<HijackSpec>(std::move(result));
}

struct SocketCase {
  const char* spec;
  int domain;
  bool is_kernel;
};

class Sockets : public testing::TestWithParam<SocketCase> {};

TEST_P(Sockets, AreDecidedByFamily) {
  EXPECT_EQ(parsed(GetParam().spec).is_kernel_socket(GetParam().domain), GetParam().is_kernel);
}

INSTANTIATE_TEST_SUITE_P(
    Specs, Sockets,
    testing::Values(SocketCase{"path=/rump,socket=all:nolocal", AF_INET, true},
                    SocketCase{"path=/rump,socket=all:nolocal", AF_NETLINK, true},
                    SocketCase{"path=/rump,socket=all:nolocal", AF_UNIX, false},
                    SocketCase{"", AF_INET, false}, SocketCase{"socket=all", AF_UNIX, true},
                    SocketCase{"socket=none", AF_INET, false},
                    SocketCase{"socket=inet:inet6", AF_INET6, true},
                    SocketCase{"socket=inet:inet6", AF_PACKET, false},
                    SocketCase{"socket=all:noinet", AF_INET, false},
                    SocketCase{"socket=all:noinet", AF_INET6, true},
                    SocketCase{"socket=all:noinet:inet", AF_INET, true},
                    SocketCase{"socket=inet,socket=inet6", AF_INET, true}));

struct PathCase {
  const char* spec;
  const char* path;
  const char* kernel_path;  // NULL: the host's
};

class Paths : public testing::TestWithParam<PathCase> {};

TEST_P(Paths, AreDecidedByPrefix) {
  const HijackSpec spec = parsed(GetParam().spec);
  const auto result = spec.kernel_path(GetParam().path);
  if (GetParam().kernel_path == nullptr) {
    EXPECT_FALSE(result.has_value());
  } else {
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(*result, GetParam().kernel_path);
  }
}

TEST_P(Paths, LeadBack) {
  const HijackSpec spec = parsed(GetParam().spec);
  if (GetParam().kernel_path == nullptr) return;
  const std::string back = spec.program_path(GetParam().kernel_path);
  EXPECT_EQ(spec.kernel_path(back).value_or("the host's"), GetParam().kernel_path) << back;
}

INSTANTIATE_TEST_SUITE_P(Specs, Paths,
                         testing::Values(PathCase{"path=/rump", "/rump/dev/null", "/dev/null"},
                                         PathCase{"path=/rump", "/rump", "/"},
                                         PathCase{"path=/rump", "/rumpus", nullptr},
                                         PathCase{"path=/rump", "/etc/passwd", nullptr},
                                         PathCase{"path=//", "//etc", "/etc"},
                                         PathCase{"blanket=/dev/bpf:/x", "/dev/bpf0", "/dev/bpf0"},
                                         PathCase{"blanket=/dev/bpf:/x", "/x/y", "/x/y"},
                                         PathCase{"blanket=/dev/bpf", "/dev/null", nullptr},
                                         PathCase{"socket=all", "/rump/x", nullptr}));

TEST(HijackSpec, PathsMayStartFromTheRoot) {
  const HijackSpec spec = parsed("path=/rump");
  EXPECT_EQ(spec.kernel_path_from_root("rump/mnt/a"), "/mnt/a");
  EXPECT_EQ(spec.kernel_path_from_root("rump"), "/");
  EXPECT_EQ(spec.kernel_path_from_root("rumpus"), std::nullopt);
  EXPECT_EQ(spec.kernel_path_from_root("etc/passwd"), std::nullopt);
  EXPECT_EQ(parsed("socket=all").kernel_path_from_root("rump"), std::nullopt);
}

struct BadCase {
  const char* spec;
  const char* part_of_message;
};

class BadSpecs : public testing::TestWithParam<BadCase> {};

TEST_P(BadSpecs, AreRefusedInOneLineThatSaysWhy) {
  const auto result = parse_hijack(GetParam().spec);
  const auto* error = std::get_if<SpecError>(&result);
  ASSERT_NE(error, nullptr);
  EXPECT_THAT(error->message, HasSubstr(GetParam().part_of_message));
  EXPECT_EQ(error->message.find('\n'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Specs, BadSpecs,
    testing::Values(BadCase{"sockets=all", "unknown 'sockets'"}, BadCase{"path", "needs a value"},
                    BadCase{"path=rump", "absolute"}, BadCase{"path=/", "below the root"},
                    BadCase{"path=/rump/", "slash"}, BadCase{"blanket=dev", "absolute"},
                    BadCase{"blanket=/dev/", "slash"}, BadCase{"socket=inet5", "'inet5'"},
                    BadCase{"socket=inet:all", "'all'"}, BadCase{"socket=allinet", "'allinet'"},
                    BadCase{"vfs=everything", "'everything'"}, BadCase{"sysctl=maybe", "yes or no"},
                    BadCase{"fdoff=2", "at least 3"}, BadCase{"fdoff=12x", "'12x'"},
                    BadCase{"fdoff=-1", "'-1'"}));

TEST(HijackSpec, TakesOptionsWithoutEffectHere) {
  const HijackSpec spec = parsed("vfs=all:nonfssvc,sysctl=yes,sysctl,fdoff=128");
  EXPECT_FALSE(spec.is_kernel_socket(AF_INET));
}

TEST(HijackSpec, TheDefaultIsItself) {
  EXPECT_EQ(parsed(kDefaultHijack).prefix, "/rump");
  EXPECT_TRUE(parsed(kDefaultHijack).sees_kernel_network());
  EXPECT_FALSE(parsed("socket=local").sees_kernel_network());
}

}  // namespace
}  // namespace farcall::shim
