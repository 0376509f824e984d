// mmap(2) of files, and what a program may do with a mapping.
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <array>
#include <atomic>
#include <csetjmp>
#include <csignal>
#include <thread>

#include "files.h"

namespace farcall::conformance {
namespace {

constexpr std::size_t kPage = 4096;
constexpr int kReadWrite = PROT_READ | PROT_WRITE;

/// Owns a mapping.
class Mapping {
 public:
  Mapping(int fd, std::size_t size, int protection, int flags, off_t offset = 0)
      : size_(size), data_(mmap(nullptr, size, protection, flags, fd, offset)) {
    EXPECT_NE(data_, MAP_FAILED) << strerror(errno);
  }
  ~Mapping() {
    if (data_ != MAP_FAILED) munmap(data_, size_);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  [[nodiscard]] char* data() const { return static_cast<char*>(data_); }
  [[nodiscard]] std::string_view text(std::size_t size) const { return {data(), size}; }

 private:
  std::size_t size_;
  void* data_;
};

/// mmap with -1 for MAP_FAILED.
long map_result(int fd, std::size_t size, int protection, int flags, off_t offset = 0) {
  void* const data = mmap(nullptr, size, protection, flags, fd, offset);
  if (data == MAP_FAILED) return -1;
  munmap(data, size);
  return 0;
}

sigjmp_buf escape;
volatile int caught_signal;

/// The signal that reading `address` raises, or 0.
int signal_of_reading(const char* address) {
  struct sigaction action {};
  action.sa_handler = [](int signal) {
    caught_signal = signal;
    siglongjmp(escape, 1);
  };
  struct sigaction bus {};
  struct sigaction segv {};
  sigaction(SIGBUS, &action, &bus);
  sigaction(SIGSEGV, &action, &segv);
  caught_signal = 0;
  if (sigsetjmp(escape, 1) == 0) static_cast<void>(*static_cast<const volatile char*>(address));
  sigaction(SIGBUS, &bus, nullptr);
  sigaction(SIGSEGV, &segv, nullptr);
  return caught_signal;
}

/// Runs `work` in a child that ends by exit(3), not _exit(2), with the status 0.
template <class Work>
void in_child(Work work) {
  const pid_t pid = fork();
  if (pid == 0) {
    work();
    exit(0);
  }
  int status = -1;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
}

class Mmap : public Files {
 protected:
  /// An open file of `size` bytes, which repeat the alphabet.
  [[nodiscard]] Fd alphabet(std::size_t size, int flags = O_RDWR) const {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += static_cast<char>('a' + i % 26);
    write_file(path("file"), text);
    return open_file(path("file"), flags);
  }
  [[nodiscard]] std::string contents() const { return read_file(path("file")); }
};

TEST_F(Mmap, PrivateShowsTheFile) {
  const Fd file = alphabet(3 * kPage + 100, O_RDONLY);
  const Mapping mapping(file.get(), 3 * kPage + 100, PROT_READ, MAP_PRIVATE);
  EXPECT_EQ(mapping.text(3 * kPage + 100), contents());
}

TEST_F(Mmap, OffsetIsInPages) {
  const Fd file = alphabet(3 * kPage, O_RDONLY);
  const Mapping mapping(file.get(), kPage, PROT_READ, MAP_PRIVATE, 2 * kPage);
  EXPECT_EQ(mapping.text(kPage), contents().substr(2 * kPage));
  EXPECT_THAT(map_result(file.get(), kPage, PROT_READ, MAP_PRIVATE, 100), FailsWith(EINVAL));
}

TEST_F(Mmap, MappingOutlivesItsDescriptorAndName) {
  Fd file = alphabet(kPage, O_RDONLY);
  const std::string wanted = contents();
  const Mapping mapping(file.get(), kPage, PROT_READ, MAP_PRIVATE);
  file.reset();
  ASSERT_THAT(unlink(path("file").c_str()), Succeeds());
  EXPECT_EQ(mapping.text(kPage), wanted);
}

TEST_F(Mmap, PrivateChangesStayPrivate) {
  const Fd file = alphabet(100);
  {
    const Mapping mapping(file.get(), 100, kReadWrite, MAP_PRIVATE);
    mapping.data()[0] = '!';
    EXPECT_THAT(msync(mapping.data(), 100, MS_SYNC), Succeeds());
  }
  EXPECT_EQ(contents().substr(0, 3), "abc");
}

TEST_F(Mmap, ZerosFollowTheEndInItsPage) {
  const Fd file = alphabet(kPage + 10, O_RDONLY);
  const Mapping mapping(file.get(), 2 * kPage, PROT_READ, MAP_PRIVATE);
  EXPECT_EQ(mapping.text(2 * kPage).substr(kPage + 10), std::string(kPage - 10, '\0'));
}

TEST_F(Mmap, PagesBehindTheEndRaiseSigbus) {
  const Fd file = alphabet(kPage + 10, O_RDONLY);
  for (const int flags : {MAP_PRIVATE, MAP_SHARED}) {
    const Mapping mapping(file.get(), 3 * kPage, PROT_READ, flags);
    EXPECT_EQ(signal_of_reading(mapping.data() + 2 * kPage - 1), 0);
    EXPECT_EQ(signal_of_reading(mapping.data() + 2 * kPage), SIGBUS);
  }
}

TEST_F(Mmap, EmptyFileHasNoPages) {
  const Fd file = alphabet(0, O_RDONLY);
  const Mapping mapping(file.get(), kPage, PROT_READ, MAP_PRIVATE);
  EXPECT_EQ(signal_of_reading(mapping.data()), SIGBUS);
}

TEST_F(Mmap, ProtectionIsAsAsked) {
  const Fd file = alphabet(kPage, O_RDONLY);
  const Mapping mapping(file.get(), kPage, PROT_NONE, MAP_PRIVATE);
  EXPECT_EQ(signal_of_reading(mapping.data()), SIGSEGV);
  ASSERT_THAT(mprotect(mapping.data(), kPage, kReadWrite), Succeeds());
  EXPECT_EQ(mapping.data()[1], 'b');
  mapping.data()[1] = '!';
}

TEST_F(Mmap, AccessModeOfTheDescriptorCounts) {
  const Fd reader = alphabet(kPage, O_RDONLY);
  EXPECT_THAT(map_result(reader.get(), kPage, kReadWrite, MAP_SHARED), FailsWith(EACCES));
  EXPECT_THAT(map_result(reader.get(), kPage, kReadWrite, MAP_PRIVATE), Succeeds());
  EXPECT_THAT(map_result(reader.get(), kPage, PROT_READ, MAP_SHARED), Succeeds());
  const Fd writer = open_file(path("file"), O_WRONLY);
  EXPECT_THAT(map_result(writer.get(), kPage, PROT_READ, MAP_PRIVATE), FailsWith(EACCES));
  EXPECT_THAT(map_result(writer.get(), kPage, PROT_WRITE, MAP_SHARED), FailsWith(EACCES));
}

TEST_F(Mmap, ReadOnlySharedCannotBecomeWritable) {
  const Fd file = alphabet(kPage, O_RDONLY);
  const Mapping mapping(file.get(), kPage, PROT_READ, MAP_SHARED);
  EXPECT_THAT(mprotect(mapping.data(), kPage, kReadWrite), FailsWith(EACCES));
}

TEST_F(Mmap, BadRequests) {
  const Fd file = alphabet(kPage);
  EXPECT_THAT(map_result(file.get(), 0, PROT_READ, MAP_PRIVATE), FailsWith(EINVAL));
  EXPECT_THAT(map_result(file.get(), kPage, PROT_READ, 0), FailsWith(EINVAL));
  const Fd here = open_file(directory(), O_RDONLY | O_DIRECTORY);
  EXPECT_THAT(map_result(here.get(), kPage, PROT_READ, MAP_PRIVATE), FailsWith(ENODEV));
}

TEST_F(Mmap, FixedReplacesWhatWasThere) {
  const Fd file = alphabet(kPage);
  const Mapping room(-1, 3 * kPage, kReadWrite, MAP_PRIVATE | MAP_ANONYMOUS);
  void* const wanted = room.data() + kPage;
  EXPECT_EQ(mmap(wanted, kPage, PROT_READ, MAP_PRIVATE | MAP_FIXED, file.get(), 0), wanted);
  EXPECT_EQ(room.data()[kPage], 'a');
  EXPECT_EQ(room.data()[0], '\0');
  EXPECT_EQ(mmap(wanted, kPage, PROT_READ, MAP_PRIVATE | MAP_FIXED_NOREPLACE, file.get(), 0),
            MAP_FAILED);
  EXPECT_EQ(errno, EEXIST);
}

TEST_F(Mmap, SharedChangesReachTheFileByMunmap) {
  const Fd file = alphabet(3 * kPage + 5);
  std::string wanted = contents();
  {
    const Mapping mapping(file.get(), 3 * kPage + 5, kReadWrite, MAP_SHARED);
    for (const std::size_t at : {std::size_t{0}, kPage - 1, kPage, 3 * kPage + 4}) {
      mapping.data()[at] = wanted[at] = '!';
    }
    mapping.data()[3 * kPage + 5] = '?';  // behind the end: nobody's
  }
  EXPECT_EQ(contents(), wanted);
}

TEST_F(Mmap, SharedChangesReachTheFileByMsync) {
  Fd file = alphabet(2 * kPage);
  const Mapping mapping(file.get(), 2 * kPage, kReadWrite, MAP_SHARED);
  file.reset();
  mapping.data()[kPage + 1] = '!';
  ASSERT_THAT(msync(mapping.data(), 2 * kPage, MS_SYNC), Succeeds());
  EXPECT_EQ(contents()[kPage + 1], '!');
  EXPECT_THAT(msync(mapping.data() + 1, kPage, MS_SYNC), FailsWith(EINVAL));
}

TEST_F(Mmap, PartsAreUnmappedAlone) {
  const Fd file = alphabet(3 * kPage);
  const Mapping mapping(file.get(), 3 * kPage, kReadWrite, MAP_SHARED);
  for (std::size_t page = 0; page < 3; ++page) mapping.data()[page * kPage] = '!';
  ASSERT_THAT(munmap(mapping.data() + kPage, kPage), Succeeds());
  EXPECT_EQ(contents()[kPage], '!');
  EXPECT_EQ(signal_of_reading(mapping.data() + kPage), SIGSEGV);
  mapping.data()[2 * kPage] = '?';
  ASSERT_THAT(munmap(mapping.data() + 2 * kPage, kPage), Succeeds());
  EXPECT_EQ(contents()[2 * kPage], '?');
}

TEST_F(Mmap, WhatIsWrittenByCallsIsSeen) {
  const Fd file = alphabet(2 * kPage);
  const Mapping mapping(file.get(), 2 * kPage, kReadWrite, MAP_SHARED);
  EXPECT_EQ(pwrite(file.get(), "1", 1, kPage), 1);
  EXPECT_EQ(mapping.data()[kPage], '1');
  EXPECT_EQ(write(file.get(), "23", 2), 2);
  EXPECT_EQ(mapping.text(3), "23c");
  mapping.data()[2] = '4';
  ASSERT_THAT(msync(mapping.data(), kPage, MS_SYNC), Succeeds());
  EXPECT_EQ(contents().substr(0, 4), "234d");
}

TEST_F(Mmap, SharedChangesReachTheFileByFsync) {
  const Fd file = alphabet(kPage);
  const Mapping mapping(file.get(), kPage, kReadWrite, MAP_SHARED);
  mapping.data()[0] = '!';
  ASSERT_THAT(fsync(file.get()), Succeeds());
  EXPECT_EQ(contents()[0], '!');
}

TEST_F(Mmap, WhatIsCutOffIsNotWritten) {
  const Fd file = alphabet(2 * kPage);
  {
    const Mapping mapping(file.get(), 2 * kPage, kReadWrite, MAP_SHARED);
    mapping.data()[0] = '!';
    mapping.data()[100] = '!';
    mapping.data()[kPage] = '!';
    ASSERT_THAT(ftruncate(file.get(), 50), Succeeds());
    EXPECT_EQ(mapping.data()[100], '\0');
  }
  EXPECT_EQ(contents().size(), 50U);
  EXPECT_EQ(contents()[0], '!');
}

TEST_F(Mmap, ChildrenShareAndExitWrites) {
  const Fd file = alphabet(kPage);
  const Mapping mapping(file.get(), kPage, kReadWrite, MAP_SHARED);
  in_child([&] { mapping.data()[0] = '!'; });
  EXPECT_EQ(mapping.data()[0], '!');
  EXPECT_EQ(contents()[0], '!');
  in_child([&] {
    mapping.data()[1] = '?';
    _exit(0);
  });
  EXPECT_EQ(contents().substr(0, 2), "!?");
}

TEST_F(Mmap, ChildrenDoNotWriteWhatTheirParentHasWritten) {
  const Fd file = alphabet(kPage);
  std::array<int, 2> pipe_ends{};
  ASSERT_THAT(pipe(pipe_ends.data()), Succeeds());
  Fd going(pipe_ends[0]);
  Fd stop(pipe_ends[1]);
  pid_t child = -1;
  {
    const Mapping mapping(file.get(), kPage, kReadWrite, MAP_SHARED);
    child = fork();
    if (child == 0) {
      char byte = 0;
      stop.reset();
      exit(read(going.get(), &byte, 1) == 0 ? 0 : 1);
    }
    mapping.data()[0] = '!';
  }
  write_file(path("file"), "by others");
  stop.reset();
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(contents(), "by others");
}

TEST_F(Mmap, ForksWhileAnotherThreadMaps) {
  constexpr int kForks = 20;
  const Fd file = alphabet(kPage);
  std::atomic<bool> done{false};
  std::thread mapper([&] {
    for (char byte = 'a'; !done; byte = byte == 'z' ? 'a' : static_cast<char>(byte + 1)) {
      const Mapping mapping(file.get(), kPage, kReadWrite, MAP_SHARED);
      mapping.data()[0] = byte;
    }
  });
  for (int i = 0; i < kForks; ++i) {
    in_child([&] {
      const Mapping mapping(file.get(), kPage, PROT_READ, MAP_PRIVATE);
      if (mapping.data()[1] != 'b') _exit(1);
    });
  }
  done = true;
  mapper.join();
}

TEST_F(Mmap, ExecWrites) {
  const Fd file = alphabet(kPage);
  in_child([&] {
    const Mapping mapping(file.get(), kPage, kReadWrite, MAP_SHARED);
    mapping.data()[0] = '!';
    execl("/bin/true", "true", nullptr);
  });
  EXPECT_EQ(contents()[0], '!');
}

TEST_F(Mmap, MremapFollowsTheFile) {
  const Fd file = alphabet(kPage);
  void* data = mmap(nullptr, kPage, kReadWrite, MAP_SHARED, file.get(), 0);
  ASSERT_NE(data, MAP_FAILED);
  static_cast<char*>(data)[0] = '!';
  ASSERT_THAT(ftruncate(file.get(), 4 * kPage), Succeeds());
  data = mremap(data, kPage, 4 * kPage, MREMAP_MAYMOVE);
  ASSERT_NE(data, MAP_FAILED);
  EXPECT_EQ(static_cast<char*>(data)[0], '!');
  static_cast<char*>(data)[3 * kPage] = '?';
  data = mremap(data, 4 * kPage, 2 * kPage, 0);
  ASSERT_NE(data, MAP_FAILED);
  EXPECT_THAT(munmap(data, 2 * kPage), Succeeds());
  EXPECT_EQ(contents()[0], '!');
  EXPECT_EQ(contents()[3 * kPage], '?');
}

TEST_F(Mmap, LargeFile) {
  constexpr std::size_t kLarge = (std::size_t{3} << 20) + 77;
  const Fd file = alphabet(kLarge, O_RDONLY);
  const Mapping mapping(file.get(), kLarge, PROT_READ, MAP_PRIVATE);
  EXPECT_TRUE(mapping.text(kLarge) == contents());
}

/// On NetBSD's kernel a file that is locked is not mapped for sharing: docs/netbsd.md.
TEST_F(Mmap, LockedFile) {
  const Fd file = alphabet(kPage);
  ASSERT_THAT(flock(file.get(), LOCK_EX), Succeeds());
  const long shared = map_result(file.get(), kPage, kReadWrite, MAP_SHARED);
  if (on_netbsd()) {
    EXPECT_THAT(shared, FailsWith(ENODEV));
  } else {
    EXPECT_THAT(shared, Succeeds());
  }
  EXPECT_THAT(map_result(file.get(), kPage, kReadWrite, MAP_PRIVATE), Succeeds());
}

}  // namespace
}  // namespace farcall::conformance
