// A client without a server: the next call is answered by what a test says, and what was called is
// kept.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace farcall::testing {

struct SeenCall {
  int number;
  std::vector<std::uint64_t> slots;
  bool restart;
};

/// Answers with 0 or a NetBSD errno, or -1 for a lost connection; sets retval.
using Answer = std::function<int(const SeenCall& call, long retval[2])>;

/// Replaces the answer for the lifetime of this object.
class ClientDouble {
 public:
  explicit ClientDouble(Answer answer);
  ~ClientDouble();
  ClientDouble(const ClientDouble&) = delete;
  ClientDouble& operator=(const ClientDouble&) = delete;
  [[nodiscard]] const std::vector<SeenCall>& calls() const { return calls_; }

 private:
  friend int answer_call(int, const std::uint64_t*, unsigned, long*, int);
  Answer answer_;
  std::vector<SeenCall> calls_;
};

}  // namespace farcall::testing
