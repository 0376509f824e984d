// Parts of this installation that are loaded when they are first needed, so that who does not need
// them need not wait for them, nor for the libraries that they use.
#pragma once

#include <string>
#include <variant>

#include "server/complaint.h"

namespace farcall::server {

/// Loads `library` ("libfarcall-nat.so"), for good, and returns the address of its `function`. Any
/// thread; reads files.
std::variant<void*, Complaint> load_function(const std::string& library, const char* function);

}  // namespace farcall::server
