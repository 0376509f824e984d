#include "hijack_spec.h"

#include <strings.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace farcall::shim {

namespace {

constexpr int kNoLinuxFamily = -1;

struct Named {
  std::string_view name;
  int value;
};

/// rumphijack(3)'s names first, then those that a Linux user would try.
constexpr std::array kFamilies{
    Named{"local", AF_UNIX},       Named{"inet", AF_INET},          Named{"inet6", AF_INET6},
    Named{"route", AF_NETLINK},    Named{"link", AF_PACKET},        Named{"oroute", kNoLinuxFamily},
    Named{"mpls", kNoLinuxFamily}, Named{"unix", AF_UNIX},          Named{"netlink", AF_NETLINK},
    Named{"packet", AF_PACKET},    Named{"bluetooth", AF_BLUETOOTH}};

constexpr std::array kVfsCalls{Named{"nfssvc", 0}, Named{"getvfsstat", 0}, Named{"fhcalls", 0}};

/// Cuts the next element off the front of a list. Empty elements are skipped, as strtok(3) does.
std::optional<std::string_view> next_element(std::string_view& list, char separator) {
  while (!list.empty() && list.front() == separator) list.remove_prefix(1);
  if (list.empty()) return std::nullopt;
  const std::string_view element = list.substr(0, list.find(separator));
  list.remove_prefix(element.size());
  return element;
}

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

using Failure = std::optional<SpecError>;

SpecError failure(std::string message) { return SpecError{std::move(message)}; }

/// Reads `[all|none][:[no]name]…`; `set` is told of each name, with nullptr for all and none.
template <class Names, class Set>
Failure parse_choice(std::string_view key, std::string_view value, const Names& names, Set set) {
  bool first = true;
  while (const auto element = next_element(value, ':')) {
    std::string_view name = *element;
    const bool whole = first && (name == "all" || name == "none");
    first = false;
    if (whole) {
      set(nullptr, name == "all");
      continue;
    }
    const bool enabled = !name.starts_with("no");
    if (!enabled) name.remove_prefix(2);
    const auto row = std::ranges::find(names, name, &Named::name);
    if (row == std::end(names)) {
      std::string known;
      for (const Named& each : names) known += (known.empty() ? "" : ", ") + std::string(each.name);
      return failure(
          std::string(key) + "= does not know " + quoted(*element) +
          "; it takes all or none first, then names, each with or without a leading no: " + known);
    }
    set(&*row, enabled);
  }
  return std::nullopt;
}

Failure parse_sockets(std::string_view value, HijackSpec& spec) {
  return parse_choice("socket", value, kFamilies, [&](const Named* family, bool enabled) {
    if (family == nullptr) {
      spec.sockets.set_all(enabled);
    } else if (family->value != kNoLinuxFamily) {
      spec.sockets.set(family->value, enabled);
    }
  });
}

Failure parse_vfs(std::string_view value, HijackSpec&) {
  return parse_choice("vfs", value, kVfsCalls, [](const Named*, bool) {});
}

Failure parse_path(std::string_view value, HijackSpec& spec) {
  if (!value.starts_with('/') || value.size() < 2) {
    return failure("path= needs an absolute directory below the root, such as path=/rump, not " +
                   quoted(value));
  }
  const bool only_slashes = value.find_first_not_of('/') == std::string_view::npos;
  if (value.ends_with('/') && !only_slashes) {
    return failure("path= must not end in a slash: " + quoted(value));
  }
  spec.prefix = value;
  return std::nullopt;
}

Failure parse_blanket(std::string_view value, HijackSpec& spec) {
  while (const auto path = next_element(value, ':')) {
    if (!path->starts_with('/') || path->ends_with('/')) {
      return failure(
          "blanket= needs absolute paths without a slash at the end, joined by colons, not " +
          quoted(*path));
    }
    spec.blankets.emplace_back(*path);
  }
  return std::nullopt;
}

Failure parse_sysctl(std::string_view value, HijackSpec&) {
  const std::string text(value);
  for (const char* word : {"y", "yes", "n", "no"}) {
    if (strcasecmp(text.c_str(), word) == 0) return std::nullopt;
  }
  return failure("sysctl= takes yes or no, not " + quoted(value));
}

Failure parse_fdoff(std::string_view value, HijackSpec&) {
  int offset = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), offset);
  if (error == std::errc{} && end == value.data() + value.size() && offset >= 3)
    return std::nullopt;
  return failure("fdoff= takes a number of at least 3, not " + quoted(value));
}

struct Option {
  std::string_view name;
  Failure (*parse)(std::string_view value, HijackSpec& spec);
  bool needs_value;
};

constexpr std::array kOptions{
    Option{"socket", parse_sockets, true},  Option{"path", parse_path, true},
    Option{"blanket", parse_blanket, true}, Option{"vfs", parse_vfs, true},
    Option{"sysctl", parse_sysctl, false},  Option{"fdoff", parse_fdoff, true},
};

Failure parse_option(std::string_view text, HijackSpec& spec) {
  const std::size_t equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  const auto option = std::ranges::find(kOptions, name, &Option::name);
  if (option == kOptions.end()) {
    return failure("unknown " + quoted(name) +
                   "; known are socket=, path=, blanket=, vfs=, sysctl= and fdoff=");
  }
  if (equals == std::string_view::npos) {
    if (!option->needs_value) return std::nullopt;
    return failure(std::string(name) + " needs a value: " + std::string(name) + "=…");
  }
  return option->parse(text.substr(equals + 1), spec);
}

}  // namespace

void SocketFamilies::set_all(bool hijacked) {
  all_ = hijacked;
  exceptions_.clear();
}

void SocketFamilies::set(int family, bool hijacked) { exceptions_.emplace_back(family, hijacked); }

bool SocketFamilies::hijacked(int family) const {
  bool result = all_;
  for (const auto& [exception, value] : exceptions_) {
    if (exception == family) result = value;
  }
  return result;
}

bool HijackSpec::sees_kernel_network() const {
  return is_kernel_socket(AF_INET) || is_kernel_socket(AF_INET6);
}

namespace {

/// What follows `prefix`, which may end with a slash, in `path`, from a slash on.
std::optional<std::string_view> path_below(std::string_view prefix, std::string_view path) {
  if (prefix.empty() || !path.starts_with(prefix)) return std::nullopt;
  const std::string_view rest = path.substr(prefix.size());
  if (rest.empty()) return "/";
  if (rest.front() == '/') return rest;
  if (prefix.back() == '/') return path.substr(prefix.size() - 1);
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> HijackSpec::kernel_path_from_root(std::string_view path) const {
  return prefix.empty() ? std::nullopt : path_below(std::string_view(prefix).substr(1), path);
}

std::optional<std::string_view> HijackSpec::kernel_path(std::string_view path) const {
  if (const auto below = path_below(prefix, path)) return below;
  for (const std::string& blanket : blankets) {
    if (path.starts_with(blanket)) return path;
  }
  return std::nullopt;
}

std::string HijackSpec::program_path(std::string_view kernel_path) const {
  for (const std::string& blanket : blankets) {
    if (kernel_path.starts_with(blanket)) return std::string(kernel_path);
  }
  if (prefix.empty()) return std::string(kernel_path);
  return kernel_path == "/" ? prefix : prefix + std::string(kernel_path);
}

std::variant<HijackSpec, SpecError> parse_hijack(std::string_view text) {
  HijackSpec spec;
  while (const auto option = next_element(text, ',')) {
    if (auto error = parse_option(*option, spec)) return std::move(*error);
  }
  return spec;
}

}  // namespace farcall::shim
