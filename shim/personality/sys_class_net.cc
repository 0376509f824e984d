#include "personality/netbsd.h"

#include "personality/sys_class_net.h"

#include <net/if.h>

#include <cerrno>

#include "personality/flags.h"
#include "personality/text.h"

namespace farcall::personality {
namespace {

using Writer = void (*)(const InterfaceInfo&, std::string&);

void put(std::string& out, unsigned long value) { append_format(out, "%lu\n", value); }

void put_hardware(std::string& out, const InterfaceInfo& one, bool broadcast) {
  constexpr unsigned kEthernet = 6;  // Linux shows zeros where the link has no addresses
  const unsigned size = one.hardware_size == 0 ? kEthernet : one.hardware_size;
  const bool all_ones = broadcast && (one.flags & NB_IFF_BROADCAST) != 0;
  for (unsigned i = 0; i < size; ++i) {
    const unsigned byte = all_ones ? 0xff : broadcast ? 0 : one.hardware[i];
    append_format(out, i == 0 ? "%02x" : ":%02x", byte);
  }
  out += '\n';
}

bool is_up(const InterfaceInfo& one) { return (one.flags & NB_IFF_UP) != 0; }

const char* operstate(const InterfaceInfo& one) {
  if (!is_up(one)) return "down\n";
  return (one.flags & NB_IFF_LOOPBACK) != 0 ? "unknown\n" : "up\n";
}

struct FileRow {
  const char* name;
  Writer write;
};

constexpr FileRow kFiles[] = {
    {"addr_assign_type", [](const InterfaceInfo&, std::string& out) { put(out, 0); }},
    {"addr_len",
     [](const InterfaceInfo& one, std::string& out) {
       put(out, one.hardware_size == 0 ? 6 : one.hardware_size);
     }},
    {"address", [](const InterfaceInfo& one, std::string& out) { put_hardware(out, one, false); }},
    {"broadcast", [](const InterfaceInfo& one, std::string& out) { put_hardware(out, one, true); }},
    {"carrier", [](const InterfaceInfo& one,
                   std::string& out) { put(out, (one.flags & NB_IFF_RUNNING) != 0); }},
    {"dev_id", [](const InterfaceInfo&, std::string& out) { out += "0x0\n"; }},
    {"dormant", [](const InterfaceInfo&, std::string& out) { put(out, 0); }},
    {"flags",
     [](const InterfaceInfo& one, std::string& out) {
       append_format(out, "0x%x\n", interface_flags_to_linux(one.flags) & ~unsigned{IFF_RUNNING});
     }},
    {"ifalias", [](const InterfaceInfo&, std::string& out) { out += "\n"; }},
    {"ifindex", [](const InterfaceInfo& one, std::string& out) { put(out, one.index); }},
    {"iflink", [](const InterfaceInfo& one, std::string& out) { put(out, one.index); }},
    {"link_mode", [](const InterfaceInfo&, std::string& out) { put(out, 0); }},
    {"mtu", [](const InterfaceInfo& one, std::string& out) { put(out, one.data.ifi_mtu); }},
    {"operstate", [](const InterfaceInfo& one, std::string& out) { out += operstate(one); }},
    {"tx_queue_len", [](const InterfaceInfo&, std::string& out) { put(out, 0); }},
    {"type", [](const InterfaceInfo& one, std::string& out) { put(out, hardware_type(one)); }},
    {"uevent",
     [](const InterfaceInfo& one, std::string& out) {
       append_format(out, "INTERFACE=%s\nIFINDEX=%u\n", one.name.c_str(), one.index);
     }},
};

constexpr FileRow kStatistics[] = {
    {"collisions",
     [](const InterfaceInfo& one, std::string& out) { put(out, one.data.ifi_collisions); }},
    {"multicast",
     [](const InterfaceInfo& one, std::string& out) { put(out, one.data.ifi_imcasts); }},
    {"rx_bytes", [](const InterfaceInfo& one, std::string& out) { put(out, one.data.ifi_ibytes); }},
    {"rx_dropped",
     [](const InterfaceInfo& one, std::string& out) { put(out, one.data.ifi_iqdrops); }},
    {"rx_errors",
     [](const InterfaceInfo& one, std::string& out) { put(out, one.data.ifi_ierrors); }},
    {"rx_packets",
     [](const InterfaceInfo& one, std::string& out) { put(out, one.data.ifi_ipackets); }},
    {"tx_bytes", [](const InterfaceInfo& one, std::string& out) { put(out, one.data.ifi_obytes); }},
    {"tx_dropped", [](const InterfaceInfo&, std::string& out) { put(out, 0); }},
    {"tx_errors",
     [](const InterfaceInfo& one, std::string& out) { put(out, one.data.ifi_oerrors); }},
    {"tx_packets",
     [](const InterfaceInfo& one, std::string& out) { put(out, one.data.ifi_opackets); }},
};

constexpr std::string_view kStatisticsName = "statistics";

/// A path below /sys/class/net, taken apart. `interface` is nullptr when there is none of that
/// name.
struct Place {
  const InterfaceInfo* interface = nullptr;
  std::string_view file;  ///< below the interface; empty: the interface's directory
  bool in_statistics = false;
};

Place find_place(const InterfaceList& list, std::string_view rest) {
  const std::size_t slash = rest.find('/');
  Place place;
  place.interface = find_interface(list, rest.substr(0, slash));
  if (slash == std::string_view::npos) return place;
  place.file = rest.substr(slash + 1);
  if (place.file == kStatisticsName || place.file.starts_with("statistics/")) {
    place.in_statistics = true;
    place.file.remove_prefix(std::min(kStatisticsName.size() + 1, place.file.size()));
  }
  return place;
}

std::span<const FileRow> rows_of(const Place& place) {
  return place.in_statistics ? std::span<const FileRow>(kStatistics)
                             : std::span<const FileRow>(kFiles);
}

const FileRow* find_row(const Place& place) {
  for (const FileRow& row : rows_of(place)) {
    if (place.file == row.name) return &row;
  }
  return nullptr;
}

}  // namespace

Sysret sys_class_net_file(const InterfaceList& list, std::string_view rest, std::string& contents) {
  if (rest.empty()) return -EISDIR;
  const Place place = find_place(list, rest);
  if (place.interface == nullptr) return -ENOENT;
  if (place.file.empty()) return -EISDIR;
  const FileRow* row = find_row(place);
  if (row == nullptr) return -ENOENT;
  contents.clear();
  row->write(*place.interface, contents);
  return 0;
}

Sysret sys_class_net_directory(const InterfaceList& list, std::string_view rest,
                               std::vector<std::string>& names) {
  if (rest.empty()) {
    for (const InterfaceInfo& one : list) names.push_back(one.name);
    return 0;
  }
  const Place place = find_place(list, rest);
  if (place.interface == nullptr) return -ENOENT;
  if (!place.file.empty()) return find_row(place) == nullptr ? -ENOENT : -ENOTDIR;
  for (const FileRow& row : rows_of(place)) names.emplace_back(row.name);
  if (!place.in_statistics) names.emplace_back(kStatisticsName);
  return 0;
}

}  // namespace farcall::personality
