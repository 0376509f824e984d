// kern.* and hw.*: what uname(3), sysconf(3) and their like ask.
#include <cstring>
#include <string>

#include "kernel/core/identity.h"
#include "kernel/core/proc.h"
#include "kernel/core/sysctl.h"
#include "netbsd/constants.h"
#include "netbsd/layouts.h"

namespace farcall::kernel {
namespace {

using Handler = SysctlHandler;

constexpr std::size_t kMaxHostname = 256;
std::string* hostname;
Nanoseconds boot_time;

Result<void> read_only(SysctlRequest& request, const void* value, std::size_t size) {
  if (!request.rest.empty()) return Error{NB_ENOTDIR};
  if (!request.new_value.empty()) return Error{NB_EPERM};
  sysctl_put(request, value, size);
  return {};
}

template <int kValue>
Result<void> integer(SysctlRequest& request) {
  int value = kValue;
  return read_only(request, &value, sizeof value);
}

Result<void> text(SysctlRequest& request, const char* value) {
  return read_only(request, value, std::strlen(value) + 1);
}

Result<void> kern_hostname(SysctlRequest& request) {
  sysctl_put(request, hostname->c_str(), hostname->size() + 1);
  if (request.new_value.empty()) return {};
  if (request.new_value.size() > kMaxHostname) return Error{NB_EINVAL};
  const auto* name = reinterpret_cast<const char*>(request.new_value.data());
  hostname->assign(name, strnlen(name, request.new_value.size()));
  return {};
}

Result<void> kern_boottime(SysctlRequest& request) {
  constexpr Nanoseconds kSecond = 1'000'000'000;
  netbsd::timespec value{boot_time / kSecond, boot_time % kSecond};
  return read_only(request, &value, sizeof value);
}

Result<void> kern_clockrate(SysctlRequest& request) {
  netbsd::clockinfo value{.hz = 100, .tick = 10000, .tickadj = 40, .stathz = 100, .profhz = 100};
  return read_only(request, &value, sizeof value);
}

struct Node {
  int top;
  int number;
  const char* name;
  SysctlType type;
  Handler handler;
};

constexpr auto kInteger = SysctlType::integer;
constexpr auto kString = SysctlType::string;
constexpr auto kStructure = SysctlType::structure;

const Node kNodes[] = {
    {NB_CTL_KERN, NB_KERN_OSTYPE, "ostype", kString,
     [](SysctlRequest& r) { return text(r, kOsType); }},
    {NB_CTL_KERN, NB_KERN_OSRELEASE, "osrelease", kString,
     [](SysctlRequest& r) { return text(r, kOsRelease); }},
    {NB_CTL_KERN, NB_KERN_OSREV, "osrevision", kInteger, integer<kOsRevision>},
    {NB_CTL_KERN, NB_KERN_VERSION, "version", kString,
     [](SysctlRequest& r) { return text(r, kVersion); }},
    {NB_CTL_KERN, NB_KERN_MAXPROC, "maxproc", kInteger, integer<30000>},
    {NB_CTL_KERN, NB_KERN_MAXFILES, "maxfiles", kInteger,
     integer<static_cast<int>(DescriptorTable::kMostDescriptors)>},
    {NB_CTL_KERN, NB_KERN_ARGMAX, "argmax", kInteger, integer<262144>},
    {NB_CTL_KERN, NB_KERN_SECURELVL, "securelevel", kInteger, integer<0>},
    {NB_CTL_KERN, NB_KERN_HOSTNAME, "hostname", kString, kern_hostname},
    {NB_CTL_KERN, NB_KERN_HOSTID, "hostid", kInteger, integer<0>},
    {NB_CTL_KERN, NB_KERN_DOMAINNAME, "domainname", kString,
     [](SysctlRequest& r) { return text(r, ""); }},
    {NB_CTL_KERN, NB_KERN_CLOCKRATE, "clockrate", kStructure, kern_clockrate},
    {NB_CTL_KERN, NB_KERN_BOOTTIME, "boottime", kStructure, kern_boottime},
    {NB_CTL_KERN, NB_KERN_POSIX1, "posix1version", kInteger, integer<200112>},
    {NB_CTL_KERN, NB_KERN_NGROUPS, "ngroups", kInteger, integer<16>},
    {NB_CTL_KERN, NB_KERN_JOB_CONTROL, "job_control", kInteger, integer<1>},
    {NB_CTL_KERN, NB_KERN_SAVED_IDS, "saved_ids", kInteger, integer<1>},
    {NB_CTL_KERN, NB_KERN_IOV_MAX, "iov_max", kInteger, integer<NB_IOV_MAX>},
    {NB_CTL_KERN, NB_KERN_FSYNC, "fsync", kInteger, integer<1>},
    {NB_CTL_KERN, NB_KERN_MONOTONIC_CLOCK, "monotonic_clock", kInteger, integer<200112>},
    {NB_CTL_HW, NB_HW_MACHINE, "machine", kString,
     [](SysctlRequest& r) { return text(r, kMachine); }},
    {NB_CTL_HW, NB_HW_MACHINE_ARCH, "machine_arch", kString,
     [](SysctlRequest& r) { return text(r, "x86_64"); }},
    {NB_CTL_HW, NB_HW_MODEL, "model", kString,
     [](SysctlRequest& r) { return text(r, "Farcall virtual CPU"); }},
    {NB_CTL_HW, NB_HW_NCPU, "ncpu", kInteger, integer<1>},
    {NB_CTL_HW, NB_HW_NCPUONLINE, "ncpuonline", kInteger, integer<1>},
    {NB_CTL_HW, NB_HW_BYTEORDER, "byteorder", kInteger, integer<1234>},
    {NB_CTL_HW, NB_HW_PAGESIZE, "pagesize", kInteger, integer<4096>},
    {NB_CTL_HW, NB_HW_ALIGNBYTES, "alignbytes", kInteger, integer<7>},
};

struct Top {
  int number;
  const char* name;
};
constexpr Top kTops[] = {{NB_CTL_KERN, "kern"}, {NB_CTL_NET, "net"}, {NB_CTL_HW, "hw"}};

}  // namespace

void sysctl_init() {
  char name[kMaxHostname] = "farcall";
  (void)rumpuser_getparam(RUMPUSER_PARAM_HOSTNAME, name, sizeof name);
  hostname = new std::string(name, strnlen(name, sizeof name));
  boot_time = realtime_now();
  for (const Top& top : kTops) {
    const int path[] = {top.number};
    sysctl_describe(path, top.name, SysctlType::node);
  }
  for (const Node& node : kNodes) {
    const int path[] = {node.top, node.number};
    sysctl_register(path, node.handler);
    sysctl_describe(path, node.name, node.type);
  }
}

}  // namespace farcall::kernel
