// What a server tells of itself, for people.
#pragma once

#include <string>
#include <vector>

#include "proto/control.pb.h"

namespace farcall::server {

/// Lines: a table with a head, or a name and a value each.
std::string report_text(const std::vector<control::v1::Client>& clients);
std::string report_text(const std::vector<control::v1::Interface>& interfaces);
std::string report_text(const control::v1::Status& status);

}  // namespace farcall::server
