// Which libraries a kernel consists of.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "server/complaint.h"
#include "server/elf_symbols.h"

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

struct KernelLibrary {
  std::filesystem::path path;
  /// Of NetBSD's components, as far as they can be read.
  std::shared_ptr<const ElfSymbols> symbols;
  /// All that it needs is known to be there, so that the loader need not look for it at once.
  bool complete = false;
};

/// The files to load, each after what it needs. The complaint says what there is none of.
std::variant<std::vector<KernelLibrary>, Complaint> kernel_libraries(const KernelChoice& choice);

}  // namespace farcall::server
