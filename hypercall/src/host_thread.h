// Host threads of the kernel and of this library.
#pragma once

#include <pthread.h>

namespace farcall::hypercall {

struct ThreadOptions {
  const char* name = nullptr;  ///< as far as 15 characters
  bool joinable = false;
  int cpu = -1;  ///< the virtual CPU that it is bound to, -1 for none
};

/// Starts `body(arg)` in a thread that takes none of the program's signals. Host errno, EAGAIN when
/// the host is short of threads. Does not block.
int start_thread(void* (*body)(void*), void* arg, const ThreadOptions& options, pthread_t* thread);

}  // namespace farcall::hypercall
