#include "server/sysctl_spec.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <vector>

#include "netbsd/constants.h"
#include "netbsd/layouts.h"
#include "server/kernel_calls.h"

namespace farcall::server {
namespace {

constexpr std::size_t kMostDepth = 12;  // CTL_MAXNAME
constexpr std::size_t kMostNodes = 512;

using Path = std::vector<int>;

int sysctl(const KernelCalls& call, const Path& path, void* old, std::size_t* old_size,
           const void* value, std::size_t size) {
  using Calls = KernelCalls;
  return call(NB_SYS___sysctl, {Calls::pointer(path.data()), path.size(), Calls::pointer(old),
                                Calls::pointer(old_size), Calls::pointer(value), size})
      .error;
}

/// The number of node `name` below `parent`.
std::optional<int> child(const KernelCalls& call, Path parent, std::string_view name) {
  parent.push_back(NB_CTL_QUERY);
  netbsd::sysctlnode query = {};
  query.sysctl_flags = NB_SYSCTL_VERSION;
  std::vector<netbsd::sysctlnode> nodes(kMostNodes);
  std::size_t size = nodes.size() * sizeof query;
  if (sysctl(call, parent, nodes.data(), &size, &query, sizeof query) != 0) return std::nullopt;
  nodes.resize(std::min(size / sizeof query, nodes.size()));
  for (const auto& node : nodes) {
    const auto length = strnlen(node.sysctl_name, sizeof node.sysctl_name);
    if (name == std::string_view(node.sysctl_name, length)) return node.sysctl_num;
  }
  return std::nullopt;
}

/// Empty: there is no such node.
Path find(const KernelCalls& call, std::string_view name) {
  Path path;
  for (std::size_t at = 0; at <= name.size() && path.size() < kMostDepth;) {
    const auto part = name.substr(at, name.find('.', at) - at);
    const auto number = child(call, path, part);
    if (!number) return {};
    path.push_back(*number);
    at += part.size() + 1;
  }
  return path;
}

}  // namespace

std::variant<SysctlSpec, Complaint> parse_sysctl_spec(std::string_view text) {
  SysctlSpec spec;
  const auto equals = text.find('=');
  const auto digits = equals == text.npos ? std::string_view() : text.substr(equals + 1);
  const char* end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, spec.value);
  if (equals == 0 || error != std::errc() || stopped != end) {
    return Complaint{"'" + std::string(text) +
                     "' is nothing to set: that is NAME=NUMBER, as net.inet.ip.forwarding=1"};
  }
  spec.name = text.substr(0, equals);
  return spec;
}

std::optional<Complaint> set_sysctl(void* kernel, const SysctlSpec& spec) {
  KernelCalls call;
  if (!call.load(kernel)) return Complaint{"this kernel takes no system calls of its host"};
  const Path path = find(call, spec.name);
  if (path.empty()) return Complaint{"this kernel has no sysctl '" + spec.name + "'"};
  const int error = sysctl(call, path, nullptr, nullptr, &spec.value, sizeof spec.value);
  if (error == 0) return std::nullopt;
  return Complaint{"sysctl " + spec.name + " does not take " + std::to_string(spec.value) +
                   ": NetBSD error " + std::to_string(error)};
}

}  // namespace farcall::server
