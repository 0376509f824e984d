// The console that a fresh client process has under descriptors 0 to 2, so that its first own
// descriptor is 3, as in NetBSD's rump kernels. What is written goes to the host's console, a read
// is at the end at once.
#pragma once

namespace farcall::kernel {

class DescriptorTable;

/// Opens the console three times in an empty table.
void console_open_standard(DescriptorTable& table);

}  // namespace farcall::kernel
