#include "local_memory.h"

#include <string.h>

#include <algorithm>
#include <cstdint>

#include "farcall/host_numbers.h"
#include "host.h"
#include "netbsd/constants.h"

namespace farcall::client::local {
namespace {

constexpr std::uintptr_t kPage = 4096;

[[gnu::tls_model("initial-exec")]] constinit thread_local std::uintptr_t own_start = 0;
[[gnu::tls_model("initial-exec")]] constinit thread_local std::size_t own_size = 0;

bool is_own(const void* address) {
  return reinterpret_cast<std::uintptr_t>(address) - own_start < own_size;
}

/// How many of `size` bytes from `address` lie in its first page.
std::size_t size_in_page(const void* address, std::size_t size) {
  return std::min(size, kPage - reinterpret_cast<std::uintptr_t>(address) % kPage);
}

bool copy_in(const void* from, void* to, std::size_t size) {
  for (std::size_t done = 0; done < size;) {
    const char* const source = static_cast<const char*>(from) + done;
    const std::size_t part = size_in_page(source, size - done);
    if (!is_own(source) && !host::is_readable(source)) return false;
    memcpy(static_cast<char*>(to) + done, source, part);
    done += part;
  }
  return true;
}

bool copy_out(const void* from, void* to, std::size_t size) {
  for (std::size_t done = 0; done < size;) {
    char* const target = static_cast<char*>(to) + done;
    const std::size_t part = size_in_page(target, size - done);
    if (!is_own(target) && !host::make_writable(target, part)) return false;
    memcpy(target, static_cast<const char*>(from) + done, part);
    done += part;
  }
  return true;
}

/// With its NUL.
int copy_string_in(const char* from, char* to, std::size_t* size) {
  for (std::size_t done = 0; done < *size;) {
    const char* const source = from + done;
    const std::size_t part = size_in_page(source, *size - done);
    if (!host::is_readable(source)) return NB_EFAULT;
    const void* const end = memccpy(to + done, source, '\0', part);
    if (end != nullptr) {
      *size = static_cast<std::size_t>(static_cast<const char*>(end) - to);
      return 0;
    }
    done += part;
  }
  return NB_ENAMETOOLONG;
}

int answer(bool copied) { return copied ? 0 : NB_EFAULT; }

int map(void* /*program*/, std::size_t size, void** address) {
  const long mapped = host::map_memory(size);
  if (mapped < 0 && mapped > -4096) return NB_ENOMEM;
  *address = reinterpret_cast<void*>(mapped);
  return 0;
}

int raise(void* /*program*/, int signal) {
  const int number = signal_from_netbsd(signal);
  if (number != 0) host::kill(static_cast<pid_t>(host::getpid()), number);
  return 0;
}

}  // namespace

OwnMemory::OwnMemory(const void* start, std::size_t size) {
  own_start = reinterpret_cast<std::uintptr_t>(start);
  own_size = size;
}

OwnMemory::~OwnMemory() { own_size = 0; }

constinit const farcall_sysproxy_ops memory_operations = {
    .init = [](const char*, const char*, const char*, const char*) { return int{NB_ENOSYS}; },
    .copyin = [](void*, const void* from, void* to,
                 std::size_t size) { return answer(copy_in(from, to, size)); },
    .copyinstr =
        [](void*, const void* from, void* to, std::size_t* size) {
          return copy_string_in(static_cast<const char*>(from), static_cast<char*>(to), size);
        },
    .copyout = [](void*, const void* from, void* to,
                  std::size_t size) { return answer(copy_out(from, to, size)); },
    .copyoutstr = [](void*, const void* from, void* to,
                     std::size_t* size) { return answer(copy_out(from, to, *size)); },
    .anonmmap = map,
    .raise = raise,
    .fini = [](void*) {},
    .copyin_at_once = [](void*, const void* from, void* to,
                         std::size_t size) { return int{copy_in(from, to, size)}; },
    .copyout_at_once = [](void*, const void* from, void* to,
                          std::size_t size) { return int{copy_out(from, to, size)}; },
    .borrow = nullptr,
    .give_back = [](rumpuser_loan*) {},
};

}  // namespace farcall::client::local
