#include "channel_client.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <climits>
#include <cstring>
#include <thread>

namespace farcall::server::test {
namespace {

constexpr std::chrono::seconds kPatience{60};

template <class T>
T load(T& word) {
  return std::atomic_ref(word).load();
}

template <class T>
void store(T& word, T value) {
  std::atomic_ref(word).store(value);
}

}  // namespace

hello::HelloAnswer say_hello(TestClient& client, const std::vector<int>& features, int descriptor,
                             std::uint32_t version) {
  hello::Hello hello;
  hello.set_version(version);
  for (const int feature : features) hello.add_features(static_cast<hello::Feature>(feature));
  const std::string body = hello.SerializeAsString();
  if (descriptor == -1) {
    client.send(sysproxy::FrameType::hello, 0, body);
  } else {
    client.send_with_descriptor(sysproxy::FrameType::hello, body, descriptor);
  }
  hello::HelloAnswer answer;
  const auto frame = client.receive();
  if (!frame) {
    ADD_FAILURE() << "no answer came";
    return answer;
  }
  EXPECT_EQ(frame->header.type, sysproxy::FrameType::hello);
  EXPECT_EQ(frame->header.frame_class, sysproxy::FrameClass::response);
  EXPECT_TRUE(answer.ParseFromArray(frame->body.data(), static_cast<int>(frame->body.size())));
  return answer;
}

void upgrade(TestClient& client) {
  const int memory = ::open("/proc/self/mem", O_RDWR | O_CLOEXEC);
  ASSERT_NE(memory, -1);
  const auto answer = say_hello(
      client,
      {hello::FEATURE_DIRECT_MEMORY, hello::FEATURE_CHANNELS, hello::FEATURE_CHANNEL_EVENTS},
      memory);
  ::close(memory);
  EXPECT_EQ(answer.features_size(), 3);
}

TestChannel::TestChannel()
    : memfd_(memfd_create("channel", MFD_CLOEXEC | MFD_ALLOW_SEALING)), page_(nullptr) {
  EXPECT_EQ(ftruncate(memfd_, channel::kChannelSize), 0);
  void* address =
      mmap(nullptr, channel::kChannelSize, PROT_READ | PROT_WRITE, MAP_SHARED, memfd_, 0);
  EXPECT_NE(address, MAP_FAILED);
  page_ = static_cast<channel::Page*>(address);
  page_->header = {channel::kMagic, channel::kVersion, channel::kChannelSize};
}

TestChannel::~TestChannel() {
  munmap(page_, channel::kChannelSize);
  ::close(memfd_);
}

void TestChannel::seal() { EXPECT_EQ(fcntl(memfd_, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0); }

void TestChannel::open(TestClient& client, int event) {
  seal();
  if (event == -1) {
    client.send_with_descriptor(sysproxy::FrameType::channel_open, "", memfd_);
  } else {
    client.send_with_descriptors(sysproxy::FrameType::channel_open, channel::kWithEvent, "",
                                 {memfd_, event});
  }
  const auto answer = client.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header.frame_class, sysproxy::FrameClass::response);
  EXPECT_EQ(answer->header.type, sysproxy::FrameType::channel_open);
  EXPECT_EQ(answer->as<std::int32_t>(), 0);
}

std::uint64_t TestChannel::begin(int number, const std::vector<std::uint64_t>& args,
                                 std::uint8_t input_extents) {
  auto& request = page_->request;
  store(request.input_extents, input_extents);
  request.number = number;
  request.argument_count = static_cast<std::uint8_t>(args.size());
  unsigned cpu = 0;
  getcpu(&cpu, nullptr);
  request.cpu = static_cast<std::uint16_t>(pretended_cpu_.value_or(cpu));
  store(request.request, ++last_request_);
  std::copy(args.begin(), args.end(), request.argument);
  submit(sequence_ + 1);
  return last_request_;
}

void TestChannel::submit(std::uint32_t state) {
  sequence_ = state;
  store(page_->request.state, state);
  if (load(page_->response.server_sleeps) == 0) return;
  syscall(SYS_futex, &page_->request.state, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

template <class Condition>
bool TestChannel::wait_until(const Condition& condition, bool sleeps) {
  const auto late = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (sleeps) {
      const std::uint32_t bell = load(page_->response.bell);
      store(page_->request.client_sleeps, std::uint32_t{1});
      if (!condition()) {
        const timespec second{1, 0};
        syscall(SYS_futex, &page_->response.bell, FUTEX_WAIT, bell, &second, nullptr, 0);
      }
      store(page_->request.client_sleeps, std::uint32_t{0});
    }
    if (std::chrono::steady_clock::now() > late) {
      ADD_FAILURE() << "the server did nothing for a minute";
      return false;
    }
  }
  return true;
}

bool TestChannel::is_decided() const {
  return load(page_->response.state) == sequence_ || load(page_->response.closed) != 0;
}

bool TestChannel::wait() {
  wait_until([this] { return is_decided(); });
  return load(page_->response.state) == sequence_;
}

bool TestChannel::wait_awake() {
  wait_until([this] { return is_decided(); }, false);
  return load(page_->response.state) == sequence_;
}

bool TestChannel::expect_event() {
  store(page_->request.client_sleeps, channel::kAwaitsEvent);
  return load(page_->response.state) != sequence_;
}

sysproxy::SyscallResponse TestChannel::call(int number, const std::vector<std::uint64_t>& args,
                                            std::uint8_t input_extents) {
  begin(number, args, input_extents);
  EXPECT_TRUE(wait());
  return result();
}

sysproxy::SyscallResponse TestChannel::result() {
  const auto& response = page_->response;
  return {response.error, 0, {response.result[0], response.result[1]}};
}

std::uint32_t TestChannel::take_output() {
  std::size_t input = 0;
  for (unsigned i = 0; i < page_->request.input_extents; ++i) input += page_->input[i].length;
  const auto* from =
      reinterpret_cast<const char*>(page_) + channel::kAreaOffset + channel::output_begin(input);
  for (unsigned i = 0; i < page_->response.output_extents; ++i) {
    const DataExtent& extent = page_->output[i];
    std::memcpy(reinterpret_cast<void*>(extent.address), from, extent.length);
    from += extent.length;
  }
  return page_->response.output_extents;
}

void TestChannel::close() { submit(channel::kClosed); }

void TestChannel::wait_for_close() {
  wait_until([&] { return load(page_->response.closed) != 0; });
}

void TestChannel::wait_for_attention() {
  wait_until([&] { return load(page_->response.attention) != 0; });
}

void TestChannel::wait_for_sleep() {
  while (load(page_->response.server_sleeps) == 0) std::this_thread::yield();
}

}  // namespace farcall::server::test
