// What is wrong, for people.
#pragma once

#include <string>

namespace farcall::server {

/// One line without a newline: what is wrong, and what would be right.
struct Complaint {
  std::string text;
};

}  // namespace farcall::server
