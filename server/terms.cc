#include "server/terms.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "farcall/arena.h"
#include "farcall/sysproxy.h"
#include "proto/hello.pb.h"

namespace farcall::server {

bool is_local(int socket) {
  int domain = 0;
  socklen_t length = sizeof(domain);
  return getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 && domain == AF_UNIX;
}

Terms agree(const hello::Hello& hello, int socket, bool local, Descriptor memory,
            Services& services) {
  const auto offers = [&](hello::Feature feature) {
    return std::ranges::find(hello.features(), feature) != hello.features().end();
  };
  const Limits& limits = services.limits;
  Terms terms;
  if (local && offers(hello::FEATURE_DIRECT_MEMORY)) {
    terms.memory = ClientMemory::open(std::move(memory), socket);
  }
  terms.channels = terms.memory && limits.max_channels != 0 && offers(hello::FEATURE_CHANNELS);
  terms.channel_events =
      terms.channels && offers(hello::FEATURE_CHANNEL_EVENTS) && services.events.work();
  terms.buffers = local && limits.max_buffers != 0 && offers(hello::FEATURE_BUFFERS);
  terms.connections = local && offers(hello::FEATURE_CONNECTIONS);
  terms.inline_buffers =
      !terms.memory && limits.max_data != 0 && offers(hello::FEATURE_INLINE_BUFFERS);
  return terms;
}

hello::HelloAnswer answer_with(const Terms& terms, Services& services) {
  const Limits& limits = services.limits;
  hello::HelloAnswer answer;
  answer.set_version(sysproxy::kHelloVersion);
  if (terms.memory) answer.add_features(hello::FEATURE_DIRECT_MEMORY);
  if (terms.channels) {
    answer.add_features(hello::FEATURE_CHANNELS);
    answer.set_max_channels(static_cast<std::uint32_t>(limits.max_channels));
  }
  if (terms.channel_events) answer.add_features(hello::FEATURE_CHANNEL_EVENTS);
  if (terms.buffers) {
    answer.add_features(hello::FEATURE_BUFFERS);
    answer.set_max_buffers(std::min(limits.max_buffers, arena::kMostSize));
    answer.set_borrows(borrows(services.kernel));
  }
  if (terms.connections) answer.add_features(hello::FEATURE_CONNECTIONS);
  if (terms.inline_buffers) {
    answer.add_features(hello::FEATURE_INLINE_BUFFERS);
    answer.set_max_data(static_cast<std::uint32_t>(limits.max_data));
  }
  return answer;
}

std::string describe_way(const Terms& terms) {
  if (terms.memory) return terms.memory->method();
  return terms.inline_buffers ? "frames and with its calls" : "frames";
}

}  // namespace farcall::server
