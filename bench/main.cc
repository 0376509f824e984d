// farcall-bench: the numbers of docs/performance.md, as ratios to what this machine takes for the
// least.
#include <fmt/core.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <utility>

#include "bench/calls.h"
#include "bench/check.h"
#include "bench/crowd.h"
#include "bench/server_process.h"

namespace farcall::bench {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr double kMebibyte = 1 << 20;
constexpr int kBoots = 15;
constexpr std::size_t kCrowd = 500;
constexpr auto kIdleTime = std::chrono::seconds(3);

/// Where the servers' sockets are; gone with the program.
class Directory {
 public:
  Directory() { check(mkdtemp(path_.data()) != nullptr, "mkdtemp"); }
  ~Directory() { std::filesystem::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  [[nodiscard]] std::string url() const { return "unix://" + path_ + "/kernel.sock"; }

 private:
  std::string path_ = std::filesystem::temp_directory_path() / "farcall-bench-XXXXXX";
};

void print_calls(const std::vector<Compared>& all) {
  for (const Compared& row : all) {
    fmt::print("| {:<45} | {:>7.1f} | {:>7.1f} | {:>9.1f} | {:>8.2f} |\n", row.call.name,
               row.call.quantile(0.5), row.call.quantile(0.99), row.floor.quantile(0.5),
               row.call.quantile(0.5) / row.floor.quantile(0.5));
  }
}

void print_row(const char* what, const std::string& value, const char* goal) {
  fmt::print("| {:<42} | {:>12} | {:<16} |\n", what, value, goal);
}

void calls(const Directory& directory) {
  fmt::print("| {:<45} | {:>7} | {:>7} | {:>9} | {:>8} |\n", "call (µs)", "p50", "p99", "floor p50",
             "to floor");
  fmt::print("| --- | ---: | ---: | ---: | ---: |\n");
  const std::array<std::pair<Stream, std::string>, 2> servers = {
      {{Stream::local, directory.url()}, {Stream::tcp, "tcp://127.0.0.1:0/"}}};
  for (const auto& [stream, url] : servers) {
    for (const Placement& placement : placements()) {
      const ServerProcess server(url, placement.server_cpu);
      print_calls(measure_calls(server.url(), stream, placement));
    }
  }
}

void boot(const Directory& directory) {
  Samples boots{"boot", {}};
  for (int i = 0; i < kBoots; ++i) {
    boots.microseconds.push_back(Microseconds(ServerProcess(directory.url()).boot_time()).count());
  }
  print_row("boot to ready, median of 15", fmt::format("{:.1f} ms", boots.quantile(0.5) / 1000),
            "under 100 ms");
}

void idleness(const Directory& directory) {
  const ServerProcess server(directory.url());
  const auto before = server.cpu_time();
  std::this_thread::sleep_for(kIdleTime);
  const auto used = server.cpu_time() - before;
  print_row("resident, no clients",
            fmt::format("{:.1f} MiB", static_cast<double>(server.resident_bytes()) / kMebibyte),
            "under 30 MiB");
  print_row("processor time in 3 s, no clients",
            fmt::format("{:.3f} ms", Milliseconds(used).count()), "none");
}

void crowd(const Directory& directory) {
  const ServerProcess server(directory.url());
  const auto start = std::chrono::steady_clock::now();
  Crowd clients(server.url(), kCrowd);
  const auto connected = std::chrono::steady_clock::now();
  clients.call_once_each();
  const auto called = std::chrono::steady_clock::now();
  print_row("500 clients connect, each",
            fmt::format("{:.0f} µs", Microseconds(connected - start).count() / kCrowd), "works");
  print_row("a null call of each of the 500, each",
            fmt::format("{:.0f} µs", Microseconds(called - connected).count() / kCrowd), "works");
  print_row("resident, 500 clients",
            fmt::format("{:.1f} MiB", static_cast<double>(server.resident_bytes()) / kMebibyte),
            "");
  print_row("threads, 500 clients", fmt::format("{}", server.thread_count()), "");
}

void run() {
  const Directory directory;
  calls(directory);
  fmt::print("\n| {:<42} | {:>12} | {:<16} |\n| --- | ---: | --- |\n", "server", "measured",
             "goal");
  boot(directory);
  idleness(directory);
  crowd(directory);
}

}  // namespace
}  // namespace farcall::bench

int main(int argc, char** argv) {
  if (argc > 1) {
    fmt::print(stderr, "farcall-bench: '{}' is one word too many; it takes none\n", argv[1]);
    return 2;
  }
  farcall::bench::run();
  return 0;
}
