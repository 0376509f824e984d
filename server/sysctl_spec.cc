#include "server/sysctl_spec.h"

#include <charconv>

#include "netbsd/constants.h"
#include "server/sysctl_tree.h"

namespace farcall::server {
namespace {

std::optional<int> number_in(const std::string& text) {
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

}  // namespace

std::variant<SysctlSpec, Complaint> parse_sysctl_spec(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == 0 || equals == text.npos || equals + 1 == text.size()) {
    return Complaint{"'" + std::string(text) +
                     "' is nothing to set: that is NAME=VALUE, as net.inet.ip.forwarding=1"};
  }
  return SysctlSpec{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

std::optional<Complaint> set_sysctl(void* kernel, const SysctlSpec& spec) {
  SysctlTree tree;
  if (!tree.load(kernel)) return Complaint{"this kernel takes no system calls of its host"};
  const auto node = tree.find(spec.name);
  if (!node) return Complaint{"this kernel has no sysctl '" + spec.name + "'"};
  int error = 0;
  if (node->type == NB_CTLTYPE_STRING) {
    error = tree.set(node->path, spec.value);
  } else if (const auto number = number_in(spec.value)) {
    error = tree.set(node->path, *number);
  } else {
    return Complaint{"sysctl " + spec.name + " takes a number, not '" + spec.value + "'"};
  }
  if (error == 0) return std::nullopt;
  return Complaint{"sysctl " + spec.name + " does not take '" + spec.value + "': NetBSD error " +
                   std::to_string(error)};
}

}  // namespace farcall::server
