#include "server/nat/nat.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "farcall/hypercall.h"
#include "server/descriptor.h"
#include "server/nat/translator.h"
#include "server/thread.h"

namespace farcall::server {
namespace {

constexpr const char* kPrefix = "nat:";
/// The host gives less to who has no privileges. What does not fit is lost, as on a wire.
constexpr int kQueueBytes = 1 << 20;

/// The kernel's ends. They and the threads outlive everything else: a kernel runs until the process
/// ends.
struct Ends {
  std::mutex mutex;
  std::vector<std::pair<std::string, Descriptor>> by_name;
  ThreadGroup threads;
};
Ends& ends() {
  static Ends& instance = *new Ends;
  return instance;
}

/// As farcall_hypercall_register_names has it. An interface that was destroyed can be made again.
int open_end(const char* name, int) {
  auto& [mutex, by_name, threads] = ends();
  const std::lock_guard lock(mutex);
  for (const auto& [known, end] : by_name) {
    if (known != name) continue;
    const int fd = ::fcntl(end.get(), F_DUPFD_CLOEXEC, 0);
    return fd == -1 ? -errno : fd;
  }
  return -ENXIO;
}

std::pair<Descriptor, Descriptor> make_wire() {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1) return {};
  for (const int fd : pair) {
    ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &kQueueBytes, sizeof kQueueBytes);
  }
  return {Descriptor(pair[0]), Descriptor(pair[1])};
}

Complaint host_complaint(int error) {
  return {std::string("NAT cannot be started: ") + std::strerror(error)};
}

}  // namespace

NatOutcome start_nat(const NatSpec& spec, NatLog log) {
  auto [kernels, ours] = make_wire();
  if (!kernels) return host_complaint(errno);
  auto translator = std::make_shared<Translator>(spec, std::move(ours), log);
  if (auto why = translator->forward_ports()) return *why;
  auto& [mutex, by_name, threads] = ends();
  const auto started = threads.start("farcall-nat", [translator] { translator->run(); });
  if (!started) return host_complaint(started.code());
  farcall_hypercall_register_names(kPrefix, open_end, nullptr);
  const std::lock_guard lock(mutex);
  std::string name = kPrefix + std::to_string(by_name.size());
  by_name.emplace_back(name, std::move(kernels));
  return name;
}

}  // namespace farcall::server
