// NetBSD's ABI beside Linux's headers. <net/if.h> has macros with the names of members that
// NetBSD's structures also have, so this header comes before it.
#pragma once

#ifdef ifr_name
#error "include personality/netbsd.h before <net/if.h>"
#endif

#include "netbsd/constants.h"  // IWYU pragma: export
#include "netbsd/layouts.h"    // IWYU pragma: export
#include "netbsd/syscalls.h"   // IWYU pragma: export
