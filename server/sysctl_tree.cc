#include "server/sysctl_tree.h"

#include <algorithm>
#include <cstring>

#include "netbsd/constants.h"
#include "netbsd/layouts.h"

namespace farcall::server {
namespace {

constexpr std::size_t kMostDepth = 12;  // CTL_MAXNAME
constexpr std::size_t kMostNodes = 512;

}  // namespace

int SysctlTree::sysctl(const Path& path, void* old, std::size_t* old_size, const void* value,
                       std::size_t size) const {
  using Calls = KernelCalls;
  return call_(NB_SYS___sysctl, {Calls::pointer(path.data()), path.size(), Calls::pointer(old),
                                 Calls::pointer(old_size), Calls::pointer(value), size})
      .error;
}

std::optional<SysctlTree::Node> SysctlTree::child(const Path& parent, std::string_view name) const {
  Path path = parent;
  path.push_back(NB_CTL_QUERY);
  netbsd::sysctlnode query = {};
  query.sysctl_flags = NB_SYSCTL_VERSION;
  std::vector<netbsd::sysctlnode> nodes(kMostNodes);
  std::size_t size = nodes.size() * sizeof query;
  if (sysctl(path, nodes.data(), &size, &query, sizeof query) != 0) return std::nullopt;
  nodes.resize(std::min(size / sizeof query, nodes.size()));
  for (const auto& node : nodes) {
    const auto length = strnlen(node.sysctl_name, sizeof node.sysctl_name);
    if (name != std::string_view(node.sysctl_name, length)) continue;
    path.back() = node.sysctl_num;
    return Node{path, node.sysctl_flags & NB_SYSCTL_TYPEMASK};
  }
  return std::nullopt;
}

std::optional<SysctlTree::Node> SysctlTree::find(std::string_view name) const {
  std::optional<Node> node = Node{};
  for (std::size_t at = 0; at <= name.size();) {
    if (node->path.size() == kMostDepth) return std::nullopt;
    const auto part = name.substr(at, name.find('.', at) - at);
    node = child(node->path, part);
    if (!node) return std::nullopt;
    at += part.size() + 1;
  }
  return node;
}

int SysctlTree::set(const Path& path, int value) const {
  return sysctl(path, nullptr, nullptr, &value, sizeof value);
}

int SysctlTree::set(const Path& path, const std::string& value) const {
  return sysctl(path, nullptr, nullptr, value.c_str(), value.size() + 1);
}

}  // namespace farcall::server
