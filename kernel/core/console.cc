#include "kernel/core/console.h"

#include <algorithm>

#include "kernel/core/proc.h"
#include "netbsd/constants.h"

namespace farcall::kernel {
namespace {

class Console final : public File {
 public:
  Console() { flags = NB_O_RDWR; }

  Result<std::size_t> read(Uio&) override { return std::size_t{0}; }
  Result<std::size_t> write(Uio& uio) override;
  Result<netbsd::stat> stat() override;
  short poll(short events) override {
    return static_cast<short>(events & (NB_POLLIN | NB_POLLRDNORM | NB_POLLOUT));
  }
};

// A client's escape sequences are not for the terminal of whoever runs the server.
int harmless(int character) {
  bool control = character < ' ' && character != '\n' && character != '\t';
  return control || character >= 0x7f ? '?' : character;
}

Result<std::size_t> Console::write(Uio& uio) {
  std::byte line[256];
  std::size_t total = uio.resid();
  while (uio.resid() > 0) {
    std::span part(line, std::min(uio.resid(), sizeof line));
    FARCALL_TRY(uio.copy_from_user(part));
    for (std::byte character : part) rumpuser_putchar(harmless(static_cast<int>(character)));
  }
  return total;
}

Result<netbsd::stat> Console::stat() {
  netbsd::stat result{};
  result.st_mode = NB_S_IFCHR | 0600;
  result.st_nlink = 1;
  return result;
}

}  // namespace

void console_open_standard(DescriptorTable& table) {
  Ref<File> console = make_ref<Console>();
  for (int fd = 0; fd < 3; ++fd) (void)table.allocate(console);
}

}  // namespace farcall::kernel
