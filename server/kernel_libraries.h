// Which libraries a kernel consists of.
#pragma once

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "server/complaint.h"

namespace farcall::server {

inline constexpr const char* kBuiltin = "builtin";
inline constexpr const char* kNetbsd = "netbsd";

struct KernelChoice {
  std::string name = kBuiltin;
  /// For NetBSD's: the components to load beside what every server needs.
  std::vector<std::string> components;
  /// For NetBSD's: components that are loaded, too, if they are installed.
  std::vector<std::string> optional_components;
};

/// The components that a NetBSD kernel has, if they are installed, without being asked for.
std::vector<std::string> usual_components();

/// The files to load, each after what it needs. The complaint says what there is none of.
std::variant<std::vector<std::filesystem::path>, Complaint> kernel_libraries(
    const KernelChoice& choice);

}  // namespace farcall::server
