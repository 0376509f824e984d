// Whose the directory is that relative paths start from: the host's until a chdir into the kernel.
// Both sides keep a working directory; this says which of them the program has.
#pragma once

#include <string>

namespace farcall::shim::calls::working_directory {

/// One load; false until a chdir below path= of RUMPHIJACK, and after one to elsewhere.
bool is_kernel();

/// After exec: what the program before had.
void inherit();
/// The environment's entry that tells inherit() so; NULL for the host's directory.
char* environment_entry();

/// The program's absolute name of the kernel's working directory. 0 or -errno.
long kernel_name(std::string& name);

}  // namespace farcall::shim::calls::working_directory
