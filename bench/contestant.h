// A client library with its server: what is compared with other such pairs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/bench.h"
#include "bench/server_process.h"

namespace farcall::bench {

struct Contestant {
  std::string library;
  std::string local_url;  ///< empty: there is none
  std::string tcp_url;
  pid_t server = -1;  ///< its process, where that is known
};

/// The contestants of the options, and the server that was started for those without one.
struct Contest {
  std::shared_ptr<ServerProcess> own;
  std::vector<Contestant> contestants;
};

/// Throws Failure.
Contest prepare_contest(const Options& options);

}  // namespace farcall::bench
