// Parameter retrieval.
#include "params.h"

#include <sched.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

#include "farcall/hypercall.h"
#include "netbsd/constants.h"

namespace farcall::hypercall {
namespace {

struct Parameters {
  std::mutex mutex;
  std::map<std::string, std::string, std::less<>> values;
};

/// Never destroyed: threads of the kernel may ask while the process exits.
Parameters& parameters() {
  static Parameters& instance = *new Parameters;
  return instance;
}

std::string host_cpus() {
  cpu_set_t usable;
  const bool known = ::sched_getaffinity(0, sizeof usable, &usable) == 0;
  return std::to_string(known ? CPU_COUNT(&usable) : 1);
}

std::string cpus() {
  const std::string wanted = configured("RUMP_NCPU").value_or("host");
  return wanted == "host" ? host_cpus() : wanted;
}

/// Names this kernel among those of the host.
std::string instance_name() {
  std::array<char, HOST_NAME_MAX + 1> host = {};
  ::gethostname(host.data(), host.size());
  std::array<char, 32 + HOST_NAME_MAX> name = {};
  std::snprintf(name.data(), name.size(), "rump-%05d.%s", ::getpid(), host.data());
  return name.data();
}

std::optional<std::string> parameter(const std::string& name) {
  if (auto value = configured(name)) return value;
  if (name == RUMPUSER_PARAM_NCPU) return cpus();
  if (name == RUMPUSER_PARAM_HOSTNAME) return instance_name();
  return std::nullopt;
}

}  // namespace

std::optional<std::string> configured(const std::string& name) {
  auto& [mutex, values] = parameters();
  std::lock_guard lock(mutex);
  if (const auto found = values.find(name); found != values.end()) return found->second;
  const char* const environment = std::getenv(name.c_str());
  return environment == nullptr ? std::nullopt : std::optional<std::string>(environment);
}

}  // namespace farcall::hypercall

int rumpuser_getparam(const char* name, void* buffer, size_t size) {
  const auto value = farcall::hypercall::parameter(name);
  // A name with an underscore is one that every host must answer; others are merely not set.
  if (!value) return name[0] == '_' ? NB_EINVAL : NB_ENOENT;
  if (value->size() + 1 > size) return NB_ERANGE;
  std::memcpy(buffer, value->c_str(), value->size() + 1);
  return 0;
}

void farcall_hypercall_set_param(const char* name, const char* value) {
  auto& [mutex, values] = farcall::hypercall::parameters();
  std::lock_guard lock(mutex);
  values[name] = value;
}
