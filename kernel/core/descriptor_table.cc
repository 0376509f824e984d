#include <algorithm>

#include "kernel/core/proc.h"
#include "netbsd/constants.h"

namespace farcall::kernel {

DescriptorTable::~DescriptorTable() { close_from(0); }

Result<int> DescriptorTable::allocate(Ref<File> file, int minimum, bool close_on_exec) {
  auto wanted = static_cast<std::size_t>(minimum);
  std::size_t fd = std::max(wanted, maybe_free_);
  while (fd < entries_.size() && entries_[fd].file) ++fd;
  if (wanted <= maybe_free_) maybe_free_ = fd;
  if (fd >= limit) return Error{NB_EMFILE};
  if (fd >= entries_.size()) entries_.resize(fd + 1);
  file->open_reference();
  entries_[fd] = {std::move(file), close_on_exec};
  return static_cast<int>(fd);
}

Result<Ref<File>> DescriptorTable::get(int fd) const {
  if (!is_open(fd)) return Error{NB_EBADF};
  return entries_[fd].file;
}

Result<void> DescriptorTable::install(int to, Ref<File> file, bool close_on_exec) {
  if (to < 0 || static_cast<std::size_t>(to) >= limit) return Error{NB_EBADF};
  if (static_cast<std::size_t>(to) >= entries_.size()) entries_.resize(to + 1);
  file->open_reference();
  Entry previous = std::exchange(entries_[to], {std::move(file), close_on_exec});
  if (previous.file) previous.file->close_reference();
  return {};
}

// The slot is free before the file hears of it: closing may sleep.
Result<void> DescriptorTable::close(int fd) {
  if (!is_open(fd)) return Error{NB_EBADF};
  Entry entry = std::exchange(entries_[fd], {});
  maybe_free_ = std::min(maybe_free_, static_cast<std::size_t>(fd));
  entry.file->close_reference();
  return {};
}

void DescriptorTable::close_from(int fd) {
  for (int each = highest(); each >= fd; --each) (void)close(each);
}

void DescriptorTable::close_on_exec() {
  for (int fd = highest(); fd >= 0; --fd) {
    if (is_open(fd) && entries_[fd].close_on_exec) (void)close(fd);
  }
}

Result<bool> DescriptorTable::close_on_exec(int fd) const {
  if (!is_open(fd)) return Error{NB_EBADF};
  return bool{entries_[fd].close_on_exec};
}

Result<void> DescriptorTable::set_close_on_exec(int fd, bool value) {
  if (!is_open(fd)) return Error{NB_EBADF};
  entries_[fd].close_on_exec = value;
  return {};
}

int DescriptorTable::highest() const {
  auto last = std::find_if(entries_.rbegin(), entries_.rend(),
                           [](const Entry& entry) { return static_cast<bool>(entry.file); });
  return static_cast<int>(entries_.rend() - last) - 1;
}

Ref<DescriptorTable> DescriptorTable::copy() const {
  auto copy = make_ref<DescriptorTable>();
  copy->limit = limit;
  copy->entries_ = entries_;
  copy->maybe_free_ = maybe_free_;
  for (Entry& entry : copy->entries_) {
    if (entry.file) entry.file->open_reference();
  }
  return copy;
}

bool DescriptorTable::is_open(int fd) const {
  return fd >= 0 && static_cast<std::size_t>(fd) < entries_.size() && entries_[fd].file;
}

}  // namespace farcall::kernel
