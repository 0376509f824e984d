#include "shared_mappings.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "backing.h"
#include "shim/host/lock.h"
#include "shim/personality/personality.h"

namespace farcall::shim::mappings {

namespace detail {
constinit std::atomic<size_t> piece_count{0};
}

namespace {

using detail::piece_count;

/// A place in the table: free without a backing.
struct Entry {
  Piece piece;
  const Removal* leaving;  // is out of the table for everybody else

  [[nodiscard]] bool is_free() const { return piece.backing == nullptr; }
  [[nodiscard]] bool overlaps(const char* begin, const char* end) const {
    return !is_free() && leaving == nullptr && piece.begin < end && begin < piece.end;
  }
};

constexpr size_t kMost = 1024;

constinit SignalSafeMutex writing;  // held while the kernel is asked; keeps all backings alive
constinit SignalSafeMutex mutex;    // guards what follows; nothing is called under it
constinit std::array<Entry, kMost> entries{};
constinit size_t used = 0;  // entries from here on are free

bool enter(const Piece& piece) {
  size_t place = 0;
  while (place < used && !entries[place].is_free()) ++place;
  if (place == kMost) return false;
  used = std::max(used, place + 1);
  entries[place] = {piece, nullptr};
  ++piece.backing->pieces;
  piece_count.fetch_add(1, std::memory_order_release);
  return true;
}

/// The backing, when that was its last piece.
Backing* leave(Entry& entry) {
  Backing* const backing = entry.piece.backing;
  entry = {};
  while (used > 0 && entries[used - 1].is_free()) --used;
  piece_count.fetch_sub(1, std::memory_order_release);
  return --backing->pieces == 0 ? backing : nullptr;
}

/// Makes [begin, end) of an entry leave, and the rest entries of their own.
bool cut(Entry& entry, char* begin, char* end, const Removal* leaving) {
  const Piece whole = entry.piece;
  Piece& middle = entry.piece;
  if (whole.end > end) {
    if (!enter({end, whole.end, whole.backing, whole.start + static_cast<size_t>(end - whole.begin),
                whole.protection})) {
      return false;
    }
    middle.end = end;
  }
  if (whole.begin < begin) {
    if (!enter({whole.begin, begin, whole.backing, whole.start, whole.protection})) return false;
    middle.begin = begin;
    middle.start += static_cast<size_t>(begin - whole.begin);
  }
  entry.leaving = leaving;
  return true;
}

/// With `writing` held.
long write_piece(const Piece& piece, const char* begin, const char* end) {
  const char* const from = std::max<const char*>(piece.begin, begin);
  const char* const to = std::min<const char*>(piece.end, end);
  return piece.backing->write_back(piece.start + static_cast<size_t>(from - piece.begin),
                                   piece.start + static_cast<size_t>(to - piece.begin));
}

/// The next entry from `place` on that `wanted` is true of. False: there is none.
template <class Wanted>
bool next_entry(size_t& place, Entry& found, Wanted wanted) {
  const Guard guard(mutex);
  for (; place < used; ++place) {
    if (!wanted(entries[place])) continue;
    found = entries[place++];
    return true;
  }
  return false;
}

}  // namespace

void discard(Backing* backing) { backing->destroy(); }

long add(const Piece& piece) {
  {
    const Guard guard(mutex);
    if (enter(piece)) return 0;
  }
  return -ENOMEM;
}

bool find(const char* address, Piece& found) {
  size_t place = 0;
  Entry entry{};
  if (!next_entry(place, entry,
                  [&](const Entry& each) { return each.overlaps(address, address + 1); }))
    return false;
  found = entry.piece;
  return true;
}

int kernel_fd_of(const Piece& piece) { return piece.backing->kfd; }

off_t offset_of(const Piece& piece) {
  return piece.backing->offset + static_cast<off_t>(piece.start);
}

long write_back(const char* begin, const char* end) {
  const Guard guard(writing);
  long result = 0;
  Entry entry{};
  for (size_t place = 0;
       next_entry(place, entry, [&](const Entry& each) { return each.overlaps(begin, end); });) {
    result = std::min(result, write_piece(entry.piece, begin, end));
    if (personality::fsync(entry.piece.backing->kfd) < 0) result = -EIO;
  }
  return result;
}

void write_back_all() {
  if (!any()) return;
  const Guard guard(writing);
  Entry entry{};
  for (size_t place = 0;
       next_entry(place, entry, [](const Entry& each) { return !each.is_free(); });) {
    write_piece(entry.piece, entry.piece.begin, entry.piece.end);
  }
}

namespace {

/// `use(piece)` for each piece of the file that `kfd` stands for.
template <class Use>
void each_piece_of(int kfd, Use use) {
  FileIdentity file{};
  if (identify(kfd, file) < 0) return;
  const Guard guard(writing);
  Entry entry{};
  for (size_t place = 0; next_entry(place, entry, [&](const Entry& each) {
         return !each.is_free() && each.piece.backing->file == file;
       });) {
    use(entry.piece);
  }
}

}  // namespace

long write_back_file(int kfd) {
  long result = 0;
  each_piece_of(kfd, [&](const Piece& piece) {
    result = std::min(result, write_piece(piece, piece.begin, piece.end));
  });
  return result;
}

void refresh(int kfd, off_t position, size_t count) {
  each_piece_of(kfd, [&](const Piece& piece) { piece.backing->refresh(position, count); });
}

void truncate(int kfd, off_t length) {
  each_piece_of(kfd, [&](const Piece& piece) { piece.backing->truncate(length); });
}

Removal::Removal(char* begin, char* end) {
  const Guard guard(mutex);
  // Entries that cut() adds are outside of the range.
  for (size_t place = 0; place < used && ok_; ++place) {
    Entry& entry = entries[place];
    if (entry.overlaps(begin, end))
      ok_ = cut(entry, std::max(begin, entry.piece.begin), std::min(end, entry.piece.end), this);
  }
  if (ok_) return;
  for (Entry& entry : entries) {
    if (entry.leaving == this) entry.leaving = nullptr;
  }
}

long Removal::settle(long result) {
  const bool failed = result < 0;
  const Guard guard(writing);
  Entry entry{};
  for (size_t place = 0;
       next_entry(place, entry, [&](const Entry& each) { return each.leaving == this; });) {
    if (!failed) write_piece(entry.piece, entry.piece.begin, entry.piece.end);
    Backing* unused = nullptr;
    {
      const Guard table(mutex);
      if (failed) {
        entries[place - 1].leaving = nullptr;
      } else {
        unused = leave(entries[place - 1]);
      }
    }
    if (unused != nullptr) unused->destroy();
  }
  return result;
}

void before_fork() {
  writing.lock();
  mutex.lock();
}

void after_fork() {
  mutex.unlock();
  writing.unlock();
}

}  // namespace farcall::shim::mappings
