#include "server/listening_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

namespace farcall::server {
namespace {

class ListeningSocketTest : public ::testing::Test {
 protected:
  ListeningSocketTest() {
    char name[] = "/tmp/farcall-test-XXXXXX";
    directory_ = mkdtemp(name);
    path_ = directory_ + "/socket";
    url_ = "unix://" + path_;
  }
  ~ListeningSocketTest() override { std::filesystem::remove_all(directory_); }

  /// Why `url` cannot be opened; empty: it can.
  static std::string complaint(const std::string& url) {
    const auto opened = ListeningSocket::open(url);
    const auto* why = std::get_if<Complaint>(&opened);
    return why == nullptr ? "" : why->text;
  }

  /// A socket whose server was killed.
  void leave_stale() const {
    const auto url = parse_url(url_);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ASSERT_EQ(bind(fd, &url->any, url->length), 0);
    ASSERT_EQ(listen(fd, 1), 0);
    close(fd);
  }

  std::string directory_;
  std::string path_;
  std::string url_;
};

TEST_F(ListeningSocketTest, OnlyItsUserMayUseIt) {
  const auto opened = ListeningSocket::open(url_);
  ASSERT_TRUE(std::holds_alternative<ListeningSocket>(opened));
  struct stat status;
  ASSERT_EQ(lstat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
  EXPECT_EQ(std::get<ListeningSocket>(opened).url(), url_);
}

TEST_F(ListeningSocketTest, ADeadServersSocketIsReplaced) {
  leave_stale();
  EXPECT_EQ(complaint(url_), "");
}

TEST_F(ListeningSocketTest, ALiveServersSocketIsNot) {
  const auto live = ListeningSocket::open(url_);
  EXPECT_NE(complaint(url_).find("another server listens there"), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(ListeningSocketTest, WhatIsNoSocketStays) {
  std::ofstream(path_) << "precious";
  EXPECT_NE(complaint(url_).find("no socket"), std::string::npos);
  EXPECT_EQ(std::filesystem::file_size(path_), 8u);
}

TEST_F(ListeningSocketTest, ItRemovesItsFileAtTheEnd) {
  {
    const auto opened = ListeningSocket::open(url_);
    EXPECT_TRUE(std::filesystem::exists(path_));
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(ListeningSocketTest, ItLeavesAnothersFile) {
  std::optional<std::variant<ListeningSocket, Complaint>> first(ListeningSocket::open(url_));
  ASSERT_EQ(unlink(path_.c_str()), 0);
  const auto second = ListeningSocket::open(url_);
  first.reset();
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(ListeningSocketTest, PortZeroBecomesARealOne) {
  const auto opened = ListeningSocket::open("tcp://127.0.0.1:0/");
  ASSERT_TRUE(std::holds_alternative<ListeningSocket>(opened));
  const auto url = parse_url(std::get<ListeningSocket>(opened).url());
  ASSERT_TRUE(url.ok());
  EXPECT_NE(url->inet.sin_port, 0);
}

TEST_F(ListeningSocketTest, ComplaintsNameTheUrlAndTheReason) {
  EXPECT_EQ(complaint("nonsense").find("cannot listen at 'nonsense': "), 0u);
  EXPECT_NE(complaint("unix:///nowhere/at/all").find("No such file"), std::string::npos);
  EXPECT_NE(complaint("tcp://203.0.113.1:1").find("Cannot assign"), std::string::npos);
}

}  // namespace
}  // namespace farcall::server
