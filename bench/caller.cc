#include "bench/caller.h"

#include <dlfcn.h>

#include <variant>

#include "bench/failure.h"
#include "netbsd/syscalls.h"
#include "rump/rumpuser.h"
#include "server/kernel_host.h"

namespace farcall::bench {
namespace {

void* symbol(void* library, const char* name) {
  auto* address = dlsym(library, name);
  if (address == nullptr) throw Failure(dlerror());
  return address;
}

class ClientLibrary final : public Caller {
 public:
  explicit ClientLibrary(const std::string& file) {
    library_ = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library_ == nullptr) throw Failure(dlerror());
    find("rumpclient_syscall", syscall_);
    int (*init)() = nullptr;
    find("rumpclient_init", init);
    require(init() == 0, "rumpclient_init");
  }

  int call(int number, std::uint64_t* arguments, std::size_t count, long* results) override {
    return syscall_(number, arguments, count * sizeof *arguments, results);
  }
  void enter_thread() override {}
  [[nodiscard]] bool in_process() const override { return false; }

 private:
  void* find_symbol(const char* name) override { return symbol(library_, name); }

  void* library_ = nullptr;
  using Syscall = int (*)(int, const void*, std::size_t, long*);
  Syscall syscall_ = nullptr;
};

class LoadedKernel final : public Caller {
 public:
  explicit LoadedKernel(const std::string& kernel) {
    server::KernelChoice choice;
    choice.name = kernel;
    choice.optional_components = server::usual_components();
    auto loaded = server::KernelHost::load(choice);
    if (const auto* why = std::get_if<server::Complaint>(&loaded)) throw Failure(why->text);
    if (std::get<server::KernelHost>(loaded).init() != 0) {
      throw Failure("the kernel does not start");
    }
    find("rump_syscall", syscall_);
    find("rump_pub_lwproc_newlwp", new_lwp_);
    int (*rfork)(int) = nullptr;
    find("rump_pub_lwproc_rfork", rfork);
    if (rfork(RUMP_RFCFDG) != 0) throw Failure("the kernel makes no process");
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
  [[nodiscard]] bool in_process() const override { return true; }

 private:
  void* find_symbol(const char* name) override { return symbol(RTLD_DEFAULT, name); }

  using Syscall = int (*)(int, void*, std::size_t, long*);
  using NewLwp = int (*)(pid_t);
  Syscall syscall_ = nullptr;
  NewLwp new_lwp_ = nullptr;
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
