#include "lasting_environment.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "environment.h"

namespace farcall::shim::process {

namespace {

constexpr std::array<std::string_view, 4> kOfTheKernel{
    "RUMP_SERVER=", "RUMPHIJACK=", "RUMPHIJACK_RETRYCONNECT=", "FARCALL_FEATURES="};

constinit std::array<char*, kOfTheKernel.size() + 1> entries{};
constinit std::size_t count = 0;

/// Programs write over the environment that they were given, setproctitle(3) does.
void remember(const std::string& entry) {
  char* copy = strdup(entry.c_str());
  if (copy != nullptr) entries[count++] = copy;
}

/// Others that were preloaded with it are their own masters' business.
void remember_preload(std::string_view entry) {
  constexpr std::string_view kSeparators = ": ";
  entry.remove_prefix(kPreload.size());
  while (!entry.empty()) {
    const std::string_view library = entry.substr(0, entry.find_first_of(kSeparators));
    if (library.find(kLibrary) != std::string_view::npos) {
      return remember(std::string(kPreload).append(library));
    }
    entry.remove_prefix(std::min(library.size() + 1, entry.size()));
  }
}

}  // namespace

void remember_environment() {
  for (char* const* each = environ; each != nullptr && *each != nullptr; ++each) {
    if (std::string_view(*each).starts_with(kPreload)) remember_preload(*each);
  }
  for (const std::string_view name : kOfTheKernel) {
    if (const char* entry = find_entry(environ, name)) remember(entry);
  }
}

std::span<char* const> lasting_environment() { return {entries.data(), count}; }

}  // namespace farcall::shim::process
