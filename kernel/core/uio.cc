#include "kernel/core/uio.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "kernel/core/proc.h"
#include "netbsd/constants.h"

namespace farcall::kernel {
namespace {

void* pointer(UserAddress address) { return reinterpret_cast<void*>(address); }

Result<void> as_result(int error) {
  if (error != 0) return Error{error};
  return {};
}

}  // namespace

Result<void> copyin(UserAddress from, void* to, std::size_t size) {
  if (size == 0) return {};
  if (from == 0) return Error{NB_EFAULT};
  void* client = current_process().client;
  if (client != nullptr) return as_result(rumpuser_sp_copyin(client, pointer(from), to, size));
  std::memcpy(to, pointer(from), size);
  return {};
}

Result<void> copyout(const void* from, UserAddress to, std::size_t size) {
  if (size == 0) return {};
  if (to == 0) return Error{NB_EFAULT};
  void* client = current_process().client;
  if (client != nullptr) return as_result(rumpuser_sp_copyout(client, from, pointer(to), size));
  std::memcpy(pointer(to), from, size);
  return {};
}

Result<std::string> copyin_string(UserAddress from, std::size_t limit) {
  if (from == 0) return Error{NB_EFAULT};
  void* client = current_process().client;
  if (client == nullptr) {
    const char* text = static_cast<const char*>(pointer(from));
    std::size_t length = strnlen(text, limit);
    if (length == limit) return Error{NB_ENAMETOOLONG};
    return std::string(text, length);
  }
  std::string text(limit, '\0');
  std::size_t length = limit;
  FARCALL_TRY(as_result(rumpuser_sp_copyinstr(client, pointer(from), text.data(), &length)));
  text.resize(strnlen(text.data(), std::min(length, limit)));
  if (text.size() == limit) return Error{NB_ENAMETOOLONG};
  return text;
}

Loan Loan::borrow(UserAddress address, std::size_t size, rumploan how) {
  Loan loan;
  void* client = current_process().client;
  if (client == nullptr) return loan;
  void* data = nullptr;
  if (rumpuser_sp_borrow(client, pointer(address), size, how, &data, &loan.loan_) != 0) {
    return loan;
  }
  loan.data_ = static_cast<std::byte*>(data);
  return loan;
}

Uio::Uio(std::vector<UserRange> ranges) : ranges_(std::move(ranges)) {
  for (const UserRange& range : ranges_) resid_ += range.size;
}

Uio Uio::single(UserAddress address, std::size_t size) {
  Uio uio;
  uio.single_ = {address, size};
  uio.resid_ = size;
  return uio;
}

Result<Uio> Uio::copyin_iovecs(UserAddress address, std::size_t count) {
  if (count > NB_IOV_MAX) return Error{NB_EINVAL};
  std::vector<netbsd::iovec> iovecs(count);
  FARCALL_TRY(copyin(address, iovecs.data(), count * sizeof(netbsd::iovec)));
  std::vector<UserRange> ranges;
  ranges.reserve(count);
  std::size_t total = 0;
  for (const netbsd::iovec& each : iovecs) {
    if (each.iov_len > kMaxTransfer || total + each.iov_len > kMaxTransfer) return Error{NB_EINVAL};
    total += each.iov_len;
    ranges.push_back({reinterpret_cast<UserAddress>(each.iov_base), each.iov_len});
  }
  return Uio(std::move(ranges));
}

// Calls move(user address, bytes done before, bytes of this range) for the next `size` bytes, range
// by range.
template <class Move>
Result<void> Uio::advance(std::size_t size, Move move) {
  assert(size <= resid_);
  for (std::size_t done = 0; done < size;) {
    UserRange& range = ranges_.empty() ? single_ : ranges_[first_];
    std::size_t part = std::min(size - done, range.size);
    FARCALL_TRY(move(range.address, done, part));
    range.address += part;
    range.size -= part;
    resid_ -= part;
    done += part;
    if (range.size == 0) ++first_;
  }
  return {};
}

Loan Uio::borrow(std::size_t size, rumploan how) {
  const UserRange& range = ranges_.empty() ? single_ : ranges_[first_];
  return range.size < size ? Loan() : Loan::borrow(range.address, size, how);
}

void Uio::skip(std::size_t size) {
  (void)advance(size, [](UserAddress, std::size_t, std::size_t) { return Result<void>(); });
}

Result<void> Uio::copy_to_user(std::span<const std::byte> from) {
  return advance(from.size(), [&](UserAddress address, std::size_t done, std::size_t part) {
    return copyout(from.data() + done, address, part);
  });
}

Result<void> Uio::copy_from_user(std::span<std::byte> to) {
  return advance(to.size(), [&](UserAddress address, std::size_t done, std::size_t part) {
    return copyin(address, to.data() + done, part);
  });
}

}  // namespace farcall::kernel
