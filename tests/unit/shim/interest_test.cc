// What an epoll instance tells of its kernel members: level, edge and one-shot.
#include "shim/wait/interest.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace farcall::shim::wait {
namespace {

epoll_event wanting(std::uint32_t events, std::uint64_t data = 7) {
  return {.events = events, .data = {.u64 = data}};
}

/// What is told when poll(2) answers `revents` about descriptor 3: 0 for nothing.
std::uint32_t told(InterestList& list, short revents) {
  epoll_event event{};
  return list.answer({3, 0, revents}, event) ? event.events : 0;
}

TEST(InterestList, ControlAnswersAsEpollCtl) {
  InterestList list;
  const epoll_event event = wanting(EPOLLIN);
  EXPECT_EQ(list.control(EPOLL_CTL_MOD, 3, &event), -ENOENT);
  EXPECT_EQ(list.control(EPOLL_CTL_DEL, 3, nullptr), -ENOENT);
  EXPECT_EQ(list.control(EPOLL_CTL_ADD, 3, &event), 0);
  EXPECT_EQ(list.control(EPOLL_CTL_ADD, 3, &event), -EEXIST);
  EXPECT_EQ(list.control(99, 3, &event), -EINVAL);
  EXPECT_EQ(list.control(EPOLL_CTL_DEL, 3, nullptr), 0);
  EXPECT_EQ(list.size(), 0U);
}

TEST(InterestList, LevelTriggeredTellsEachTime) {
  InterestList list;
  const epoll_event event = wanting(EPOLLIN);
  ASSERT_EQ(list.control(EPOLL_CTL_ADD, 3, &event), 0);
  EXPECT_EQ(told(list, POLLIN), EPOLLIN);
  EXPECT_EQ(told(list, POLLIN), EPOLLIN);
  EXPECT_EQ(told(list, POLLOUT), 0U) << "not asked for";
  EXPECT_EQ(told(list, POLLHUP), EPOLLHUP) << "needs no asking";
}

TEST(InterestList, EdgeTriggeredTellsOnceUntilTheProgramReads) {
  InterestList list;
  const epoll_event event = wanting(EPOLLIN | EPOLLOUT | EPOLLET);
  ASSERT_EQ(list.control(EPOLL_CTL_ADD, 3, &event), 0);
  EXPECT_EQ(told(list, POLLIN), EPOLLIN);
  EXPECT_EQ(told(list, POLLIN), 0U);
  EXPECT_EQ(list.question(0).events, POLLOUT) << "lest the wait spin on what was told";
  EXPECT_EQ(told(list, POLLIN | POLLOUT), std::uint32_t{EPOLLIN | EPOLLOUT});
  EXPECT_TRUE(list.rearm(3, POLLIN));
  EXPECT_FALSE(list.rearm(3, POLLIN));
  EXPECT_EQ(told(list, POLLIN), EPOLLIN);
}

TEST(InterestList, OneShotIsSilentUntilModified) {
  InterestList list;
  epoll_event event = wanting(EPOLLIN | EPOLLONESHOT);
  ASSERT_EQ(list.control(EPOLL_CTL_ADD, 3, &event), 0);
  EXPECT_EQ(told(list, POLLIN), EPOLLIN);
  EXPECT_EQ(told(list, POLLIN), 0U);
  EXPECT_EQ(list.question(0).fd, -1);
  ASSERT_EQ(list.control(EPOLL_CTL_MOD, 3, &event), 0);
  EXPECT_EQ(told(list, POLLIN), EPOLLIN);
}

TEST(InterestList, CarriesTheProgramsData) {
  InterestList list;
  const epoll_event event = wanting(EPOLLIN, 0x1234567812345678);
  ASSERT_EQ(list.control(EPOLL_CTL_ADD, 3, &event), 0);
  epoll_event answer{};
  ASSERT_TRUE(list.answer({3, 0, POLLIN}, answer));
  EXPECT_EQ(answer.data.u64, 0x1234567812345678U);
}

}  // namespace
}  // namespace farcall::shim::wait
