// The kernel under load, within this process, above our hypercalls: netbsd_stress SECONDS IMAGE
// [PARALLEL]. IMAGE is an ext2 file system. Files, pipes, sockets, poll and processes are used by
// many threads at once, and all data is looked at. What a sanitizer says, it says of the
// hypercalls: NetBSD's libraries are not instrumented.
#include <arpa/inet.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "netbsd/constants.h"
#include "netbsd/layouts.h"
#include "own_kernel.h"
#include "rump/rumpuser.h"

namespace farcall::netbsd_own {
namespace {

using Clock = std::chrono::steady_clock;
using Bytes = std::vector<char>;

void require(bool holds, const char* what, int error = 0) {
  if (holds) return;
  std::fprintf(stderr, "not true: %s (NetBSD error %d)\n", what, error);
  std::abort();
}

long good(const Outcome& outcome, const char* what) {
  require(outcome.error == 0, what, outcome.error);
  return outcome.result;
}

template <class Function>
Function* function(const char* symbol) {
  return reinterpret_cast<Function*>(function_of_kernel(symbol));
}

/// A process of the kernel for the calling thread; further threads of it join by its number.
class Process {
 public:
  Process() { require(function<int(int)>("rump_pub_lwproc_rfork")(RUMP_RFCFDG) == 0, "rfork"); }
  explicit Process(long number) {
    require(function<int(int)>("rump_pub_lwproc_newlwp")(static_cast<int>(number)) == 0, "newlwp");
  }
  ~Process() { function<void()>("rump_pub_lwproc_releaselwp")(); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
};

Bytes pattern(std::size_t size, unsigned seed) {
  Bytes data(size);
  for (char& byte : data) byte = static_cast<char>((seed = seed * 1664525U + 1013904223U) >> 24);
  return data;
}

void write_all(int fd, const Bytes& data) {
  for (std::size_t done = 0; done < data.size();) {
    done +=
        static_cast<std::size_t>(good(call("write", fd, &data[done], data.size() - done), "write"));
  }
}

void expect_to_read(int fd, const Bytes& data) {
  Bytes found(data.size());
  for (std::size_t done = 0; done < found.size();) {
    const long got = good(call("read", fd, &found[done], found.size() - done), "read");
    require(got > 0, "what was written is there");
    done += static_cast<std::size_t>(got);
  }
  require(found == data, "what was written is what is read");
}

/// One use of the kernel, by thread `who`, for the `turn`-th time.
void use_files(const char* directory, unsigned who, unsigned turn) {
  const std::string path = std::string(directory) + "/" + std::to_string(who);
  const std::string other = path + ".moved";
  const Bytes data = pattern(1 + (turn * 7919) % 100'000, who + turn);
  constexpr int kFlags = NB_O_RDWR | NB_O_CREAT | NB_O_TRUNC;
  const int fd = static_cast<int>(good(call("open", path.c_str(), kFlags, 0644), "open"));
  write_all(fd, data);
  if (turn % 4 == 0) good(call("fsync", fd), "fsync");
  good(call("close", fd), "close");
  good(call("rename", path.c_str(), other.c_str()), "rename");
  const int again = static_cast<int>(good(call("open", other.c_str(), NB_O_RDONLY), "open again"));
  expect_to_read(again, data);
  good(call("close", again), "close again");
  good(call("unlink", other.c_str()), "unlink");
}

void use_memory_files(unsigned who, unsigned turn) { use_files("/memory", who, turn); }
void use_disk_files(unsigned who, unsigned turn) { use_files("/disk", who, turn); }

/// Sends through `from` in another thread of this process while this one receives at `to`.
void exchange(int from, int to, const Bytes& data) {
  const long process = good(call("getpid"), "getpid");
  std::thread sender([&] {
    const Process joined(process);
    write_all(from, data);
  });
  expect_to_read(to, data);
  sender.join();
}

void use_socketpairs(unsigned who, unsigned turn) {
  int ends[2] = {-1, -1};
  good(call("socketpair", NB_AF_LOCAL, NB_SOCK_STREAM, 0, ends), "socketpair");
  exchange(ends[0], ends[1], pattern(100'000, who + turn));
  good(call("close", ends[0]), "close");
  good(call("close", ends[1]), "close");
}

int tcp_socket() {
  return static_cast<int>(good(call("socket30", NB_AF_INET, NB_SOCK_STREAM, 0), "socket"));
}

void use_tcp(unsigned who, unsigned turn) {
  netbsd::sockaddr_in address{};
  address.sin_len = sizeof address;
  address.sin_family = NB_AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  unsigned length = sizeof address;
  const int listener = tcp_socket();
  good(call("bind", listener, &address, sizeof address), "bind");
  good(call("listen", listener, 1), "listen");
  good(call("getsockname", listener, &address, &length), "getsockname");
  const int client = tcp_socket();
  good(call("connect", client, &address, sizeof address), "connect");
  const int server = static_cast<int>(good(call("accept", listener, nullptr, nullptr), "accept"));
  exchange(client, server, pattern(300'000, who + turn));
  exchange(server, client, pattern(100'000, who * turn));
  for (const int fd : {listener, client, server}) good(call("close", fd), "close");
}

/// Waits that end by time, and waits that another thread ends.
void use_poll(unsigned, unsigned turn) {
  int ends[2] = {-1, -1};
  good(call("socketpair", NB_AF_LOCAL, NB_SOCK_STREAM, 0, ends), "socketpair");
  netbsd::pollfd entry{ends[0], NB_POLLIN, 0};
  require(good(call("poll", &entry, 1, 1 + turn % 20), "poll") == 0, "a quiet poll ends by time");
  const long process = good(call("getpid"), "getpid");
  std::thread other([&] {
    const Process joined(process);
    write_all(ends[1], {'!'});
  });
  require(good(call("poll", &entry, 1, -1), "poll") == 1, "poll ends by what is written");
  other.join();
  good(call("close", ends[0]), "close");
  good(call("close", ends[1]), "close");
}

struct Use {
  const char* name;
  void (*once)(unsigned who, unsigned turn);
  std::atomic<unsigned long> times = 0;
};
Use uses[] = {{"memory files", use_memory_files},
              {"disk files", use_disk_files},
              {"socketpairs", use_socketpairs},
              {"tcp", use_tcp},
              {"poll", use_poll}};

void make_file_systems(const char* image) {
  struct {
    int version = 1;
    std::uint64_t most_nodes = 0, most_bytes = 0;
    unsigned owner = 0, group = 0, mode = 0755;
  } memory;
  good(call("mkdir", "/memory", 0755), "mkdir");
  good(call("mount50", "tmpfs", "/memory", 0, &memory, sizeof memory), "mount of tmpfs");
  constexpr int kBlockDevice = 1;  // RUMP_ETFS_BLK
  require(function<int(const char*, const char*, int)>("rump_pub_etfs_register")("/image", image,
                                                                                 kBlockDevice) == 0,
          "the image becomes a device");
  netbsd::ufs_args disk{const_cast<char*>("/image")};
  good(call("mkdir", "/disk", 0755), "mkdir");
  good(call("mount50", "ext2fs", "/disk", 0, &disk, sizeof disk), "mount of the image");
}

void work(Use& use, unsigned who, Clock::time_point end) {
  for (unsigned turn = 0; Clock::now() < end; ++turn) {
    const Process process;
    use.once(who, turn);
    ++use.times;
  }
}

int run(std::chrono::seconds time, const char* image, unsigned parallel) {
  if (!start_kernel("rump")) return 77;
  make_file_systems(image);
  const auto end = Clock::now() + time;
  std::vector<std::thread> threads;
  for (Use& use : uses) {
    for (unsigned who = 0; who < parallel; ++who) {
      threads.emplace_back([&use, who, end] { work(use, who, end); });
    }
  }
  for (std::thread& thread : threads) thread.join();
  for (const Use& use : uses) {
    std::printf("%s: %lu times\n", use.name, use.times.load());
    require(use.times != 0, "everything was used");
  }
  good(call("unmount", "/disk", 0), "unmount");
  return 0;
}

}  // namespace
}  // namespace farcall::netbsd_own

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: netbsd_stress SECONDS IMAGE [PARALLEL]\n");
    return 2;
  }
  const auto parallel = argc > 3 ? static_cast<unsigned>(std::atoi(argv[3])) : 2U;
  return farcall::netbsd_own::run(std::chrono::seconds(std::atoi(argv[1])), argv[2], parallel);
}
