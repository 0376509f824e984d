// farcall/url.h: server URLs, from the command line and the environment.
#include <cstdlib>
#include <string>

#include "farcall/url.h"

namespace {

void check(std::string_view text) {
  const auto url = farcall::parse_url(text);
  if (!url.ok()) return;
  const int family = url->family();
  if (family != AF_UNIX && family != AF_INET && family != AF_INET6) std::abort();
  if (url->length > sizeof(sockaddr_un)) std::abort();
  if (family == AF_UNIX && url->local.sun_path[sizeof url->local.sun_path - 1] != '\0')
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(text);
  for (const char* scheme : {"unix://", "tcp://1.2.3.4:", "tcp://", "tcp6://[::1]:", "tcp6://["}) {
    check(std::string(scheme).append(text));
  }
  return 0;
}
