// What local sockets of all types share: names and options.
#pragma once

#include <string>

#include "kernel/core/socket.h"

namespace farcall::kernel {

class LocalSocket : public Socket {
 public:
  explicit LocalSocket(int type);
  ~LocalSocket() override;

  Result<void> bind(const SocketAddress& address) override;
  Result<SocketAddress> local_address() override;
  Result<void> set_option(int level, int name, std::span<const std::byte> value) override;
  Result<std::vector<std::byte>> get_option(int level, int name) override;

 protected:
  /// The socket of type() bound to the address. NB_ECONNREFUSED for none, NB_EPROTOTYPE for one of
  /// another type.
  Result<LocalSocket*> find(const SocketAddress& address) const;
  void unbind();
  [[nodiscard]] virtual bool accepts_connections() const { return false; }

 private:
  std::string path_;  ///< empty: without a name
};

}  // namespace farcall::kernel
