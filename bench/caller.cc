#include "bench/caller.h"

#include <dlfcn.h>

#include <variant>

#include "bench/failure.h"
#include "netbsd/syscalls.h"
#include "rump/rumpuser.h"
#include "server/kernel_host.h"

namespace farcall::bench {
namespace {

template <class Function>
Function symbol(void* library, const char* name) {
  auto* address = dlsym(library, name);
  if (address == nullptr) throw Failure(dlerror());
  return reinterpret_cast<Function>(address);
}

class ClientLibrary final : public Caller {
 public:
  explicit ClientLibrary(const std::string& file) {
    void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw Failure(dlerror());
    syscall_ = symbol<Syscall>(library, "rumpclient_syscall");
    require(symbol<int (*)()>(library, "rumpclient_init")() == 0, "rumpclient_init");
  }

  int call(int number, std::uint64_t* arguments, std::size_t count, long* results) override {
    return syscall_(number, arguments, count * sizeof *arguments, results);
  }
  void enter_thread() override {}

 private:
  using Syscall = int (*)(int, const void*, std::size_t, long*);
  Syscall syscall_;
};

class LoadedKernel final : public Caller {
 public:
  explicit LoadedKernel(const std::string& kernel) {
    server::KernelChoice choice;
    choice.name = kernel;
    auto loaded = server::KernelHost::load(choice);
    if (const auto* why = std::get_if<server::Complaint>(&loaded)) throw Failure(why->text);
    if (std::get<server::KernelHost>(loaded).init() != 0) {
      throw Failure("the kernel does not start");
    }
    syscall_ = symbol<Syscall>(RTLD_DEFAULT, "rump_syscall");
    new_lwp_ = symbol<NewLwp>(RTLD_DEFAULT, "rump_pub_lwproc_newlwp");
    if (symbol<int (*)(int)>(RTLD_DEFAULT, "rump_pub_lwproc_rfork")(RUMP_RFCFDG) != 0) {
      throw Failure("the kernel makes no process");
    }
    long results[2] = {0, 0};
    call(NB_SYS_getpid, nullptr, 0, results);
    pid_ = static_cast<pid_t>(results[0]);
  }

  int call(int number, std::uint64_t* arguments, std::size_t count, long* results) override {
    return syscall_(number, arguments, count * sizeof *arguments, results);
  }
  void enter_thread() override {
    if (new_lwp_(pid_) != 0) throw Failure("the kernel makes no lwp");
  }

 private:
  using Syscall = int (*)(int, void*, std::size_t, long*);
  using NewLwp = int (*)(pid_t);
  Syscall syscall_;
  NewLwp new_lwp_;
  pid_t pid_ = 0;
};

}  // namespace

std::unique_ptr<Caller> connect_through(const std::string& library) {
  return std::make_unique<ClientLibrary>(library);
}

std::unique_ptr<Caller> load_kernel(const std::string& kernel) {
  return std::make_unique<LoadedKernel>(kernel);
}

}  // namespace farcall::bench
