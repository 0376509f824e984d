// Starts the library before the program's main().
#include "start.h"

namespace {

__attribute__((constructor)) void construct() { farcall::shim::process::start(); }

}  // namespace
