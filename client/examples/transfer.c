/*
 * transfer: carries standard input through a kernel's TCP to another transfer's standard output,
 * in buffers that are shared with the server. docs/buffers.md goes through it.
 *
 *     farcall serve
 *     export RUMP_SERVER=...                        # as farcall serve prints it
 *     transfer receive 4000 >copy &
 *     transfer send 127.0.0.1 4000 <file
 *
 * At its end each says on standard error how many bytes went without a copy.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <farcall/buffers.h>
#include <farcall/client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* System calls, constants and addresses are NetBSD/amd64's (docs/SYSCALLS.md). */
enum {
  SYS_CLOSE = 6,
  SYS_ACCEPT = 30,
  SYS_CONNECT = 98,
  SYS_BIND = 104,
  SYS_LISTEN = 106,
  SYS_SHUTDOWN = 134,
  SYS_SOCKET = 394
};
enum { FAMILY_INET = 2, STREAM = 1, SHUT_WRITING = 1 };

struct inet_address {
  uint8_t length;
  uint8_t family;
  uint16_t port;
  struct in_addr address;
  char zeros[8];
};

enum { BUFFER_SIZE = 64 << 10, BUFFERS = 8 };

static void fail(const char* what, int error) {
  if (error < 0) {
    fprintf(stderr, "transfer: %s: %s\n", what, strerror(errno));
  } else {
    fprintf(stderr, "transfer: %s: NetBSD error %d\n", what, error);
  }
  exit(1);
}

static void check(const char* what, int error) {
  if (error != 0) fail(what, error);
}

/* A system call with up to three arguments. */
static int kernel_call(const char* what, int number, uint64_t first, uint64_t second,
                       uint64_t third) {
  const uint64_t arguments[] = {first, second, third};
  long result[2];
  check(what, farcall_syscall(number, arguments, 3, result, 1));
  return (int)result[0];
}

static struct inet_address inet_address_of(const char* address, const char* port) {
  struct inet_address made = {.length = sizeof made, .family = FAMILY_INET};
  made.port = htons((uint16_t)atoi(port));
  if (inet_pton(AF_INET, address, &made.address) != 1) fail(address, EINVAL);
  return made;
}

static int make_socket(void) { return kernel_call("socket", SYS_SOCKET, FAMILY_INET, STREAM, 0); }

/* Fills a buffer from standard input; 0 at the end. */
static size_t fill(farcall_buf* buffer) {
  char* data = farcall_buf_data(buffer);
  size_t size = 0;
  while (size < BUFFER_SIZE) {
    const ssize_t got = read(STDIN_FILENO, data + size, BUFFER_SIZE - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("read", -1);
    if (got == 0) break;
    size += (size_t)got;
  }
  return size;
}

static void send_all(int fd, farcall_buf* buffer, size_t size) {
  for (size_t offset = 0; offset < size;) {
    size_t sent = 0;
    check("send", farcall_buf_send(fd, buffer, offset, size - offset, 0, &sent));
    offset += sent;
  }
}

/* Buffers go round: by the time that one is to be filled again, it has mostly been given back. */
static void send_input(int fd) {
  farcall_buf* buffers[BUFFERS];
  for (int i = 0; i < BUFFERS; ++i) {
    buffers[i] = farcall_buf_alloc(BUFFER_SIZE);
    if (buffers[i] == NULL) fail("farcall_buf_alloc", -1);
  }
  size_t size = 1;
  for (int next = 0; size != 0; next = (next + 1) % BUFFERS) {
    if (farcall_buf_wait(buffers[next], -1) != 0) fail("farcall_buf_wait", -1);
    size = fill(buffers[next]);
    send_all(fd, buffers[next], size);
  }
  kernel_call("shutdown", SYS_SHUTDOWN, (uint64_t)fd, SHUT_WRITING, 0);
  for (int i = 0; i < BUFFERS; ++i) {
    if (farcall_buf_wait(buffers[i], -1) != 0) fail("farcall_buf_wait", -1);
    farcall_buf_free(buffers[i]);
  }
}

static void write_all(const char* data, size_t size) {
  while (size != 0) {
    const ssize_t put = write(STDOUT_FILENO, data, size);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail("write", -1);
    data += put;
    size -= (size_t)put;
  }
}

static void receive_output(int fd) {
  for (;;) {
    farcall_buf* buffer = NULL;
    size_t size = 0;
    check("receive", farcall_buf_receive(fd, BUFFER_SIZE, 0, &buffer, &size));
    if (buffer == NULL) return;
    write_all(farcall_buf_data(buffer), size);
    farcall_buf_free(buffer);
  }
}

static int connect_to(const char* host, const char* port) {
  const struct inet_address address = inet_address_of(host, port);
  const int fd = make_socket();
  kernel_call("connect", SYS_CONNECT, (uint64_t)fd, (uintptr_t)&address, sizeof address);
  return fd;
}

static int accept_at(const char* port) {
  const struct inet_address address = inet_address_of("0.0.0.0", port);
  const int listener = make_socket();
  kernel_call("bind", SYS_BIND, (uint64_t)listener, (uintptr_t)&address, sizeof address);
  kernel_call("listen", SYS_LISTEN, (uint64_t)listener, 1, 0);
  fprintf(stderr, "listening\n");
  const int fd = kernel_call("accept", SYS_ACCEPT, (uint64_t)listener, 0, 0);
  kernel_call("close", SYS_CLOSE, (uint64_t)listener, 0, 0);
  return fd;
}

static void say_how(void) {
  struct farcall_buf_status status;
  farcall_buf_query(&status);
  fprintf(stderr, "%llu bytes sent without a copy, %llu copied in place%s\n",
          (unsigned long long)status.bytes_lent, (unsigned long long)status.bytes_copied,
          status.shared ? "" : "; nothing is shared");
}

int main(int argc, char** argv) {
  const int sends = argc == 4 && strcmp(argv[1], "send") == 0;
  if (!sends && (argc != 3 || strcmp(argv[1], "receive") != 0)) {
    fprintf(stderr, "usage: transfer send ADDRESS PORT <file | transfer receive PORT >file\n");
    return 2;
  }
  char why[256];
  if (farcall_connect(NULL, why, sizeof why) != 0) {
    fprintf(stderr, "transfer: %s\n", why);
    return 1;
  }
  const int fd = sends ? connect_to(argv[2], argv[3]) : accept_at(argv[2]);
  if (sends) {
    send_input(fd);
  } else {
    receive_output(fd);
  }
  kernel_call("close", SYS_CLOSE, (uint64_t)fd, 0, 0);
  say_how();
  return 0;
}
