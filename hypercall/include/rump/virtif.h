// What NetBSD's virtif driver wants of its host half, as of its revision 20140313. A frame is an
// Ethernet frame without its checksum. All are called with a CPU of the kernel, which those that
// may block give up.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct iovec;
struct virtif_sc;    ///< the driver's
struct virtif_user;  ///< the host half's

/// Opens the tap device for an interface and starts to deliver its frames to `interface`. `link`:
/// the device's name, or the number N of the interface, whose device is what the parameter
/// RUMP_VIRTN says, else tunN. The hardware address is the driver's choice. A NetBSD errno.
int rumpcomp_virt_create(const char* link, struct virtif_sc* interface, uint8_t* hardware_address,
                         struct virtif_user** user);
/// Sends the frame that the vector holds.
void rumpcomp_virt_send(struct virtif_user* user, struct iovec* vector, size_t count);
/// Has the delivery of frames end. A NetBSD errno.
int rumpcomp_virt_dying(struct virtif_user* user);
/// Waits for that, closes the device and frees `user`.
void rumpcomp_virt_destroy(struct virtif_user* user);

#ifdef __cplusplus
}
#endif
