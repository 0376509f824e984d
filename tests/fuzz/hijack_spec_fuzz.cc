// shim/decide/hijack_spec: RUMPHIJACK. Whatever it says, decisions on any path stay within that
// path.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "shim/decide/hijack_spec.h"

using namespace farcall::shim;

namespace {

void check(const std::string& text) {
  const auto parsed = parse_hijack(text);
  if (const auto* error = std::get_if<SpecError>(&parsed)) {
    if (error->message.empty() || error->message.find('\n') != std::string::npos) std::abort();
    return;
  }
  const auto& spec = std::get<HijackSpec>(parsed);
  for (const std::string_view path :
       {"/", "/rump", "/rump/x", "/rumpus", "//rump//", "/dev/bpf", ""}) {
    const auto kernel = spec.kernel_path(path);
    if (kernel && kernel->size() > path.size() + 1) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  // A newline or a NUL cannot be told apart in a message's one line; the environment has no NUL
  // either.
  for (char& c : text) {
    if (c == '\n' || c == '\0') c = ',';
  }
  check(text);
  check("path=/rump,socket=all:no" + text);
  check("blanket=/" + text);
  return 0;
}
