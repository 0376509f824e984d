// Calls whose data crosses with them, over a stream.
#include <sched.h>

#include <algorithm>
#include <cstring>

#include "channel_client.h"
#include "netbsd/constants.h"

namespace farcall::server::test {
namespace {

using sysproxy::FrameClass;
using sysproxy::FrameType;
using sysproxy::WireError;

constexpr std::uint64_t kSomewhere = 0x1000;

template <class Record>
std::string bytes_of(const Record& record) {
  return {reinterpret_cast<const char*>(&record), sizeof(record)};
}

constexpr std::size_t kSegment = sysproxy::kDataSegment;

/// The body of a `call`, whose segment `bad` is not good.
std::string body(const std::vector<std::uint64_t>& args, const std::vector<DataExtent>& extents,
                 const std::string& data, std::size_t bad = SIZE_MAX) {
  std::string all = bytes_of(sysproxy::CallPrefix{static_cast<std::uint32_t>(args.size()),
                                                  static_cast<std::uint32_t>(extents.size())});
  for (const std::uint64_t arg : args) all += bytes_of(arg);
  for (const DataExtent& extent : extents) all += bytes_of(extent);
  for (std::size_t i = 0; i < sysproxy::marks_of(data.size()); ++i) {
    if (!data.empty()) all += data.substr(i * kSegment, kSegment);
    all += bytes_of(sysproxy::DataMark{i == bad ? 0U : 1U, 0});
  }
  return all;
}

std::string some_data(std::size_t size) {
  std::string data(size, ' ');
  for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<char>('a' + i * i % 26);
  return data;
}

/// The body of a call that writes `data`.
std::string write_body(const std::string& data, std::size_t bad = SIZE_MAX) {
  return body({0, kSomewhere, data.size()},
              {{kSomewhere, static_cast<std::uint32_t>(data.size()), 0}}, data, bad);
}

struct Answer {
  sysproxy::SyscallResponse response{};
  std::vector<DataExtent> extents;
  std::string data;
};

class CallFrameTest : public ServerTest {
 protected:
  std::unique_ptr<TestClient> with_data() {
    auto client = guest();
    const auto answer = say_hello(*client, {hello::FEATURE_INLINE_BUFFERS}, -1);
    EXPECT_EQ(answer.features_size(), 1);
    EXPECT_EQ(answer.max_data(), limits_.max_data);
    return client;
  }
  static Answer receive(TestClient& client) {
    Answer answer;
    const auto frame = client.receive();
    if (!frame || frame->body.size() < sizeof(answer.response)) {
      ADD_FAILURE() << "no answer came";
      return answer;
    }
    EXPECT_EQ(frame->header.type, FrameType::call);
    EXPECT_EQ(frame->header.frame_class, FrameClass::response);
    std::memcpy(&answer.response, frame->body.data(), sizeof(answer.response));
    answer.extents.resize(answer.response.extents);
    const std::size_t list = answer.extents.size() * sizeof(DataExtent);
    EXPECT_GE(frame->body.size(), sizeof(answer.response) + list);
    const char* const extents = frame->body.data() + sizeof(answer.response);
    std::copy_n(extents, list, reinterpret_cast<char*>(answer.extents.data()));
    answer.data.assign(frame->body.begin() + static_cast<long>(sizeof(answer.response) + list),
                       frame->body.end());
    return answer;
  }
  static Answer call(TestClient& client, int number, const std::string& body) {
    client.send(FrameType::call, static_cast<std::uint32_t>(number), body);
    return receive(client);
  }
  void expect_malformed(const std::string& body) {
    auto client = with_data();
    client->send(FrameType::call, kWrite, body);
    EXPECT_EQ(client->receive_last_error(), WireError::malformed);
  }
};

TEST_F(CallFrameTest, DataCrossesWithTheCall) {
  start();
  auto client = with_data();
  for (const std::size_t size : {1, 100, 5000, 65536, 65537, 1 << 20}) {
    const std::string data = some_data(size);
    EXPECT_EQ(call(*client, kWrite, write_body(data)).response.error, 0);
    const Answer back = call(*client, kRead, body({0, 0x9000, size}, {}, ""));
    EXPECT_EQ(back.response.error, 0);
    EXPECT_EQ(back.response.result[0], static_cast<long>(size));
    ASSERT_EQ(back.extents.size(), 1U);
    EXPECT_EQ(back.extents[0].address, 0x9000U);
    EXPECT_EQ(back.extents[0].length, size);
    EXPECT_EQ(back.data, data);
  }
  EXPECT_GT(call(*client, kGetpid, body({}, {}, "")).response.result[0], 0);
  EXPECT_GT(client->getpid(), 0) << "as a syscall, too";
}

/// Where thread `thread` may run.
cpu_set_t cpus_of(long thread) {
  cpu_set_t cpus;
  EXPECT_EQ(sched_getaffinity(static_cast<pid_t>(thread), sizeof cpus, &cpus), 0);
  return cpus;
}

// A short call is best executed where its client waits; of a long one's data one end sends while
// the other receives.
TEST_F(CallFrameTest, MuchDataIsReceivedOnAnotherCpu) {
  const cpu_set_t allowed = cpus_of(0);
  std::uint64_t cpu = 0;
  while (!CPU_ISSET(cpu, &allowed)) ++cpu;
  std::uint64_t number = sysproxy::kClientRequest | (cpu + 1) << sysproxy::kRequestCpuShift;
  start();
  auto client = with_data();
  long worker = 0;
  for (int i = 0; i < 16; ++i) {
    client->send_numbered(FrameClass::request, FrameType::syscall, ++number, kGetpid);
    worker = client->receive_result().result[1];
  }
  const cpu_set_t near = cpus_of(worker);
  EXPECT_EQ(CPU_COUNT(&near), 1);
  EXPECT_TRUE(CPU_ISSET(cpu, &near));
  const auto body = write_body(some_data(1 << 20));
  client->send_numbered(FrameClass::request, FrameType::call, ++number, kWrite, body);
  EXPECT_EQ(receive(*client).response.error, 0);
  const cpu_set_t far = cpus_of(worker);
  EXPECT_EQ(CPU_ISSET(cpu, &far) != 0, CPU_COUNT(&allowed) == 1) << "where there is another";
}

TEST_F(CallFrameTest, WhatDidNotComeIsAskedFor) {
  start();
  auto client = with_data();
  client->send(FrameType::call, kWrite, body({0, kSomewhere, 8}, {{kSomewhere, 5, 0}}, "first"));
  auto copyin = client->receive();
  ASSERT_TRUE(copyin);
  EXPECT_EQ(copyin->header.type, FrameType::copyin);
  EXPECT_EQ(copyin->as<sysproxy::CopyRequest>().address, kSomewhere + 5);
  client->send_numbered(FrameClass::response, FrameType::copyin, copyin->header.request, 0, "end");
  EXPECT_EQ(receive(*client).response.error, 0);
  EXPECT_EQ(call(*client, kRead, body({0, 1, 8}, {}, "")).data, "firstend");
}

TEST_F(CallFrameTest, DataThatIsNotWholeDoesNotCount) {
  start();
  auto client = with_data();
  client->send(FrameType::call, kWrite, body({0, kSomewhere, 3}, {{kSomewhere, 3, 0}}, "bad", 0));
  const auto copyin = client->receive();
  ASSERT_TRUE(copyin);
  EXPECT_EQ(copyin->header.type, FrameType::copyin);
  client->send_numbered(FrameClass::error, FrameType::copyin, copyin->header.request,
                        static_cast<std::uint32_t>(WireError::malformed));
  EXPECT_EQ(receive(*client).response.error, NB_EFAULT);
}

TEST_F(CallFrameTest, WithoutMemoryForItDataIsAskedFor) {
  limits_.max_data_held = 100;
  start();
  auto client = with_data();
  const std::string data(101, 'd');
  client->send(FrameType::call, kWrite, body({0, kSomewhere, 101}, {{kSomewhere, 101, 0}}, data));
  const auto copyin = client->receive();
  ASSERT_TRUE(copyin);
  EXPECT_EQ(copyin->header.type, FrameType::copyin);
  client->send_numbered(FrameClass::response, FrameType::copyin, copyin->header.request, 0, data);
  EXPECT_EQ(receive(*client).response.error, 0);
  client->send(FrameType::call, kRead, body({0, 1, 101}, {}, ""));
  const auto copyout = client->receive();
  ASSERT_TRUE(copyout);
  EXPECT_EQ(copyout->header.type, FrameType::copyout);
  EXPECT_TRUE(receive(*client).extents.empty());
}

TEST_F(CallFrameTest, FramesThatCannotBe) {
  start();
  expect_malformed("");
  expect_malformed(std::string(15, '\0'));
  expect_malformed(bytes_of(sysproxy::CallPrefix{9, 0}) + std::string(80, '\0'));
  expect_malformed(bytes_of(sysproxy::CallPrefix{0, 33}) + std::string(600, '\0'));
  expect_malformed(bytes_of(sysproxy::CallPrefix{8, 0}) + std::string(64, '\0'));
  expect_malformed(body({}, {{1, 2, 0}}, "x"));
  expect_malformed(body({}, {{1, 2, 0}}, "xyz"));
  expect_malformed(body({}, {{1, UINT32_MAX, 0}, {1, 3, 0}}, "xy"));
}

TEST_F(CallFrameTest, NoMoreThanTheLimit) {
  limits_.max_data = 10;
  start();
  expect_malformed(body({0, 1, 11}, {{1, 11, 0}}, std::string(11, 'x')));
  auto client = with_data();
  // Long before it is there.
  const sysproxy::FrameHeader header{std::uint64_t{1} << 40, 1, FrameClass::request,
                                     FrameType::call, kWrite};
  const std::string lists = body({0, 1, 1}, {{1, 1, 0}}, "").substr(0, 8 + 24 + 16);
  client->send_raw(&header, sizeof(header));
  client->send_raw(lists.data(), lists.size());
  EXPECT_EQ(client->receive_last_error(), WireError::malformed);
}

TEST_F(CallFrameTest, NotWithoutConsent) {
  start();
  auto client = guest();
  client->send(FrameType::call, kGetpid, body({}, {}, ""));
  EXPECT_EQ(client->receive_last_error(), WireError::malformed);
  auto direct = guest();
  upgrade(*direct);
  direct->send(FrameType::call, kGetpid, body({}, {}, ""));
  EXPECT_EQ(direct->receive_last_error(), WireError::malformed);
}

/// A call that begins before its data has come: sent in parts.
class EarlyCallTest : public CallFrameTest {
 protected:
  void SetUp() override {
    start();
    client_ = with_data();
  }
  /// Sends the header of such a call and the first `size` bytes of its body; its number.
  std::uint64_t begin(int number, const std::string& body, std::size_t size) {
    const sysproxy::FrameHeader header{sizeof(header) + body.size(), ++last_, FrameClass::request,
                                       FrameType::call, static_cast<std::uint32_t>(number)};
    client_->send_raw(&header, sizeof(header));
    client_->send_raw(body.data(), size);
    return last_;
  }
  void go_on(const std::string& body, std::size_t from) {
    client_->send_raw(body.data() + from, body.size() - from);
  }
  std::string written(std::size_t size) {
    return call(*client_, kRead, body({0, 1, size}, {}, "")).data;
  }

  std::unique_ptr<TestClient> client_;
  const std::string data_ = some_data(5 * kSegment + 100);
  const std::string body_ = write_body(data_);
  /// More than a segment of it, and less than two.
  static constexpr std::size_t kPart = kSegment + 1000;

 private:
  std::uint64_t last_ = 1000;
};

TEST_F(EarlyCallTest, WhatIsBehindItsDataIsServedWhileItSleeps) {
  begin(kPwrite, body_, kPart);
  kernel_.wait_for_sleepers(1);
  go_on(body_, kPart);
  EXPECT_GT(client_->getpid(), 0);
  kernel_.wake();
  EXPECT_EQ(receive(*client_).response.result[0], static_cast<long>(data_.size()));
  EXPECT_EQ(written(data_.size()), data_);
}

TEST_F(EarlyCallTest, TheRestComesWhenItSleepsNoMore) {
  begin(kPwrite, body_, kPart);
  kernel_.wait_for_sleepers(1);
  kernel_.wake();
  go_on(body_, kPart);
  EXPECT_EQ(receive(*client_).response.error, 0);
  EXPECT_EQ(written(data_.size()), data_);
}

TEST_F(EarlyCallTest, AnInterruptBehindItsData) {
  const std::uint64_t number = begin(kPwrite, body_, kPart);
  kernel_.wait_for_sleepers(1);
  go_on(body_, kPart);
  client_->send_numbered(FrameClass::request, FrameType::interrupt, number, 0);
  EXPECT_EQ(receive(*client_).response.error, NB_EINTR);
  EXPECT_GT(client_->getpid(), 0);
}

TEST_F(EarlyCallTest, AClientThatLeavesMidway) {
  for (const int number : {kWrite, kPwrite}) {
    begin(number, body_, kPart);
    if (number == kPwrite) kernel_.wait_for_sleepers(1);
    client_.reset();
    kernel_.wait_for_processes(0);
    client_ = with_data();
  }
}

TEST_F(EarlyCallTest, BadMemoryMidway) {
  begin(kWrite, write_body(data_, 3), body_.size());
  const auto copyin = client_->receive();
  ASSERT_TRUE(copyin);
  EXPECT_EQ(copyin->header.type, FrameType::copyin);
  EXPECT_EQ(copyin->as<sysproxy::CopyRequest>().address, kSomewhere + 3 * kSegment);
  client_->send_numbered(FrameClass::error, FrameType::copyin, copyin->header.request,
                         static_cast<std::uint32_t>(WireError::malformed));
  EXPECT_EQ(receive(*client_).response.error, NB_EFAULT);
  EXPECT_GT(client_->getpid(), 0);
}

TEST_F(EarlyCallTest, DataThatNobodyReads) {
  begin(kGetpid, body_, kPart);
  EXPECT_EQ(receive(*client_).response.error, 0);
  go_on(body_, kPart);
  EXPECT_GT(client_->getpid(), 0);
}

TEST_F(EarlyCallTest, ACopyThatWasNotForeseen) {
  const std::string longer =
      body({0, kSomewhere, data_.size() + 3},
           {{kSomewhere + 3, static_cast<std::uint32_t>(data_.size()), 0}}, data_);
  begin(kWrite, longer, kPart);
  const auto copyin = client_->receive();
  ASSERT_TRUE(copyin);
  EXPECT_EQ(copyin->header.type, FrameType::copyin);
  go_on(longer, kPart);
  const std::size_t asked = copyin->as<sysproxy::CopyRequest>().length;
  client_->send_numbered(FrameClass::response, FrameType::copyin, copyin->header.request, 0,
                         ("abc" + data_).substr(0, asked));
  auto next = client_->receive();
  while (next && next->header.type == FrameType::copyin) {
    const auto copy = next->as<sysproxy::CopyRequest>();
    client_->send_numbered(FrameClass::response, FrameType::copyin, next->header.request, 0,
                           ("abc" + data_).substr(copy.address - kSomewhere, copy.length));
    next = client_->receive();
  }
  ASSERT_TRUE(next);
  EXPECT_EQ(next->header.type, FrameType::call);
  EXPECT_EQ(written(data_.size() + 3), "abc" + data_);
}

TEST_F(CallFrameTest, AnInterruptEndsIt) {
  start();
  auto client = with_data();
  const auto number = client->send(FrameType::call, kSelect, body({}, {}, ""));
  kernel_.wait_for_sleepers(1);
  client->send_numbered(FrameClass::request, FrameType::interrupt, number, 0);
  EXPECT_EQ(receive(*client).response.error, NB_EINTR);
}

}  // namespace
}  // namespace farcall::server::test
