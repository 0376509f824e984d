// The registry of sysctl(7) nodes. It is filled while the kernel starts and only read afterwards.
#include "kernel/core/sysctl.h"

#include <algorithm>
#include <cstring>

#include "netbsd/constants.h"
#include "netbsd/layouts.h"

namespace farcall::kernel {
namespace {

struct Handler {
  std::vector<int> prefix;
  SysctlHandler run;
};

struct Description {
  std::vector<int> path;
  const char* name;
  SysctlType type;
};

struct Registry {
  std::vector<Handler> handlers;  // longest prefix first
  std::vector<Description> descriptions;
};

Registry& registry() {
  static Registry* const instance = new Registry;  // never destroyed: threads outlive exit handlers
  return *instance;
}

bool begins_with(std::span<const int> path, const std::vector<int>& prefix) {
  return path.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), path.begin());
}

netbsd::sysctlnode as_node(const Description& description) {
  netbsd::sysctlnode node{};
  node.sysctl_flags = NB_SYSCTL_VERSION | static_cast<unsigned>(description.type);
  node.sysctl_num = description.path.back();
  std::strncpy(node.sysctl_name, description.name, sizeof node.sysctl_name - 1);
  return node;
}

// CTL_QUERY: the nodes directly under `parent`.
Result<void> query(std::span<const int> parent, SysctlRequest& request) {
  for (const Description& each : registry().descriptions) {
    if (each.path.size() != parent.size() + 1) continue;
    if (!std::equal(parent.begin(), parent.end(), each.path.begin())) continue;
    netbsd::sysctlnode node = as_node(each);
    sysctl_put(request, &node, sizeof node);
  }
  if (request.old_value.empty()) return Error{NB_ENOENT};
  return {};
}

}  // namespace

void sysctl_register(std::span<const int> prefix, SysctlHandler handler) {
  auto& handlers = registry().handlers;
  auto place = std::find_if(handlers.begin(), handlers.end(), [&](const Handler& each) {
    return each.prefix.size() <= prefix.size();
  });
  handlers.insert(place, {{prefix.begin(), prefix.end()}, handler});
}

void sysctl_describe(std::span<const int> path, const char* name, SysctlType type) {
  registry().descriptions.push_back({{path.begin(), path.end()}, name, type});
}

Result<void> sysctl_run(std::span<const int> path, SysctlRequest& request) {
  if (!path.empty() && path.back() == NB_CTL_QUERY) {
    request.new_value = {};
    return query(path.first(path.size() - 1), request);
  }
  for (const Handler& each : registry().handlers) {
    if (!begins_with(path, each.prefix)) continue;
    request.rest = path.subspan(each.prefix.size());
    return each.run(request);
  }
  return Error{NB_EOPNOTSUPP};
}

void sysctl_put(SysctlRequest& request, const void* value, std::size_t size) {
  const auto* bytes = static_cast<const std::byte*>(value);
  request.old_value.insert(request.old_value.end(), bytes, bytes + size);
}

}  // namespace farcall::kernel
