// farcall dump-bus: what goes over a shmif bus, as a capture for tcpdump and the like.
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "cli/command.h"
#include "farcall/shmif_bus.h"

namespace farcall::cli {
namespace {

using Outcome = std::optional<std::string>;  ///< what went wrong

struct Options {
  std::string path;
  std::string output = "-";
  bool follow = false;
};

/// The start of a pcap file, version 2.4, of Ethernet frames, in this machine's byte order.
struct CaptureHeader {
  std::uint32_t magic = 0xa1b2c3d4;
  std::uint16_t major = 2, minor = 4;
  std::uint32_t zone = 0, accuracy = 0;
  std::uint32_t longest = kBusMaxFrame;
  std::uint32_t link_type = 1;
};
static_assert(sizeof(CaptureHeader) == 24);

struct CaptureRecord {
  std::uint32_t seconds, microseconds, captured, length;
};

std::string reason(const std::string& path) { return path + ": " + std::strerror(errno); }

/// A bus, and where in it we are.
class BusReader {
 public:
  BusReader() = default;
  BusReader(const BusReader&) = delete;
  BusReader& operator=(const BusReader&) = delete;
  ~BusReader() {
    if (memory_ != MAP_FAILED) munmap(memory_, kBusSize);
    if (fd_ != -1) close(fd_);
    if (watch_ != -1) close(watch_);
  }

  /// It is opened for writing, too, because its lock is in it.
  Outcome open(const std::string& path) {
    fd_ = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    struct stat status;
    if (fd_ == -1 || fstat(fd_, &status) == -1) return reason(path);
    if (!S_ISREG(status.st_mode) || static_cast<std::size_t>(status.st_size) < kBusSize) {
      return path + " is no bus";
    }
    watch_ = inotify_init1(IN_CLOEXEC);
    if (inotify_add_watch(watch_, path.c_str(), IN_MODIFY) == -1) return reason(path);
    memory_ = mmap(nullptr, kBusSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
    if (memory_ == MAP_FAILED) return reason(path);
    return Bus(memory_).extent() ? std::nullopt : Outcome(path + " is no bus");
  }

  enum class Next { frame, nothing, locked };
  Next next(BusFrameHeader& header, std::byte* frame) {
    Bus bus(memory_);
    if (!lock(bus)) return Next::locked;
    const Bus::Read outcome = bus.read(position_, header, frame);
    bus.unlock();
    return outcome == Bus::Read::frame ? Next::frame : Next::nothing;
  }

  /// Until somebody has written.
  void wait() const {
    alignas(inotify_event) std::array<char, 4096> events;
    [[maybe_unused]] const auto size = ::read(watch_, events.data(), events.size());
  }

 private:
  static bool lock(Bus& bus) {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!bus.try_lock()) {
      if (std::chrono::steady_clock::now() > patience) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

  int fd_ = -1, watch_ = -1;
  void* memory_ = MAP_FAILED;
  std::uint64_t position_ = 0;
};

class Capture {
 public:
  Capture() = default;
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  ~Capture() {
    if (file_ != nullptr && file_ != stdout) std::fclose(file_);
  }

  Outcome open(const std::string& path) {
    const bool standard = path == "-";
    if (standard && isatty(STDOUT_FILENO) == 1) {
      return "a capture is nothing for a terminal: give --write FILE, or a pipe to tcpdump -r -";
    }
    file_ = standard ? stdout : std::fopen(path.c_str(), "we");
    if (file_ == nullptr) return reason(path);
    put(CaptureHeader{});
    return std::nullopt;
  }
  void add(const BusFrameHeader& header, const std::byte* frame) {
    put(CaptureRecord{header.seconds, header.microseconds, header.length, header.length});
    std::fwrite(frame, 1, header.length, file_);
  }
  /// False: nobody takes any more of it.
  bool flush() { return std::fflush(file_) == 0 && std::ferror(file_) == 0; }

 private:
  template <class Record>
  void put(const Record& record) {
    std::fwrite(&record, sizeof record, 1, file_);
  }

  std::FILE* file_ = nullptr;
};

Outcome dump(const Options& options) {
  BusReader bus;
  Capture capture;
  if (auto why = bus.open(options.path)) return why;
  if (auto why = capture.open(options.output)) return why;
  BusFrameHeader header = {};
  std::array<std::byte, kBusMaxFrame> frame;
  for (;;) {
    const auto next = bus.next(header, frame.data());
    if (next == BusReader::Next::locked) return "a kernel does not give up the lock of the bus";
    if (next == BusReader::Next::frame) {
      capture.add(header, frame.data());
      continue;
    }
    if (!capture.flush()) return reason(options.output);
    if (!options.follow) return std::nullopt;
    bus.wait();
  }
}

}  // namespace

Command add_dump_bus(CLI::App& app) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "dump-bus", "Write what goes over a bus (serve --if shmif:PATH) as a pcap file");
  command->add_option("path", options->path, "the file of the bus")->required()->type_name("PATH");
  command->add_option("--write,-w", options->output, "the file to write (default: standard output)")
      ->type_name("FILE");
  command->add_flag("--follow", options->follow, "go on with what comes, until told to stop");
  return [options] {
    const auto why = dump(*options);
    return why ? fail(kFailed, *why) : 0;
  };
}

}  // namespace farcall::cli
