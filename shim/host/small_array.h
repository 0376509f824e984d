// An array whose size is known when it is made: on the stack when small, else in pages of its own.
// poll() and select() may be called from signal handlers, where malloc may not.
#pragma once

#include <sys/mman.h>

#include <array>
#include <cstddef>
#include <type_traits>

#include "errno.h"
#include "raw.h"

namespace farcall::shim {

template <class T, std::size_t kInline = 32>
class SmallArray {
  static_assert(std::is_trivial_v<T>);

 public:
  explicit SmallArray(std::size_t capacity) : capacity_(capacity) {
    if (capacity <= kInline) return;
    pages_ = capacity * sizeof(T);
    const long address = host::raw(SYS_mmap, nullptr, pages_, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);
    data_ = is_error(address) ? nullptr : reinterpret_cast<T*>(address);
  }
  ~SmallArray() {
    if (data_ != nullptr && data_ != inline_.data()) host::raw(SYS_munmap, data_, pages_);
  }
  SmallArray(const SmallArray&) = delete;
  SmallArray& operator=(const SmallArray&) = delete;

  /// False: there was no memory, and nothing else may be called.
  [[nodiscard]] bool ok() const { return data_ != nullptr; }
  /// Within the capacity.
  void push_back(const T& value) { data_[size_++] = value; }
  T& operator[](std::size_t index) { return data_[index]; }
  T* data() { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }

 private:
  std::array<T, kInline> inline_;  // not cleared
  T* data_ = inline_.data();
  std::size_t capacity_;
  std::size_t size_ = 0;
  std::size_t pages_ = 0;
};

}  // namespace farcall::shim
