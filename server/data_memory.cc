#include "server/data_memory.h"

#include <cstring>
#include <utility>

namespace farcall::server {

bool DataMemory::resize(std::size_t size, std::size_t used) {
  if (!own_.take(size)) return false;
  if (!all_.take(size)) {
    own_.give_back(size);
    return false;
  }
  auto bytes = std::make_unique_for_overwrite<std::byte[]>(size);
  if (used != 0) std::memcpy(bytes.get(), bytes_.get(), used);
  release();
  bytes_ = std::move(bytes);
  size_ = size;
  return true;
}

void DataMemory::release() {
  bytes_.reset();
  own_.give_back(size_);
  all_.give_back(std::exchange(size_, 0));
}

}  // namespace farcall::server
