// What a program can ask about interfaces. The loopback interface is lo on the host and lo0 in the
// kernel.
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <array>
#include <cstdlib>
#include <memory>

#include "support.h"

namespace farcall::conformance {
namespace {

std::string loopback_name() {
  const char* name = std::getenv("LOOPBACK_INTERFACE");
  return name == nullptr ? "lo" : name;
}

class Interfaces : public ::testing::Test {
 protected:
  ifreq request_for(const std::string& name) {
    ifreq request{};
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    return request;
  }
  Fd fd{socket(AF_INET, SOCK_DGRAM, 0)};
};

TEST_F(Interfaces, Flags) {
  ifreq request = request_for(loopback_name());
  ASSERT_THAT(ioctl(fd.get(), SIOCGIFFLAGS, &request), Succeeds());
  EXPECT_EQ(request.ifr_flags & (IFF_UP | IFF_LOOPBACK | IFF_RUNNING),
            IFF_UP | IFF_LOOPBACK | IFF_RUNNING);
}

TEST_F(Interfaces, Address) {
  ifreq request = request_for(loopback_name());
  ASSERT_THAT(ioctl(fd.get(), SIOCGIFADDR, &request), Succeeds());
  sockaddr_in address{};
  std::memcpy(&address, &request.ifr_addr, sizeof address);
  EXPECT_EQ(address.sin_family, AF_INET);
  EXPECT_EQ(address.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
  ASSERT_THAT(ioctl(fd.get(), SIOCGIFNETMASK, &request), Succeeds());
  std::memcpy(&address, &request.ifr_netmask, sizeof address);
  EXPECT_EQ(address.sin_addr.s_addr, htonl(0xff000000));
}

TEST_F(Interfaces, List) {
  std::array<ifreq, 16> requests{};
  ifconf list{};
  list.ifc_len = sizeof requests;
  list.ifc_req = requests.data();
  ASSERT_THAT(ioctl(fd.get(), SIOCGIFCONF, &list), Succeeds());
  bool found = false;
  for (std::size_t i = 0; i < list.ifc_len / sizeof(ifreq); ++i)
    found |= requests[i].ifr_name == loopback_name();
  EXPECT_TRUE(found);
}

// As Java asks, with a length that nobody has set.
TEST_F(Interfaces, WithoutABufferTheLengthIsIgnored) {
  ifconf list{};
  list.ifc_len = -8;
  ASSERT_THAT(ioctl(fd.get(), SIOCGIFCONF, &list), Succeeds());
  EXPECT_GE(list.ifc_len, static_cast<int>(sizeof(ifreq)));
  EXPECT_EQ(list.ifc_len % sizeof(ifreq), 0U);
  ifreq request{};
  list.ifc_len = -8;
  list.ifc_req = &request;
  ASSERT_THAT(ioctl(fd.get(), SIOCGIFCONF, &list), Succeeds());
  EXPECT_EQ(list.ifc_len, 0);
}

TEST_F(Interfaces, NamesAndIndexes) {
  const unsigned index = if_nametoindex(loopback_name().c_str());
  ASSERT_NE(index, 0U);
  char name[IF_NAMESIZE] = {};
  EXPECT_STREQ(if_indextoname(index, name), loopback_name().c_str());
  EXPECT_EQ(if_nametoindex("nosuch0"), 0U);
}

TEST_F(Interfaces, Unknown) {
  ifreq request = request_for("nosuch0");
  EXPECT_THAT(ioctl(fd.get(), SIOCGIFFLAGS, &request), FailsWith(ENODEV));
}

TEST_F(Interfaces, Getifaddrs) {
  ifaddrs* list = nullptr;
  ASSERT_THAT(getifaddrs(&list), Succeeds());
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, freeifaddrs);
  bool v4 = false;
  bool v6 = false;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_name != loopback_name()) continue;
    v4 |= entry->ifa_addr->sa_family == AF_INET;
    v6 |= entry->ifa_addr->sa_family == AF_INET6;
  }
  EXPECT_TRUE(v4 && v6);
}

}  // namespace
}  // namespace farcall::conformance
