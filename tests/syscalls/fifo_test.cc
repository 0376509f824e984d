// FIFOs: pipes that have a name.
#include <poll.h>
#include <sys/wait.h>

#include <csignal>
#include <thread>

#include "files.h"

namespace farcall::conformance {
namespace {

struct Ends {
  Fd reader;
  Fd writer;
};

class Fifo : public Files {
 protected:
  void SetUp() override {
    Files::SetUp();
    ASSERT_THAT(mkfifo(name().c_str(), 0600), Succeeds());
  }
  [[nodiscard]] std::string name() const { return path("fifo"); }

  /// Each open waits for the other.
  [[nodiscard]] Ends open_both() const {
    Ends ends;
    std::thread opener([&] { ends.reader = open_file(name(), O_RDONLY); });
    ends.writer = open_file(name(), O_WRONLY);
    opener.join();
    return ends;
  }
};

TEST_F(Fifo, IsOne) { EXPECT_TRUE(S_ISFIFO(status_of(name()).st_mode)); }

TEST_F(Fifo, CarriesBytes) {
  const Ends ends = open_both();
  EXPECT_EQ(write(ends.writer.get(), "some text", 9), 9);
  char text[10] = {};
  EXPECT_EQ(read(ends.reader.get(), text, 4), 4);
  EXPECT_STREQ(text, "some");
  EXPECT_EQ(read(ends.reader.get(), text, sizeof text), 5);
  EXPECT_THAT(lseek(ends.reader.get(), 0, SEEK_CUR), FailsWith(ESPIPE));
}

TEST_F(Fifo, EndsWithItsWriters) {
  Ends ends = open_both();
  EXPECT_EQ(write(ends.writer.get(), "text", 4), 4);
  ends.writer.reset();
  EXPECT_EQ(read_to_end(ends.reader.get()), "text");
}

TEST_F(Fifo, WithoutReadersWritingFails) {
  Ends ends = open_both();
  ends.reader.reset();
  signal(SIGPIPE, SIG_IGN);
  EXPECT_THAT(write(ends.writer.get(), "x", 1), FailsWith(EPIPE));
  signal(SIGPIPE, SIG_DFL);
}

TEST_F(Fifo, OpensWithoutWaiting) {
  EXPECT_THAT(open(name().c_str(), O_WRONLY | O_NONBLOCK), FailsWith(ENXIO));
  const Fd reader = open_file(name(), O_RDONLY | O_NONBLOCK);
  const Fd writer = open_file(name(), O_WRONLY | O_NONBLOCK);
  char byte = 0;
  EXPECT_THAT(read(reader.get(), &byte, 1), FailsWith(EAGAIN));
  EXPECT_EQ(write(writer.get(), "x", 1), 1);
  EXPECT_EQ(wait_for(reader.get(), POLLIN), POLLIN);
  EXPECT_EQ(read(reader.get(), &byte, 1), 1);
}

TEST_F(Fifo, ConnectsProcesses) {
  const pid_t child = fork();
  if (child == 0) {
    const Fd writer(open(name().c_str(), O_WRONLY));
    _exit(write(writer.get(), "from a child", 12) == 12 ? 0 : 1);
  }
  const Fd reader = open_file(name(), O_RDONLY);
  EXPECT_EQ(read_to_end(reader.get()), "from a child");
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace farcall::conformance
