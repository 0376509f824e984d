// Block I/O. Run three times, for each way of doing it.
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "fake_kernel.h"
#include "netbsd/constants.h"
#include "temporary_file.h"

namespace farcall::test {
namespace {

constexpr size_t kBlock = 512;

/// Where rumpuser_bio reports: counts, and lets one wait.
class Completions {
 public:
  struct Result {
    size_t transferred;
    int error;
  };

  static void done(void* self, size_t transferred, int error) {
    EXPECT_TRUE(FakeKernel::this_thread_has_cpu());
    static_cast<Completions*>(self)->add({transferred, error});
  }

  Result await_one() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !results_.empty(); });
    const Result result = results_.back();
    results_.pop_back();
    return result;
  }

 private:
  void add(Result result) {
    std::lock_guard lock(mutex_);
    results_.push_back(result);
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Result> results_;
};

class BlockIo : public HypercallTest {
 protected:
  BlockIo() {
    in_kernel([&] {
      return rumpuser_open(directory_.file().c_str(),
                           RUMPUSER_OPEN_RDWR | RUMPUSER_OPEN_CREATE | RUMPUSER_OPEN_BIO, &fd_);
    });
  }
  ~BlockIo() override {
    in_kernel([&] { rumpuser_close(fd_); });
  }

  void start(int op, void* data, size_t length, int64_t offset) {
    in_kernel(
        [&] { rumpuser_bio(fd_, op, data, length, offset, Completions::done, &completions_); });
  }
  Completions::Result perform(int op, void* data, size_t length, int64_t offset) {
    start(op, data, length, offset);
    return completions_.await_one();
  }

  TemporaryDirectory directory_;
  int fd_ = -1;
  Completions completions_;
};

TEST_F(BlockIo, WritesAndReadsBack) {
  std::string out(4 * kBlock, 'w');
  const auto written = perform(RUMPUSER_BIO_WRITE, out.data(), out.size(), kBlock);
  EXPECT_EQ(written.error, 0);
  EXPECT_EQ(written.transferred, out.size());
  std::string in(out.size(), ' ');
  const auto read = perform(RUMPUSER_BIO_READ, in.data(), in.size(), kBlock);
  EXPECT_EQ(read.error, 0);
  EXPECT_EQ(read.transferred, in.size());
  EXPECT_EQ(in, out);
}

TEST_F(BlockIo, SyncWriteIsInTheFile) {
  std::string out(kBlock, 's');
  EXPECT_EQ(perform(RUMPUSER_BIO_WRITE | RUMPUSER_BIO_SYNC, out.data(), out.size(), 0).error, 0);
  EXPECT_EQ(directory_.read(), out);
}

TEST_F(BlockIo, ReadEndsWithTheFile) {
  directory_.write(std::string(kBlock + 100, 'x'));
  std::string in(4 * kBlock, ' ');
  const auto read = perform(RUMPUSER_BIO_READ, in.data(), in.size(), 0);
  EXPECT_EQ(read.error, 0);
  EXPECT_EQ(read.transferred, kBlock + 100);
}

TEST_F(BlockIo, ErrorIsNetbsds) {
  std::string out(kBlock, 'e');
  const int good = std::exchange(fd_, -1);
  EXPECT_EQ(perform(RUMPUSER_BIO_WRITE, out.data(), out.size(), 0).error, NB_EBADF);
  fd_ = good;
}

TEST_F(BlockIo, ManyAtOnceAllEnd) {
  constexpr int kRequests = 500;  // more than fit into any queue of the host
  std::vector<std::string> blocks;
  blocks.reserve(kRequests);
  for (int i = 0; i < kRequests; ++i) blocks.emplace_back(kBlock, static_cast<char>('a' + i % 26));
  for (int i = 0; i < kRequests; ++i) {
    start(RUMPUSER_BIO_WRITE, blocks[static_cast<size_t>(i)].data(), kBlock,
          i * static_cast<int64_t>(kBlock));
  }
  for (int i = 0; i < kRequests; ++i) {
    const auto result = completions_.await_one();
    EXPECT_EQ(result.error, 0);
    EXPECT_EQ(result.transferred, kBlock);
  }
  std::string expected;
  for (const std::string& block : blocks) expected += block;
  EXPECT_EQ(directory_.read(), expected);
}

TEST_F(BlockIo, BarrierWaitsForWhatWasStarted) {
  std::string out(1 << 20, 'b');
  start(RUMPUSER_BIO_WRITE, out.data(), out.size(), 0);
  EXPECT_EQ(in_kernel([&] {
              return rumpuser_syncfd(fd_, RUMPUSER_SYNCFD_WRITE | RUMPUSER_SYNCFD_BARRIER, 0, 0);
            }),
            0);
  EXPECT_EQ(directory_.read(), out);
  EXPECT_EQ(completions_.await_one().transferred, out.size());
}

}  // namespace
}  // namespace farcall::test
