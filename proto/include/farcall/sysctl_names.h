// sysctl(7) numbers that NetBSD hands out while it runs, as the built-in kernel has them. Towards
// NetBSD itself ask for the node by name (sysctlnametomib(3), CTL_QUERY) instead.
#pragma once

namespace farcall {

/// The last number of net.inet.{tcp,udp,raw}.pcblist and net.inet6.{tcp6,udp6,raw6}.pcblist:
/// {CTL_NET, PF_INET or PF_INET6, IPPROTO_TCP, _UDP or _RAW, kSysctlPcbList, PCB_ALL, 0,
/// sizeof(kinfo_pcb), count}.
inline constexpr int kSysctlPcbList = 1024;
/// The argument after it that asks for all control blocks: sys/sysctl.h's PCB_ALL.
inline constexpr int kSysctlPcbAll = 0;

/// {CTL_VENDOR, kSysctlLabels}: a string that clients keep about the addresses of interfaces; what
/// stands in it is theirs (shim/personality/labels.h). The built-in kernel has it, in others a
/// client creates it.
inline constexpr int kSysctlLabels = 1025;
inline constexpr char kSysctlLabelsName[] = "farcall_labels";
inline constexpr unsigned kSysctlLabelsSize = 4096;

}  // namespace farcall
