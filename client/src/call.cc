#include "call.h"

#include <new>

#include "host.h"
#include "thread.h"

namespace farcall::client {
namespace {

using sysproxy::kClientRequest;

std::uint64_t cpu_bits() {
  const std::uint64_t said = (host::current_cpu() + std::uint64_t{1}) & sysproxy::kRequestCpuMask;
  return said << sysproxy::kRequestCpuShift;
}

}  // namespace

Call* CallPool::grow() {
  if (used_ == kMaxCalls) return nullptr;
  Call*& chunk = chunks_[used_ / kChunkCalls];
  if (chunk == nullptr && used_ == 0) chunk = first_chunk_.data();
  if (chunk == nullptr) {
    const long address = host::map_memory(sizeof(Call) * kChunkCalls);
    if (address < 0 && address > -4096) return nullptr;
    chunk = reinterpret_cast<Call*>(address);
    for (std::size_t i = 0; i < kChunkCalls; ++i) new (chunk + i) Call;
  }
  Call& call = at(used_);
  call.request = used_++;
  return &call;
}

Call* CallPool::take(Thread* owner) {
  const bool asynchronous = owner != nullptr;
  Call*& list = free_[asynchronous ? 1 : 0];
  Call* call = list;
  if (call != nullptr) {
    list = call->next_free;
  } else if (call = grow(); call == nullptr) {
    return nullptr;
  }
  const std::uint64_t slot = call->request & (kMaxCalls - 1);
  constexpr std::uint64_t kCountBits = (std::uint64_t{1} << sysproxy::kRequestCpuShift) - 1;
  call->request = kClientRequest | cpu_bits() | (++count_ << kSlotBits & kCountBits) | slot;
  call->state = Call::State::in_flight;
  call->asynchronous = asynchronous;
  call->owner = owner;
  call->in_channel = false;
  call->interrupt_sent = call->faulted = call->abandoned = call->asleep = call->reading = false;
  call->watching = call->takes_long = false;
  call->raised = 0;
  call->body_size = 0;
  call->outer = nullptr;
  call->frame = nullptr;
  return call;
}

void CallPool::give_back(Call& call) {
  call.state = Call::State::free;
  Call*& list = free_[call.asynchronous ? 1 : 0];
  call.next_free = list;
  list = &call;
}

Call* CallPool::find(std::uint64_t request) {
  const std::size_t slot = request & (kMaxCalls - 1);
  if ((request & kClientRequest) == 0 || slot >= used_) return nullptr;
  Call& call = at(slot);
  return call.request == request && call.state == Call::State::in_flight ? &call : nullptr;
}

void CallPool::forget_all(const Thread& self) {
  free_[0] = free_[1] = nullptr;
  for_each([&self](Call& call) {
    const bool submitted =
        call.state != Call::State::free && call.asynchronous && call.owner == &self;
    call.state = submitted ? Call::State::done : Call::State::free;
    call.outcome = Call::Outcome::interrupted;
  });
  for (Call* call = self.waiting; call != nullptr; call = call->outer) {
    call->state = Call::State::done;
    call->outcome = Call::Outcome::interrupted;
  }
  for_each([this](Call& call) {
    call.poll_fd = call.bell = -1;
    call.channel = nullptr;
    call.signalled = call.in_channel = false;
    if (call.state == Call::State::free) give_back(call);
  });
}

}  // namespace farcall::client
