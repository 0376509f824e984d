// What many processes and one that serves them all take for the least, where the host alone says
// who runs when.
#pragma once

#include <string>

#include "bench/scenario.h"

namespace farcall::bench {

/// One of many processes that have a mailbox each. The first of them has a thread that spins over
/// all mailboxes and answers, and sleeps when nothing has come for a while.
class CrowdPingPong final : public Scenario {
 public:
  explicit CrowdPingPong(const Context& context);
  void operation() override;

  /// To be called when all have made an operation: nothing is left behind then.
  static void forget(const std::string& name);

 private:
  struct Place;
  struct Square;
  static Square& square_of(const std::string& name);
  static void serve(Square& square);

  Square& square_;
  Place& place_;
};

}  // namespace farcall::bench
