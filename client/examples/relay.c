/*
 * relay: waits for the kernel and for the host at once. It accepts one connection in the kernel,
 * sends it standard input and writes what comes from there to standard output, as nc(1) does.
 *
 *     farcall serve
 *     export RUMP_SERVER=...                        # as farcall serve prints it
 *     relay 4000 </dev/tty &
 *     echo hello | farcall run -- nc -N 127.0.0.1 4000
 *
 * It ends when both sides have; or when nobody has come for SECONDS, if those are given: then the
 * call that accepts is cancelled.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <farcall/client.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* System calls, constants and addresses are NetBSD/amd64's (docs/SYSCALLS.md). */
enum { SYS_READ = 3, SYS_WRITE = 4, SYS_ACCEPT = 30, SYS_BIND = 104, SYS_LISTEN = 106 };
enum { SYS_SHUTDOWN = 134, SYS_SOCKET = 394 };
enum { FAMILY_INET = 2, STREAM = 1, SHUT_WRITING = 1 };

struct inet_address {
  uint8_t length;
  uint8_t family;
  uint16_t port;
  struct in_addr address;
  char zeros[8];
};

static void fail(const char* what, int error) {
  if (error < 0) {
    fprintf(stderr, "relay: %s: %s\n", what, strerror(errno));
  } else {
    fprintf(stderr, "relay: %s: NetBSD error %d\n", what, error);
  }
  exit(1);
}

static long kernel_call(const char* what, int number, long first, uint64_t second, uint64_t third) {
  const uint64_t arguments[] = {(uint64_t)first, second, third};
  long result[2];
  const int error = farcall_syscall(number, arguments, 3, result, 1);
  if (error != 0) fail(what, error);
  return result[0];
}

static farcall_call* submit(int number, long first, void* second, uint64_t third) {
  const uint64_t arguments[] = {(uint64_t)first, (uint64_t)second, third};
  farcall_call* call = farcall_submit(number, arguments, 3);
  if (call == NULL) fail("submit", -1);
  return call;
}

/* The outcome of a call that has ended, which is freed. */
static long outcome(const char* what, farcall_call* call, int error, long result) {
  farcall_call_free(call);
  if (error < 0) errno = ENOTCONN;
  if (error != 0) fail(what, error);
  return result;
}

static long listen_at(uint16_t port) {
  const struct inet_address name = {
      sizeof name, FAMILY_INET, htons(port), {htonl(INADDR_LOOPBACK)}, {0}};
  const long listener = kernel_call("socket", SYS_SOCKET, FAMILY_INET, STREAM, 0);
  kernel_call("bind", SYS_BIND, listener, (uint64_t)&name, sizeof name);
  kernel_call("listen", SYS_LISTEN, listener, 1, 0);
  fprintf(stderr, "relay: listening on port %d\n", port);
  return listener;
}

/* Waits for a connection for so many milliseconds, -1: for ever. */
static long accept_within(long listener, int milliseconds) {
  farcall_call* call = submit(SYS_ACCEPT, listener, NULL, 0);
  long result[2];
  int error;
  while (!farcall_try(call, &error, result)) {
    struct pollfd waiting = {farcall_call_fd(call), POLLIN, 0};
    if (poll(&waiting, 1, milliseconds) != 0) continue;
    farcall_interrupt(call);
    /* Somebody may have come just now: the outcome says. */
    farcall_wait(call, &error, result);
    break;
  }
  return outcome("accept", call, error, result[0]);
}

static void write_out(const char* bytes, long size) {
  for (ssize_t done; size > 0; bytes += done, size -= done) {
    done = write(STDOUT_FILENO, bytes, (size_t)size);
    if (done < 0) fail("standard output", -1);
  }
}

/* Standard input is readable: its bytes go to the kernel. 0: it has ended. */
static int send_input(long connection) {
  char bytes[4096];
  const ssize_t size = read(STDIN_FILENO, bytes, sizeof bytes);
  if (size < 0) fail("standard input", -1);
  if (size == 0) {
    kernel_call("shutdown", SYS_SHUTDOWN, connection, SHUT_WRITING, 0);
    return 0;
  }
  for (ssize_t sent = 0; sent < size;) {
    sent += kernel_call("write", SYS_WRITE, connection, (uint64_t)(bytes + sent),
                        (uint64_t)(size - sent));
  }
  return 1;
}

static void relay(long connection) {
  static char bytes[4096];
  farcall_call* reading = submit(SYS_READ, connection, bytes, sizeof bytes);
  int input_is_open = 1;
  while (reading != NULL || input_is_open) {
    long result[2];
    int error;
    if (reading != NULL && farcall_try(reading, &error, result)) {
      const long size = outcome("read", reading, error, result[0]);
      write_out(bytes, size);
      reading = size == 0 ? NULL : submit(SYS_READ, connection, bytes, sizeof bytes);
      continue;
    }
    struct pollfd waiting[] = {{input_is_open ? STDIN_FILENO : -1, POLLIN, 0},
                               {reading != NULL ? farcall_call_fd(reading) : -1, POLLIN, 0}};
    if (poll(waiting, 2, -1) < 0 && errno != EINTR) fail("poll", -1);
    if (waiting[0].revents != 0) input_is_open = send_input(connection);
  }
}

int main(int argc, char* argv[]) {
  char why[256];
  if (argc != 2 && argc != 3) {
    fprintf(stderr, "usage: relay PORT [SECONDS]\n");
    return 2;
  }
  if (farcall_connect(NULL, why, sizeof why) != 0) {
    fprintf(stderr, "relay: %s\n", why);
    return 1;
  }
  const long listener = listen_at((uint16_t)atoi(argv[1]));
  relay(accept_within(listener, argc == 3 ? 1000 * atoi(argv[2]) : -1));
  return 0;
}
