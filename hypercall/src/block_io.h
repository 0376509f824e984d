// Block I/O: a request, who carries it out, and its end.
#pragma once

#include "rump/rumpuser.h"

namespace farcall::hypercall {

struct BlockRequest {
  int fd;
  int op;  ///< RUMPUSER_BIO_*
  char* data;
  size_t length;
  int64_t offset;
  rump_biodone_fn done;
  void* arg;
  uint64_t number;  ///< given out in the order of the requests
};

/// Waits until the transfers of all requests made before this call have ended. Call without the
/// CPU.
void finish_block_io();

/// Carries out what is left of a request after its first `transferred` bytes, then tells the
/// kernel. For the threads of those below; without the CPU, with an lwp.
void perform_rest(const BlockRequest& request, size_t transferred);

/// Ends a request that the host refused.
void fail(const BlockRequest& request, int host_errno);

/// Hands a request to a thread that performs it. Does not block.
void submit_to_threads(const BlockRequest& request);

/// Hands it to io_uring. False when this machine has none, or it is full: nothing was done then.
/// Does not block.
bool submit_to_uring(const BlockRequest& request);

}  // namespace farcall::hypercall
