#include "environment.h"

#include <array>
#include <string_view>

namespace farcall::shim::process {

namespace {

constexpr std::string_view kPreload = "LD_PRELOAD=";
constexpr std::string_view kLibrary = "libfarcall";
constexpr std::array<std::string_view, 3> kOurs{
    "FARCALL_EXEC=", "FARCALL_SPAWN=", "FARCALL_DIRECTORY="};

std::size_t count_entries(char* const environment[]) {
  std::size_t count = 0;
  while (environment != nullptr && environment[count] != nullptr) ++count;
  return count;
}

bool is_ours(std::string_view entry) {
  for (const std::string_view name : kOurs) {
    if (entry.starts_with(name)) return true;
  }
  return false;
}

}  // namespace

bool carries_shim(char* const environment[]) {
  for (char* const* entry = environment; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (text.starts_with(kPreload)) return text.find(kLibrary) != std::string_view::npos;
  }
  return false;
}

ExtendedEnvironment::ExtendedEnvironment(char* const environment[],
                                         std::initializer_list<char*> entries)
    : entries_(count_entries(environment) + entries.size() + 1) {
  if (!ok()) return;
  for (char* const* each = environment; each != nullptr && *each != nullptr; ++each) {
    if (!is_ours(*each)) entries_.push_back(*each);
  }
  for (char* entry : entries) {
    if (entry != nullptr) entries_.push_back(entry);
  }
  entries_.push_back(nullptr);
}

}  // namespace farcall::shim::process
