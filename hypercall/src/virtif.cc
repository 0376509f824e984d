// The host half of NetBSD's virtif driver: Ethernet frames through a tap device of the host.
//
// The driver's library has a half of its own, which knows nothing but the devices tunN. The loader
// finds this one first, wherever it is loaded before the driver.
#include "rump/virtif.h"

#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include "errors.h"
#include "fatal.h"
#include "host_thread.h"
#include "names.h"
#include "params.h"
#include "rump/rumpuser.h"
#include "upcalls.h"

struct virtif_user {
  int device = -1;
  int stop = -1;  ///< an eventfd: the receiving thread shall end
  pthread_t receiver = {};
  struct virtif_sc* interface = nullptr;
  void (*deliver)(struct virtif_sc*, struct iovec*, size_t) = nullptr;

  virtif_user() = default;
  virtif_user(const virtif_user&) = delete;
  virtif_user& operator=(const virtif_user&) = delete;
  ~virtif_user() {
    if (device != -1) ::close(device);
    if (stop != -1) ::close(stop);
  }
};

using namespace farcall::hypercall;

namespace {

constexpr std::size_t kMaxFrame = 9018;  ///< a jumbo frame with its header and checksum

/// A driver that takes link strings hands the device's name on; others the number of the interface.
std::string device_name(const std::string& link) {
  const bool is_number = !link.empty() && std::isdigit(static_cast<unsigned char>(link[0])) != 0;
  if (!is_number) return link;
  return configured("RUMP_VIRT" + link).value_or("tun" + link);
}

/// Waits for a frame. 0: the thread shall end.
std::size_t receive(const virtif_user& user, void* buffer, std::size_t size) {
  for (;;) {
    pollfd files[] = {{.fd = user.device, .events = POLLIN, .revents = 0},
                      {.fd = user.stop, .events = POLLIN, .revents = 0}};
    if (::poll(files, std::size(files), -1) == -1) continue;
    if (files[1].revents != 0) return 0;
    const ssize_t length = ::read(user.device, buffer, size);
    if (length > 0) return static_cast<std::size_t>(length);
    // The host's side is down, or the device was taken away: nothing comes until somebody acts.
    if (length == -1 && errno == EBADFD) return 0;
  }
}

void* receive_frames(void* user_pointer) {
  auto& user = *static_cast<virtif_user*>(user_pointer);
  std::array<char, kMaxFrame> frame;
  rumpuser_component_kthread();
  while (const std::size_t length = receive(user, frame.data(), frame.size())) {
    iovec vector = {.iov_base = frame.data(), .iov_len = length};
    rumpuser_component_schedule(nullptr);
    user.deliver(user.interface, &vector, 1);
    rumpuser_component_unschedule();
  }
  rumpuser_component_kthread_release();
  return nullptr;
}

/// Host errno.
int start(const char* link, struct virtif_sc* interface, std::unique_ptr<virtif_user>& user) {
  user.reset(make<virtif_user>());
  user->interface = interface;
  user->deliver = reinterpret_cast<decltype(user->deliver)>(
      ::dlsym(RTLD_DEFAULT, "rump_virtif_virt_deliverpkt"));
  if (user->deliver == nullptr) return ENOSYS;
  user->device = open_tap(("tap:" + device_name(link)).c_str(), RUMPUSER_OPEN_RDWR);
  if (user->device < 0) return -std::exchange(user->device, -1);
  user->stop = ::eventfd(0, EFD_CLOEXEC);
  if (user->stop == -1) return errno;
  return start_thread(receive_frames, user.get(), {.name = "virtif", .joinable = true},
                      &user->receiver);
}

}  // namespace

int rumpcomp_virt_create(const char* link, struct virtif_sc* interface, uint8_t*,
                         struct virtif_user** user) {
  return without_cpu([=] {
    std::unique_ptr<virtif_user> made;
    const int error = start(link, interface, made);
    if (error == 0) *user = made.release();
    return errno_to_netbsd(error);
  });
}

void rumpcomp_virt_send(struct virtif_user* user, struct iovec* vector, size_t count) {
  without_cpu([=] {
    // A frame that the host does not take is lost, as on a wire.
    [[maybe_unused]] const auto written = ::writev(user->device, vector, static_cast<int>(count));
    return 0;
  });
}

int rumpcomp_virt_dying(struct virtif_user* user) {
  return hypercall_result(::eventfd_write(user->stop, 1));
}

void rumpcomp_virt_destroy(struct virtif_user* user) {
  without_cpu([user] {
    must(pthread_join(user->receiver, nullptr), "the end of a receiving thread");
    delete user;
    return 0;
  });
}
