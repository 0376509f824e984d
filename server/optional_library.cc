#include "server/optional_library.h"

#include <dlfcn.h>

#include "server/install_paths.h"

namespace farcall::server {

std::variant<void*, Complaint> load_function(const std::string& library, const char* function) {
  const auto path = find_library(library);
  if (!path) return Complaint{library + " is not installed beside this program"};
  void* const loaded = dlopen(path->c_str(), RTLD_LAZY | RTLD_LOCAL);
  void* const address = loaded == nullptr ? nullptr : dlsym(loaded, function);
  if (address == nullptr) return Complaint{library + " cannot be loaded: " + dlerror()};
  return address;
}

}  // namespace farcall::server
