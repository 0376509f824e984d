#include "environment.h"

#include <array>
#include <string_view>

namespace farcall::shim::process {

namespace {

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

char* find_entry(char* const environment[], std::string_view name) {
  for (char* const* entry = environment; entry != nullptr && *entry != nullptr; ++entry) {
    if (std::string_view(*entry).starts_with(name)) return *entry;
  }
  return nullptr;
}

bool leaves_kernel(char* const environment[]) {
  const char* preload = find_entry(environment, kPreload);
  return preload != nullptr && std::string_view(preload).find(kLibrary) == std::string_view::npos;
}

ExtendedEnvironment::ExtendedEnvironment(char* const environment[], std::span<char* const> lasting,
                                         std::initializer_list<char*> entries)
    : entries_(count_entries(environment) + lasting.size() + entries.size() + 1) {
  if (!ok()) return;
  for (char* const* each = environment; each != nullptr && *each != nullptr; ++each) {
    if (!is_ours(*each)) entries_.push_back(*each);
  }
  for (char* entry : lasting) {
    const std::string_view text = entry;
    if (find_entry(environment, text.substr(0, text.find('=') + 1)) == nullptr) {
      entries_.push_back(entry);
    }
  }
  for (char* entry : entries) {
    if (entry != nullptr) entries_.push_back(entry);
  }
  entries_.push_back(nullptr);
}

}  // namespace farcall::shim::process
