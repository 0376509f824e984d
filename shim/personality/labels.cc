#include "personality/labels.h"

#include "personality/netbsd.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "farcall/sysctl_names.h"
#include "personality/sysctl.h"
#include "personality/text.h"

namespace farcall::personality {
namespace {

const SysctlName kNode = {NB_CTL_VENDOR, kSysctlLabels};

std::string_view interface_of(std::string_view label) { return label.substr(0, label.find(':')); }

const Label* kept_for(const Labels& labels, std::string_view interface, std::uint32_t address) {
  const auto found = std::ranges::find_if(labels, [&](const Label& one) {
    return one.address == address && interface_of(one.name) == interface;
  });
  return found == labels.end() ? nullptr : &*found;
}

bool has_name(const InterfaceInfo& interface, std::string_view name) {
  return std::ranges::any_of(interface.ipv4,
                             [&](const Ip4Address& one) { return one.label == name; });
}

/// The first name that no address of the interface has.
std::string free_name(const InterfaceInfo& interface) {
  std::string name = interface.name;
  for (unsigned number = 0; has_name(interface, name); ++number) {
    name = interface.name + ":" + std::to_string(number);
  }
  return name;
}

void name_addresses_of(InterfaceInfo& interface, const Labels& labels) {
  for (Ip4Address& address : interface.ipv4) address.label.clear();
  for (Ip4Address& address : interface.ipv4) {
    const Label* kept = kept_for(labels, interface.name, address.address);
    if (kept != nullptr && !has_name(interface, kept->name)) address.label = kept->name;
  }
  for (Ip4Address& address : interface.ipv4) {
    if (address.label.empty()) address.label = free_name(interface);
  }
}

Sysret create_node() {
  netbsd::sysctlnode node = {};
  node.sysctl_flags =
      NB_SYSCTL_VERSION | NB_CTLTYPE_STRING | NB_CTLFLAG_READWRITE | NB_CTLFLAG_OWNDATA;
  node.sysctl_num = kSysctlLabels;
  std::memcpy(node.sysctl_name, kSysctlLabelsName, sizeof kSysctlLabelsName);
  const std::size_t size = kSysctlLabelsSize;
  std::memcpy(&node._sysctl_size, &size, sizeof size);
  return sysctl_write({NB_CTL_VENDOR, NB_CTL_CREATE}, &node, sizeof node);
}

void write_labels(Labels labels) {
  std::string text = format_labels(labels);
  while (text.size() >= kSysctlLabelsSize) {
    labels.erase(labels.begin());  // the oldest is counted from now on
    text = format_labels(labels);
  }
  const auto write = [&] { return sysctl_write(kNode, text.c_str(), text.size() + 1); };
  if (write() == -ENOENT && create_node() == 0) write();
}

}  // namespace

Labels parse_labels(std::string_view text) {
  Labels labels;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t space = line.find(' ');
    if (space == 0 || space == std::string_view::npos) continue;
    in_addr address;
    if (inet_pton(AF_INET, std::string(line.substr(space + 1)).c_str(), &address) != 1) continue;
    labels.push_back({std::string(line.substr(0, space)), address.s_addr});
  }
  return labels;
}

std::string format_labels(const Labels& labels) {
  std::string text;
  for (const Label& one : labels) {
    char address[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &one.address, address, sizeof address);
    append_format(text, "%s %s\n", one.name.c_str(), address);
  }
  return text;
}

void name_addresses(InterfaceList& list, const Labels& labels) {
  for (InterfaceInfo& interface : list) name_addresses_of(interface, labels);
}

Labels read_labels() {
  std::vector<std::byte> value;
  if (sysctl_read(kNode, value) < 0) return {};
  const std::string_view text(reinterpret_cast<const char*>(value.data()), value.size());
  return parse_labels(text.substr(0, text.find('\0')));
}

void keep_label(std::string_view name, std::uint32_t address) {
  Labels labels = read_labels();
  std::erase_if(labels,
                [&](const Label& one) { return one.name == name || one.address == address; });
  labels.push_back({std::string(name), address});
  write_labels(std::move(labels));
}

void forget_label(std::uint32_t address) {
  Labels labels = read_labels();
  const auto gone = std::erase_if(labels, [&](const Label& one) { return one.address == address; });
  if (gone > 0) write_labels(std::move(labels));
}

}  // namespace farcall::personality
