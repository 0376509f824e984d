#include "bench/scenario.h"

#include <unistd.h>

#include <iostream>
#include <thread>
#include <utility>

#include "bench/failure.h"

namespace farcall::bench {

void serve_in_thread(std::function<void()> body) {
  std::thread([body = std::move(body)] {
    try {
      body();
    } catch (const std::exception& failure) {
      std::cerr << "farcall bench: " << failure.what() << '\n';
      _exit(1);
    }
  }).detach();
}

}  // namespace farcall::bench
