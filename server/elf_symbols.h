// The dynamic symbols of a shared object in a file, read without loading it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace farcall::server {

struct ElfSymbols {
  std::vector<std::string> defined;
  std::vector<std::string> weak;    ///< those of them that others' definitions go before
  std::vector<std::string> wanted;  ///< undefined, and not weak
};

/// Nothing when the file cannot be read, or is no 64-bit shared object of this machine's byte
/// order.
std::optional<ElfSymbols> read_elf_symbols(const std::filesystem::path& path);

}  // namespace farcall::server
