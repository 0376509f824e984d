// The two ways to a kernel that are compared: through a client library, and as a function call.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

namespace farcall::bench {

/// Makes system calls from any thread that has said so.
class Caller {
 public:
  Caller() = default;
  virtual ~Caller() = default;
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  /// 0 with `results`, a NetBSD errno, or -1: there is no connection.
  virtual int call(int number, std::uint64_t* arguments, std::size_t count, long* results) = 0;
  /// Before a thread's first call, except for the thread that made the caller.
  virtual void enter_thread() = 0;
  [[nodiscard]] virtual bool in_process() const = 0;

  /// A function of the client library, or of the kernel, by its name; throws when it has none.
  template <class Function>
  void find(const char* name, Function& function) {
    function = reinterpret_cast<Function>(find_symbol(name));
  }

 private:
  virtual void* find_symbol(const char* name) = 0;
};

/// Loads a librumpclient by its file (any that has rumpclient(3)) and connects to $RUMP_SERVER.
std::unique_ptr<Caller> connect_through(const std::string& library);

/// Loads `kernel`, as `farcall serve --kernel` has it, into this process.
std::unique_ptr<Caller> load_kernel(const std::string& kernel);

}  // namespace farcall::bench
