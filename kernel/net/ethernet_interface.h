// Ethernet interfaces: virtN on a tap device of the host's, as NetBSD's virt(4), and shmifN on a
// bus in a file, as shmif(4).
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "farcall/result.h"
#include "kernel/net/interface.h"

namespace farcall::kernel {

/// The drivers: what the names begin with.
std::vector<std::string_view> ethernet_drivers();
/// `name` is a driver's and a number; NB_EINVAL for another, NB_EEXIST.
Result<void> ethernet_create(std::string_view name);
/// NB_ENXIO when there is none, NB_EINVAL when it is not an Ethernet interface.
Result<void> ethernet_destroy(std::string_view name);
/// Connects it to what `link` names for its driver ("tap0", "/path/of/bus"); empty: disconnects it.
/// Errors of opening that.
Result<void> ethernet_set_link(std::string_view name, std::string_view link);
/// Whether a process of the kernel's may choose the link. The names of files are the host's alone
/// to give.
bool ethernet_link_is_open(const Interface& interface);

bool is_ethernet(const Interface& interface);

/// Sees the frames that come in, before the stack, while the interface is up. Does not sleep.
class FrameListener {
 public:
  FrameListener() = default;
  virtual ~FrameListener() = default;
  /// True: it was for the listener, the stack need not see it.
  virtual bool frame(std::span<const std::byte> frame) = 0;
  /// The interface is no more.
  virtual void interface_gone() = 0;
};
/// The one listener of an Ethernet interface, which stays the caller's; nullptr: none any more.
void ethernet_listen(Interface& interface, FrameListener* listener);
bool ethernet_has_listener(const Interface& interface);
/// Sends a frame, past the stack. A frame that cannot be sent is lost.
void ethernet_send(Interface& interface, std::span<const std::byte> frame);
/// A frame that has come in for the Ethernet interface of that index, which may be gone.
void ethernet_deliver(unsigned interface_index, std::span<const std::byte> frame);

}  // namespace farcall::kernel
