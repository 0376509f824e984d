// Marks what the kernel's shared object offers to C callers: its host, and liblwip.
#pragma once

#define FARCALL_EXPORT [[gnu::visibility("default")]]
