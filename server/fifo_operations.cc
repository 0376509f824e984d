#include "server/fifo_operations.h"

#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string_view>

#include "server/component_catalog.h"
#include "server/kernel_symbol.h"

namespace farcall::server {
namespace {

/// vnodeopv_desc of NetBSD's sys/vnode.h: which vector is made of which entries.
struct OperationsDescription {
  void* vector;
  const void* entries;
};

void* handle_of(const std::vector<LoadedComponent>& components, std::string_view name) {
  for (const auto& each : components) {
    if (component_name(each.library.path.string()) == name) return each.handle;
  }
  return nullptr;
}

/// The description is constant, so the loader has taken the right to write to it away.
void set_entries(OperationsDescription& description, const void* entries) {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto first = reinterpret_cast<std::uintptr_t>(&description) & ~(page - 1);
  const auto end = reinterpret_cast<std::uintptr_t>(&description + 1);
  auto* const start = reinterpret_cast<void*>(first);
  if (mprotect(start, end - first, PROT_READ | PROT_WRITE) != 0) return;
  description.entries = entries;
  mprotect(start, end - first, PROT_READ);
}

}  // namespace

void prefer_working_fifos(const std::vector<LoadedComponent>& components) {
  void* const vfs = handle_of(components, "rumpvfs");
  void* const fifofs = handle_of(components, "rumpvfs_fifofs");
  if (vfs == nullptr || fifofs == nullptr) return;
  OperationsDescription* description = nullptr;
  const void* entries = nullptr;
  if (take(vfs, "rumpns_fifo_vnodeop_opv_desc", description) &&
      take(fifofs, "rumpns_fifo_vnodeop_entries", entries)) {
    set_entries(*description, entries);
  }
}

}  // namespace farcall::server
