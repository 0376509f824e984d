#include "bench/contestant.h"

#include <filesystem>

#include "bench/failure.h"
#include "bench/process_usage.h"
#include "server/install_paths.h"
#include "server/kernel_libraries.h"

namespace farcall::bench {
namespace {

constexpr std::string_view kOwn = "own";

std::string installed(const char* name) {
  const auto path = server::find_library(name);
  if (!path) throw Failure(std::string(name) + " is not installed beside this program");
  return path->string();
}

void add_url(Contestant& contestant, const std::string& url) {
  (url.starts_with("unix:") ? contestant.local_url : contestant.tcp_url) = url;
}

void connect_to(Contestant& contestant, const std::string& urls) {
  const auto comma = urls.find(',');
  add_url(contestant, urls.substr(0, comma));
  if (comma != std::string::npos) add_url(contestant, urls.substr(comma + 1));
  contestant.server = server_behind(contestant.local_url);
}

void connect_to_own(Contestant& contestant, const ServerProcess& own) {
  contestant.local_url = own.local_url();
  contestant.tcp_url = own.tcp_url();
  contestant.server = own.pid();
}

/// Also where no server of ours needs it, since the floors are measured on it in-process.
void require_kernel(const std::string& name) {
  server::KernelChoice choice;
  choice.name = name;
  const auto libraries = server::kernel_libraries(choice);
  if (const auto* why = std::get_if<server::Complaint>(&libraries)) throw Failure(why->text);
}

}  // namespace

Contest prepare_contest(const Options& options) {
  require_kernel(options.kernel);
  auto libraries = options.libraries;
  auto servers = options.servers;
  if (libraries.empty()) libraries.push_back(installed("librumpclient.so.0"));
  if (servers.empty()) servers.emplace_back(kOwn);
  if (servers.size() == 1) servers.resize(libraries.size(), servers.front());
  if (servers.size() != libraries.size()) {
    throw Failure("there must be a --server for each --client-lib, or one for all");
  }
  Contest contest;
  for (std::size_t i = 0; i < libraries.size(); ++i) {
    Contestant contestant{std::filesystem::absolute(libraries[i]), {}, {}, -1};
    if (servers[i] != kOwn) {
      connect_to(contestant, servers[i]);
    } else {
      if (!contest.own) contest.own = std::make_shared<ServerProcess>(options.kernel);
      connect_to_own(contestant, *contest.own);
    }
    contest.contestants.push_back(std::move(contestant));
  }
  return contest;
}

}  // namespace farcall::bench
