#include "buffer_table.h"

#include <atomic>

namespace farcall::client {
namespace {

std::size_t pages_for(std::size_t size) { return (size + arena::kPage - 1) / arena::kPage; }

/// Written by the server.
arena::Loans load(const arena::Loans& word) {
  return std::atomic_ref(const_cast<arena::Loans&>(word)).load(std::memory_order_acquire);
}

}  // namespace

void BufferTable::open(farcall_buf* entries, std::size_t count, const arena::Loans* loans) {
  entries_ = entries;
  count_ = count;
  loans_ = loans;
  if (count != 0) entries[0].pages = static_cast<std::uint32_t>(count);
}

farcall_buf* BufferTable::allocate(std::size_t size) {
  if (size > count_ * arena::kPage) return nullptr;
  const std::size_t pages = pages_for(size);
  for (std::size_t page = 0; page < count_; page += entries_[page].pages) {
    farcall_buf& run = entries_[page];
    join_free(page);
    if (run.state != farcall_buf::idle || run.pages < pages) continue;
    split(run, pages);
    run.state = farcall_buf::used;
    run.size = size;
    return &run;
  }
  return nullptr;
}

void BufferTable::trim(farcall_buf& buffer, std::size_t size) {
  split(buffer, pages_for(size));
  buffer.size = size;
}

farcall_buf* BufferTable::find(const farcall_buf* name) const {
  const auto address = reinterpret_cast<std::uintptr_t>(name);
  const auto begin = reinterpret_cast<std::uintptr_t>(entries_);
  const std::size_t offset = address - begin;  // large for what lies before
  if (offset >= count_ * sizeof *entries_ || offset % sizeof *entries_ != 0) return nullptr;
  farcall_buf& entry = entries_[offset / sizeof *entries_];
  return entry.pages != 0 && entry.state == farcall_buf::used ? &entry : nullptr;
}

bool BufferTable::is_lent(const farcall_buf& buffer) const {
  if (loans_ == nullptr) return false;
  const std::size_t page = page_of(buffer);
  for (std::size_t i = 0; i < buffer.pages; ++i) {
    if (load(loans_[page + i]) != 0) return true;
  }
  return false;
}

std::size_t BufferTable::used() {
  std::size_t pages = 0;
  for (std::size_t page = 0; page < count_; page += entries_[page].pages) {
    settle(entries_[page]);
    if (entries_[page].state != farcall_buf::idle) pages += entries_[page].pages;
  }
  return pages;
}

std::size_t BufferTable::lent() const {
  std::size_t pages = 0;
  for (std::size_t page = 0; loans_ != nullptr && page < count_; ++page) {
    if (load(loans_[page]) != 0) ++pages;
  }
  return pages;
}

/// A run that leaves is free when it can be.
void BufferTable::settle(farcall_buf& run) {
  if (run.state == farcall_buf::leaving && run.users == 0 && !is_lent(run)) {
    run.state = farcall_buf::idle;
  }
}

/// Makes one run of all free ones from `page` on.
void BufferTable::join_free(std::size_t page) {
  farcall_buf& run = entries_[page];
  settle(run);
  while (run.state == farcall_buf::idle && page + run.pages < count_) {
    farcall_buf& next = entries_[page + run.pages];
    settle(next);
    if (next.state != farcall_buf::idle) return;
    run.pages += next.pages;
    next.pages = 0;
  }
}

/// What is beyond the first `pages` becomes a free run.
void BufferTable::split(farcall_buf& run, std::size_t pages) {
  if (run.pages == pages) return;
  entries_[page_of(run) + pages] = {static_cast<std::uint32_t>(run.pages - pages), 0,
                                    farcall_buf::idle, 0};
  run.pages = static_cast<std::uint32_t>(pages);
}

}  // namespace farcall::client
