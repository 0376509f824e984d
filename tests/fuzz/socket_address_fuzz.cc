// shim/personality/sockaddr: addresses from programs and from kernels, of any length and contents.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "personality/sockaddr.h"

using namespace farcall::personality;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A copy of exactly this size, so that a sanitizer sees a read past its end.
  const std::vector<std::uint8_t> bytes(data, data + size);
  const auto kernel = address_to_netbsd(reinterpret_cast<const sockaddr*>(bytes.data()),
                                        static_cast<socklen_t>(size));
  if (kernel.ok() && kernel->size > KernelAddress::kMax) std::abort();

  const LinuxAddress linux_address = address_to_linux(bytes.data(), size);
  if (linux_address.size > sizeof linux_address.storage) std::abort();
  sockaddr_storage out;
  socklen_t length = size == 0 ? 0 : static_cast<socklen_t>(data[0] % (sizeof out + 1));
  if (store_address(linux_address, reinterpret_cast<sockaddr*>(&out), &length) == 0 &&
      length != linux_address.size) {
    std::abort();
  }
  return 0;
}
