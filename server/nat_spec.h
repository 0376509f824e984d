// What `--if nat` says of the network behind it: user-mode NAT, for which nobody must be root.
//
//     [,net=A.B.C.D/N][,host=A.B.C.D][,net6=PREFIX/64][,host-loopback][,restrict]
//     [,forward=tcp|udp:[A.B.C.D:]PORT-[A.B.C.D:]PORT]...
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace farcall::server {

/// IPv4 addresses and ports are in the order of the machine.
struct NatSpec {
  struct Forward {
    bool is_udp;
    std::uint32_t host;
    std::uint16_t host_port;
    std::uint32_t kernel;  ///< 0: the kernel's first
    std::uint16_t kernel_port;
  };
  std::uint32_t network = 0x0a000200;  ///< 10.0.2.0
  int prefix = 24;
  std::uint32_t host = 0;            ///< the gateway; 0: the network's second address
  std::uint32_t kernel = 0;          ///< 0: the network's 15th address
  std::optional<in6_addr> network6;  ///< of 64 bits; the gateway is its second address
  bool host_loopback = false;        ///< the gateway's ports are those of the host's 127.0.0.1
  bool restricted = false;           ///< nothing goes out but answers to what was forwarded
  std::vector<Forward> forwards;

  [[nodiscard]] std::uint32_t gateway() const { return host != 0 ? host : network + 2; }
  [[nodiscard]] std::uint32_t name_server() const { return network + 3; }
  [[nodiscard]] std::uint32_t first_kernel() const { return kernel != 0 ? kernel : network + 15; }
};

inline constexpr std::string_view kNatForm =
    "nat[,net=A.B.C.D/N][,host=A.B.C.D][,net6=PREFIX/64][,host-loopback][,restrict]"
    "[,forward=tcp|udp:[A.B.C.D:]PORT-[A.B.C.D:]PORT]...";

/// Takes one of its settings; false: it is none, or a wrong one.
bool take_nat_setting(std::string_view setting, NatSpec& spec);
/// What is wrong with the settings together, if anything.
std::optional<std::string> contradiction(const NatSpec& spec);

std::string address_text(std::uint32_t address);
/// The address with that number (below 65536) in a network of 64 bits.
std::string address_text(const in6_addr& network, unsigned number);

}  // namespace farcall::server
