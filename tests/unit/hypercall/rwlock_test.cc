// Reader/writer locks.
#include <vector>

#include "fake_kernel.h"
#include "netbsd/constants.h"

namespace farcall::test {
namespace {

class RwLock : public HypercallTest {
 protected:
  RwLock() { rumpuser_rw_init(&rw_); }
  ~RwLock() override { rumpuser_rw_destroy(rw_); }

  void enter(int kind) {
    in_kernel([&] { rumpuser_rw_enter(kind, rw_); });
  }
  void exit() {
    in_kernel([&] { rumpuser_rw_exit(rw_); });
  }
  int held(int kind) {
    int result = -1;
    rumpuser_rw_held(kind, rw_, &result);
    return result;
  }
  /// What another thread gets that tries, and releases what it got.
  int another_tries(int kind) {
    int result = -1;
    std::thread([&] {
      AsLwp self(2);
      result = in_kernel([&] { return rumpuser_rw_tryenter(kind, rw_); });
      if (result == 0) exit();
    }).join();
    return result;
  }
  /// A thread that enters and then leaves; returns when it had to give up the CPU for it.
  std::thread contender(int kind) {
    const int before = kernel_.releases();
    std::thread thread([this, kind] {
      AsLwp self(3);
      EXPECT_EQ(releases_in([&] { rumpuser_rw_enter(kind, rw_); }), 1);
      exit();
    });
    kernel_.await_releases(before + 1);
    return thread;
  }

  AsLwp self_{1};
  rumpuser_rw* rw_ = nullptr;
};

TEST_F(RwLock, FreeKeepsTheCpu) {
  for (const int kind : {RUMPUSER_RW_READER, RUMPUSER_RW_WRITER}) {
    EXPECT_EQ(releases_in([&] {
                rumpuser_rw_enter(kind, rw_);
                rumpuser_rw_exit(rw_);
              }),
              0);
  }
}

TEST_F(RwLock, ReadersShareAndWritersDoNot) {
  enter(RUMPUSER_RW_READER);
  EXPECT_EQ(another_tries(RUMPUSER_RW_READER), 0);
  EXPECT_EQ(another_tries(RUMPUSER_RW_WRITER), NB_EBUSY);
  exit();
  enter(RUMPUSER_RW_WRITER);
  EXPECT_EQ(another_tries(RUMPUSER_RW_READER), NB_EBUSY);
  EXPECT_EQ(another_tries(RUMPUSER_RW_WRITER), NB_EBUSY);
  exit();
}

TEST_F(RwLock, TellsWhatIsHeld) {
  EXPECT_EQ(held(RUMPUSER_RW_READER), 0);
  EXPECT_EQ(held(RUMPUSER_RW_WRITER), 0);
  enter(RUMPUSER_RW_READER);
  EXPECT_EQ(held(RUMPUSER_RW_READER), 1);
  EXPECT_EQ(held(RUMPUSER_RW_WRITER), 0);
  exit();
  enter(RUMPUSER_RW_WRITER);
  EXPECT_EQ(held(RUMPUSER_RW_READER), 0);
  EXPECT_EQ(held(RUMPUSER_RW_WRITER), 1);
  std::thread([&] {
    AsLwp another(2);
    EXPECT_EQ(held(RUMPUSER_RW_WRITER), 0);
  }).join();
  exit();
}

TEST_F(RwLock, WriterWaitsForReaderWithoutTheCpu) {
  enter(RUMPUSER_RW_READER);
  std::thread writer = contender(RUMPUSER_RW_WRITER);
  exit();
  writer.join();
  EXPECT_EQ(held(RUMPUSER_RW_WRITER), 0);
}

TEST_F(RwLock, ReaderWaitsForWriterWithoutTheCpu) {
  enter(RUMPUSER_RW_WRITER);
  std::thread first = contender(RUMPUSER_RW_READER);
  std::thread second = contender(RUMPUSER_RW_READER);
  exit();
  first.join();
  second.join();
  EXPECT_EQ(held(RUMPUSER_RW_READER), 0);
}

TEST_F(RwLock, OnlyReaderUpgrades) {
  enter(RUMPUSER_RW_READER);
  EXPECT_EQ(in_kernel([&] { return rumpuser_rw_tryupgrade(rw_); }), 0);
  EXPECT_EQ(held(RUMPUSER_RW_WRITER), 1);
  EXPECT_EQ(held(RUMPUSER_RW_READER), 0);
  EXPECT_EQ(another_tries(RUMPUSER_RW_READER), NB_EBUSY);
  exit();
}

TEST_F(RwLock, OneOfTwoReadersCannotUpgrade) {
  enter(RUMPUSER_RW_READER);
  enter(RUMPUSER_RW_READER);
  EXPECT_EQ(in_kernel([&] { return rumpuser_rw_tryupgrade(rw_); }), NB_EBUSY);
  EXPECT_EQ(held(RUMPUSER_RW_READER), 2);
  exit();
  EXPECT_EQ(in_kernel([&] { return rumpuser_rw_tryupgrade(rw_); }), 0);
  exit();
}

TEST_F(RwLock, DowngradeLetsWaitingReadersIn) {
  enter(RUMPUSER_RW_WRITER);
  std::thread reader = contender(RUMPUSER_RW_READER);
  in_kernel([&] { rumpuser_rw_downgrade(rw_); });
  reader.join();  // while we still read
  EXPECT_EQ(held(RUMPUSER_RW_WRITER), 0);
  EXPECT_EQ(held(RUMPUSER_RW_READER), 1);
  EXPECT_EQ(another_tries(RUMPUSER_RW_WRITER), NB_EBUSY);
  exit();
}

TEST_F(RwLock, DowngradeKeepsWaitingWritersOut) {
  enter(RUMPUSER_RW_WRITER);
  std::thread writer = contender(RUMPUSER_RW_WRITER);
  in_kernel([&] { rumpuser_rw_downgrade(rw_); });
  EXPECT_EQ(held(RUMPUSER_RW_READER), 1);
  exit();
  writer.join();
}

TEST_F(RwLock, ReadersWaitBehindAWaitingWriter) {
  enter(RUMPUSER_RW_READER);
  std::thread writer = contender(RUMPUSER_RW_WRITER);
  // The writer announces itself just after it gave up the CPU.
  while (another_tries(RUMPUSER_RW_READER) == 0) std::this_thread::yield();
  std::thread reader = contender(RUMPUSER_RW_READER);
  exit();
  writer.join();
  reader.join();
}

TEST_F(RwLock, ManyThreadsSeeNoHalfWrittenValue) {
  constexpr int kRounds = 2000;
  int first = 0;
  int second = 0;
  auto write = [&] {
    AsLwp self(4);
    for (int i = 0; i < kRounds; ++i) {
      enter(RUMPUSER_RW_WRITER);
      ++first;
      ++second;
      exit();
    }
  };
  auto read = [&] {
    for (int i = 0; i < kRounds; ++i) {
      enter(RUMPUSER_RW_READER);
      EXPECT_EQ(first, second);
      exit();
    }
  };
  std::vector<std::thread> threads;
  threads.emplace_back(write);
  threads.emplace_back(write);
  threads.emplace_back(read);
  threads.emplace_back(read);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(first, 2 * kRounds);
}

}  // namespace
}  // namespace farcall::test
