// Calls whose data crosses with them, over a stream to a server that is made of a script.
#include <farcall/client.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "fake_server.h"
#include "farcall/call_data.h"
#include "netbsd/constants.h"
#include "netbsd/layouts.h"
#include "netbsd/syscalls.h"

namespace farcall::client_test {
namespace {

std::uint64_t address_of(const void* memory) { return reinterpret_cast<std::uint64_t>(memory); }

constexpr std::uint64_t kNowhere = 8;  // an address that no program has

/// A frame `call`, taken apart.
struct DataCall {
  Frame frame;
  std::vector<std::uint64_t> arguments;
  std::vector<DataExtent> extents;
  std::string data;
  bool whole = false;
};

DataCall expect_call(Peer& peer, std::uint32_t number) {
  DataCall call{peer.read(), {}, {}, {}, false};
  EXPECT_EQ(call.frame.header.type, wire::FrameType::call);
  EXPECT_EQ(call.frame.header.detail, number);
  const std::string& body = call.frame.body;
  wire::CallPrefix prefix;
  std::memcpy(&prefix, body.data(), sizeof prefix);
  call.arguments.resize(prefix.arguments);
  call.extents.resize(prefix.extents);
  const char* at = body.data() + sizeof prefix;
  const auto take = [&at](std::size_t size, void* into) {
    std::copy_n(at, size, static_cast<char*>(into));
    at += size;
  };
  take(prefix.arguments * sizeof(std::uint64_t), call.arguments.data());
  take(prefix.extents * sizeof(DataExtent), call.extents.data());
  const char* const end = body.data() + body.size();
  call.whole = true;
  while (at < end) {
    wire::DataMark mark;
    const std::size_t size = std::min<std::size_t>(end - at - sizeof mark, wire::kDataSegment);
    call.data.append(at, size);
    std::memcpy(&mark, at + size, sizeof mark);
    call.whole = call.whole && mark.good == 1;
    at += size + sizeof mark;
  }
  return call;
}

void answer(Peer& peer, const DataCall& call, std::int32_t error, std::int64_t result = 0,
            const std::vector<DataExtent>& extents = {}, std::string_view data = {}) {
  const wire::SyscallResponse response{
      error, static_cast<std::uint32_t>(extents.size()), {result, 0}};
  std::string body(reinterpret_cast<const char*>(&response), sizeof response);
  body.append(reinterpret_cast<const char*>(extents.data()), extents.size() * sizeof(DataExtent));
  body += data;
  peer.send(wire::FrameClass::response, wire::FrameType::call, call.frame.header.request, 0, body);
}

class InlineTest : public ClientTest {
 protected:
  void serve_calls(std::function<void(Peer&)> script) {
    connect_to(std::move(script), kOurBanner, kInlineBuffers);
  }
};

TEST_F(InlineTest, WhatACallReadsGoesWithIt) {
  const std::string small = "some text";
  const std::string large(300'000, 'L');
  serve_calls([&](Peer& peer) {
    for (const std::string& text : {small, large}) {
      const DataCall write = expect_call(peer, NB_SYS_write);
      EXPECT_TRUE(write.whole);
      EXPECT_EQ(write.arguments[2], text.size());
      EXPECT_EQ(write.extents[0].address, write.arguments[1]);
      EXPECT_EQ(write.data, text);
      answer(peer, write, 0, static_cast<std::int64_t>(text.size()));
    }
    peer.answer(peer.expect_syscall(NB_SYS_getpid), 0, 42);
  });
  for (const std::string& text : {small, large}) {
    EXPECT_EQ(call(NB_SYS_write, {1, address_of(text.data()), text.size()}).result[0],
              static_cast<long>(text.size()));
  }
  EXPECT_EQ(call(NB_SYS_getpid).result[0], 42);
  join();  // it has read the texts
}

TEST_F(InlineTest, NoMoreGoesThanTheServerTakes) {
  const std::string large(3 << 20, 'L');
  serve_calls([&](Peer& peer) {
    const DataCall write = expect_call(peer, NB_SYS_write);
    EXPECT_EQ(write.extents[0].length, 1U << 20);
    answer(peer, write, 0, 1 << 20);
  });
  EXPECT_EQ(call(NB_SYS_write, {1, address_of(large.data()), large.size()}).error, 0);
}

TEST_F(InlineTest, MessagesGoWithAllThatTheyPointAt) {
  netbsd::iovec iovecs[2] = {{const_cast<char*>("ab"), 2}, {const_cast<char*>("cde"), 3}};
  char name[] = "name";
  netbsd::msghdr message{};
  message.msg_name = name;
  message.msg_namelen = 4;
  message.msg_iov = iovecs;
  message.msg_iovlen = 2;
  serve_calls([&](Peer& peer) {
    const DataCall send = expect_call(peer, NB_SYS_sendmsg);
    ASSERT_EQ(send.extents.size(), 5U);
    EXPECT_EQ(send.data.substr(sizeof message, 4), "name");
    EXPECT_EQ(send.data.substr(send.data.size() - 5), "abcde");
    answer(peer, send, 0, 5);
  });
  EXPECT_EQ(call(NB_SYS_sendmsg, {1, address_of(&message), 0}).result[0], 5);
}

TEST_F(InlineTest, WhatACallWritesComesWithItsAnswer) {
  std::string first(5, ' ');
  std::string large(500'000, ' ');
  serve_calls([&](Peer& peer) {
    const DataCall read = expect_call(peer, NB_SYS_readv);
    const std::vector<DataExtent> extents = {
        {address_of(first.data()), 5, 0},
        {address_of(large.data()), static_cast<std::uint32_t>(large.size()), 0}};
    answer(peer, read, 0, 500'005, extents, "first" + std::string(large.size(), 'L'));
    peer.answer(peer.expect_syscall(NB_SYS_getpid), 0, 42);
  });
  EXPECT_EQ(call(NB_SYS_readv, {1, 0, 0}).result[0], 500'005);
  EXPECT_EQ(first, "first");
  EXPECT_EQ(large, std::string(500'000, 'L'));
  EXPECT_EQ(call(NB_SYS_getpid).result[0], 42) << "the stream has to be in step afterwards";
}

TEST_F(InlineTest, BadMemoryIsAFaultOfTheCallAlone) {
  constexpr std::size_t kSize = 1 << 19;
  auto* memory = static_cast<char*>(
      mmap(nullptr, 2 * kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  munmap(memory + kSize, kSize);
  serve_calls([&](Peer& peer) {
    for (int i = 0; i < 2; ++i) {
      const DataCall write = expect_call(peer, NB_SYS_write);
      EXPECT_FALSE(write.whole);
      answer(peer, write, NB_EFAULT);
    }
    const DataCall read = expect_call(peer, NB_SYS_read);
    answer(peer, read, 0, 2 * kSize, {{address_of(memory), 2 * kSize, 0}},
           std::string(2 * kSize, 'x'));
    answer(peer, expect_call(peer, NB_SYS_read), 0, 1, {{kNowhere, 1, 0}}, "x");
    peer.answer(peer.expect_syscall(NB_SYS_getpid), 0, 42);
  });
  EXPECT_EQ(call(NB_SYS_write, {1, kNowhere, 5}).error, NB_EFAULT);
  EXPECT_EQ(call(NB_SYS_write, {1, address_of(memory), 2 * kSize}).error, NB_EFAULT);
  EXPECT_EQ(call(NB_SYS_read, {1, address_of(memory), 2 * kSize}).error, NB_EFAULT);
  EXPECT_EQ(call(NB_SYS_read, {1, kNowhere, 1}).error, NB_EFAULT);
  EXPECT_EQ(call(NB_SYS_getpid).result[0], 42) << "the stream has to be in step afterwards";
  munmap(memory, kSize);
}

TEST_F(InlineTest, OutputThatIsNotAsItSaysEndsTheConnection) {
  serve_calls([&](Peer& peer) {
    const DataCall read = expect_call(peer, NB_SYS_read);
    answer(peer, read, 0, 1, {{kNowhere, 100, 0}}, "x");
    EXPECT_TRUE(peer.at_end());
  });
  EXPECT_EQ(call(NB_SYS_read, {1, kNowhere, 1}).error, -1);
}

}  // namespace
}  // namespace farcall::client_test
