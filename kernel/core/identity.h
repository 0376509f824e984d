// What the kernel says it is: NetBSD/amd64's system call ABI, as a program that speaks it expects.
#pragma once

namespace farcall::kernel {

inline constexpr char kOsType[] = "NetBSD";
inline constexpr char kOsRelease[] = "7.99.34";
inline constexpr int kOsRevision = 799003400;
inline constexpr char kMachine[] = "amd64";
inline constexpr char kVersion[] = "NetBSD 7.99.34 ABI, Farcall's built-in kernel\n";

}  // namespace farcall::kernel
