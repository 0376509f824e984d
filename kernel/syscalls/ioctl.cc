// ioctl(2): the commands that every file knows, and the copying that a command's number asks for.
#include <array>
#include <cstring>

#include "kernel/core/uio.h"
#include "kernel/syscalls/support.h"

namespace farcall::kernel {
namespace {

// ioccom.h's encoding of a command: direction bits, and the argument's length in bits 16 to 28.
constexpr unsigned long kOut = 0x40000000;
constexpr unsigned long kIn = 0x80000000;
constexpr std::size_t kMaxParameter = 0x1fff;

std::size_t parameter_size(unsigned long command) { return command >> 16 & kMaxParameter; }

Result<void> set_flag(File& file, int flag, int on) {
  file.flags = on != 0 ? file.flags | flag : file.flags & ~flag;
  return {};
}

Result<void> run_on_file(File& file, unsigned long command, void* data) {
  int value = 0;
  if (command == NB_FIONBIO || command == NB_FIOASYNC) std::memcpy(&value, data, sizeof value);
  switch (command) {
    case NB_FIONBIO:
      return set_flag(file, NB_O_NONBLOCK, value);
    case NB_FIOASYNC:
      return set_flag(file, NB_O_ASYNC, value);
    default:
      return file.ioctl(command, data);
  }
}

Result<void> copy_and_run(File& file, unsigned long command, UserAddress address) {
  alignas(8) std::array<std::byte, kMaxParameter + 1> data{};
  std::size_t size = parameter_size(command);
  if (size == 0) {
    // A command without direction takes the argument itself.
    std::memcpy(data.data(), &address, sizeof address);
    return run_on_file(file, command, data.data());
  }
  if ((command & kIn) != 0) FARCALL_TRY(copyin(address, data.data(), size));
  FARCALL_TRY(run_on_file(file, command, data.data()));
  if ((command & kOut) != 0) FARCALL_TRY(copyout(data.data(), address, size));
  return {};
}

}  // namespace

SyscallResult sys_ioctl(const Args& args) {
  int fd = args.integer(0);
  unsigned long command = args.address(1) & 0xffffffff;
  FARCALL_ASSIGN(auto file, file_of(fd));
  auto& table = *current_process().descriptors;
  if (command == NB_FIOCLEX) return done(table.set_close_on_exec(fd, true));
  if (command == NB_FIONCLEX) return done(table.set_close_on_exec(fd, false));
  return done(copy_and_run(*file, command, args.address(2)));
}

}  // namespace farcall::kernel
