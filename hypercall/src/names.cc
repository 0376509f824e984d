// Special names of rumpuser_open. A host file whose name looks like one can still be reached as
// ./NAME.
#include "names.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "farcall/hypercall.h"

namespace farcall::hypercall {
namespace {

struct Registry {
  std::mutex mutex;
  std::map<std::string, NameFamily, std::less<>> families = {{"tap:", {open_tap, nullptr}}};
};

Registry& registry() {
  static Registry& instance = *new Registry;
  return instance;
}

bool is_prefix(std::string_view text) {
  if (text.size() < 2 || text.back() != ':') return false;
  text.remove_suffix(1);
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

}  // namespace

std::optional<NameFamily> find_name_family(const char* name) {
  const std::string_view whole = name;
  const std::size_t colon = whole.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto& [mutex, families] = registry();
  std::lock_guard lock(mutex);
  const auto found = families.find(whole.substr(0, colon + 1));
  return found == families.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace farcall::hypercall

int farcall_hypercall_register_names(const char* prefix, int (*open)(const char*, int),
                                     int (*getfileinfo)(const char*, uint64_t*, int*)) {
  using namespace farcall::hypercall;
  if (!is_prefix(prefix)) return EINVAL;
  auto& [mutex, families] = registry();
  std::lock_guard lock(mutex);
  return families.try_emplace(prefix, NameFamily{open, getfileinfo}).second ? 0 : EEXIST;
}
