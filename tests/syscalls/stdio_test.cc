// libc's streams on files.
#include <sys/wait.h>

#include <cstdio>
#include <functional>

#include "files.h"

namespace farcall::conformance {
namespace {

class Streams : public Files {
 protected:
  [[nodiscard]] FILE* reopen(const char* name, const char* mode, FILE* stream) const {
    return freopen(path(name).c_str(), mode, stream);
  }
};

std::string rest_of(FILE* stream) {
  std::string text;
  for (int c = getc(stream); c != EOF; c = getc(stream)) text += static_cast<char>(c);
  return text;
}

/// In a child, which fails the test by returning false.
void in_child(const std::function<bool()>& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work() ? 0 : 1);
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(Streams, Positions) {
  FILE* const stream = fopen(path("a").c_str(), "w+");
  ASSERT_NE(stream, nullptr);
  EXPECT_GT(fputs("0123456789", stream), 0);
  EXPECT_EQ(ftell(stream), 10);
  EXPECT_EQ(fseek(stream, 3, SEEK_SET), 0);
  EXPECT_EQ(getc(stream), '3');
  EXPECT_EQ(ungetc('x', stream), 'x');
  EXPECT_EQ(rest_of(stream), "x456789");
  EXPECT_NE(feof(stream), 0);
  rewind(stream);
  EXPECT_EQ(getc(stream), '0');
  EXPECT_EQ(fclose(stream), 0);
}

TEST_F(Streams, Append) {
  write_file(path("a"), "one ");
  FILE* const stream = fopen(path("a").c_str(), "a");
  ASSERT_NE(stream, nullptr);
  EXPECT_GT(fputs("two", stream), 0);
  EXPECT_EQ(fclose(stream), 0);
  EXPECT_EQ(read_file(path("a")), "one two");
}

TEST_F(Streams, AreReopened) {
  FILE* stream = fopen(path("a").c_str(), "w");
  ASSERT_NE(stream, nullptr);
  EXPECT_GT(fputs("first", stream), 0);
  stream = reopen("b", "w", stream);
  ASSERT_NE(stream, nullptr);
  EXPECT_GT(fputs("second", stream), 0);
  stream = reopen("a", "r", stream);
  ASSERT_NE(stream, nullptr);
  EXPECT_EQ(rest_of(stream), "first");
  EXPECT_EQ(putc('x', stream), EOF);
  stream = freopen("/proc/self/comm", "r", stream);
  ASSERT_NE(stream, nullptr);
  EXPECT_THAT(rest_of(stream), testing::StartsWith("syscall_stdio"));
  EXPECT_EQ(fclose(stream), 0);
  EXPECT_EQ(read_file(path("b")), "second");
}

TEST_F(Streams, ReopeningWhatIsNotThereCloses) {
  FILE* const stream = fopen(path("a").c_str(), "w");
  ASSERT_NE(stream, nullptr);
  const int fd = fileno(stream);
  EXPECT_EQ(reopen("none", "r", stream), nullptr);
  EXPECT_EQ(errno, ENOENT);
  EXPECT_THAT(fcntl(fd, F_GETFD), FailsWith(EBADF));
}

TEST_F(Streams, StandardOnesAreReopened) {
  write_file(path("in"), "from the file\n");
  in_child([&] {
    if (reopen("in", "r", stdin) == nullptr || reopen("out", "w", stdout) == nullptr) return false;
    for (int c = getchar(); c != EOF; c = getchar()) putchar(c);
    return fflush(stdout) == 0 && fileno(stdin) == 0 && fileno(stdout) == 1;
  });
  EXPECT_EQ(read_file(path("out")), "from the file\n");
}

TEST_F(Streams, StandardOnesComeBack) {
  in_child([&] {
    if (reopen("out", "w", stdout) == nullptr || puts("to the file") < 0) return false;
    if (freopen("/dev/null", "w", stdout) == nullptr) return false;
    return puts("to nobody") >= 0 && fflush(stdout) == 0;
  });
  EXPECT_EQ(read_file(path("out")), "to the file\n");
}

}  // namespace
}  // namespace farcall::conformance
