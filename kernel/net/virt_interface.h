// virtN: Ethernet on a tap device of the host, as NetBSD's virt(4).
#pragma once

#include <string_view>

#include "farcall/result.h"

namespace farcall::kernel {

/// `name` is virt0, virt1 …; NB_EINVAL for another, NB_EEXIST.
Result<void> virt_create(std::string_view name);
/// NB_ENXIO when there is none, NB_EINVAL when it is not a virt interface.
Result<void> virt_destroy(std::string_view name);
/// Connects it to the host's device `link` ("tap0"); empty: disconnects it. Errors of
/// rumpuser_open.
Result<void> virt_set_link(std::string_view name, std::string_view link);

}  // namespace farcall::kernel
