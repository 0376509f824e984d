// The program after an exec: continues, or begins, its stay with the server, and exits with what
// getpid says.
#include <rump/rumpclient.h>
#include <stdlib.h>

int main() {
  if (getenv("FARCALL_EXEC") == nullptr && getenv("FARCALL_SPAWN") == nullptr) return 100;
  if (rumpclient_init() != 0) return 101;
  if (getenv("FARCALL_EXEC") != nullptr || getenv("FARCALL_SPAWN") != nullptr) return 102;
  long result[2];
  if (rumpclient_syscall(20, nullptr, 0, result) != 0) return 103;
  return static_cast<int>(result[0]);
}
