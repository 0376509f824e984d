// The sysctl nodes of the stack, and routing sockets.
#include "farcall/sysctl_names.h"
#include "net_testing.h"

namespace farcall::testing {
namespace {

class RouteTest : public NetTest {
 protected:
  static std::vector<char> sysctl(const std::vector<int>& name) {
    std::size_t size = 0;
    EXPECT_THAT(call(NB_SYS___sysctl, name.data(), name.size(), nullptr, &size, nullptr, 0),
                Succeeds());
    std::vector<char> value(size + 1024);
    size = value.size();
    EXPECT_THAT(call(NB_SYS___sysctl, name.data(), name.size(), value.data(), &size, nullptr, 0),
                Succeeds());
    value.resize(size);
    return value;
  }
  /// The types of the messages, in order.
  static std::vector<int> types(const std::vector<char>& messages) {
    std::vector<int> result;
    std::size_t offset = 0;
    while (offset + 4 <= messages.size()) {
      std::uint16_t length;
      std::memcpy(&length, messages.data() + offset, sizeof length);
      if (length == 0) {
        ADD_FAILURE() << "a message without length";
        break;
      }
      result.push_back(messages[offset + 3]);
      offset += length;
    }
    EXPECT_EQ(offset, messages.size());
    return result;
  }
};

std::string route_message(int type, const Address& to, const Address& mask,
                          const Address* gateway) {
  netbsd::rt_msghdr header = {};
  header.rtm_version = NB_RTM_VERSION;
  header.rtm_type = static_cast<unsigned char>(type);
  header.rtm_addrs = NB_RTA_DST | NB_RTA_NETMASK | (gateway != nullptr ? NB_RTA_GATEWAY : 0);
  header.rtm_seq = 42;
  std::string bytes(sizeof header, '\0');
  const auto add = [&bytes](const Address& address) {
    std::string part(reinterpret_cast<const char*>(&address.storage), address.length);
    part.resize((part.size() + 7) / 8 * 8);
    bytes += part;
  };
  add(to);
  if (gateway != nullptr) add(*gateway);
  add(mask);
  header.rtm_msglen = static_cast<unsigned short>(bytes.size());
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

TEST_F(RouteTest, IflistHasTheInterfaceAndItsAddresses) {
  const auto found = types(sysctl({NB_CTL_NET, NB_PF_ROUTE, 0, 0, NB_NET_RT_IFLIST, 0}));
  ASSERT_GE(found.size(), 3U);
  EXPECT_EQ(found[0], NB_RTM_IFINFO);
  EXPECT_EQ(found[1], NB_RTM_NEWADDR);
}

TEST_F(RouteTest, DumpHasTheLoopbackNetwork) {
  EXPECT_FALSE(types(sysctl({NB_CTL_NET, NB_PF_ROUTE, 0, NB_AF_INET, NB_NET_RT_DUMP, 0})).empty());
}

TEST_F(RouteTest, RoutesAreAddedFoundAndDeleted) {
  const int fd = open_socket(NB_AF_ROUTE, NB_SOCK_RAW);
  const Address net = v4("198.51.100.0"), mask = v4("255.255.255.0"), gateway = v4("127.0.0.9");
  EXPECT_THAT(send(fd, route_message(NB_RTM_ADD, net, mask, &gateway)), Succeeds());
  std::string answer;
  EXPECT_THAT(receive(fd, answer, 1000), Succeeds());
  netbsd::rt_msghdr header;
  std::memcpy(&header, answer.data(), sizeof header);
  EXPECT_EQ(header.rtm_seq, 42);
  EXPECT_NE(header.rtm_flags & NB_RTF_DONE, 0);
  EXPECT_THAT(send(fd, route_message(NB_RTM_ADD, net, mask, &gateway)), FailsWith(NB_EEXIST));
  EXPECT_THAT(
      send(fd, route_message(NB_RTM_GET, v4("198.51.100.7"), v4("255.255.255.255"), nullptr)),
      Succeeds());
  EXPECT_THAT(send(fd, route_message(NB_RTM_DELETE, net, mask, nullptr)), Succeeds());
  EXPECT_THAT(send(fd, route_message(NB_RTM_DELETE, net, mask, nullptr)), FailsWith(NB_ESRCH));
}

TEST_F(RouteTest, MalformedMessagesAreRefused) {
  const int fd = open_socket(NB_AF_ROUTE, NB_SOCK_RAW);
  EXPECT_THAT(send(fd, "short"), FailsWith(NB_EINVAL));
  std::string message = route_message(NB_RTM_GET, v4("1.2.3.4"), v4("0.0.0.0"), nullptr);
  for (std::size_t size = 0; size < message.size(); ++size) {
    std::string cut = message.substr(0, size);
    if (size >= 2) {
      const auto length = static_cast<std::uint16_t>(size);
      std::memcpy(cut.data(), &length, sizeof length);
    }
    call(NB_SYS_sendto, fd, cut.data(), cut.size(), 0, nullptr, 0);
  }
  message[sizeof(netbsd::rt_msghdr)] = '\xff';
  EXPECT_THAT(send(fd, message), FailsWith(NB_EINVAL));
}

TEST_F(RouteTest, PcblistShowsAListener) {
  const Listener listener = listen_at(v4("127.0.0.1"));
  const auto value = sysctl({NB_CTL_NET, NB_PF_INET, NB_IPPROTO_TCP, kSysctlPcbList, kSysctlPcbAll,
                             0, sizeof(netbsd::kinfo_pcb), 1000});
  ASSERT_EQ(value.size() % sizeof(netbsd::kinfo_pcb), 0U);
  bool found = false;
  for (std::size_t at = 0; at < value.size(); at += sizeof(netbsd::kinfo_pcb)) {
    netbsd::kinfo_pcb info;
    std::memcpy(&info, value.data() + at, sizeof info);
    found |= info.ki_tstate == NB_TCPS_LISTEN &&
             std::memcmp(&info.ki_s, &listener.address.storage, 8) == 0;
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace farcall::testing
