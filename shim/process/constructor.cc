// Starts the library before the program's main(), and ends its work behind exit(3).
#include "shim/mappings/shared_mappings.h"
#include "start.h"

namespace {

__attribute__((constructor)) void construct() { farcall::shim::process::start(); }

__attribute__((destructor)) void destruct() { farcall::shim::mappings::write_back_all(); }

}  // namespace
