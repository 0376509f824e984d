// Mappings of kernel files through which a program may write: what it wrote is written to the file
// by msync and munmap, before exec and at the end of the process. Nobody tells which bytes a
// program changed, so what the file has is kept beside them and compared.
//
// Nothing here allocates by malloc, for allocators call munmap.
#pragma once

#include <atomic>

#include "file_copy.h"

namespace farcall::shim::mappings {

/// What mappings of one part of a file share. Lives while a Piece names it.
struct Backing;

/// Consecutive pages of the program's that show a part of a backing.
struct Piece {
  char* begin;
  char* end;
  Backing* backing;
  size_t start;  ///< where in the backing `begin` is
  int protection;
};

namespace detail {
extern constinit std::atomic<size_t> piece_count;
}
/// False: none of the functions below has anything to do.
inline bool any() { return detail::piece_count.load(std::memory_order_acquire) != 0; }

/// Takes over the copy's memory, and a descriptor of the kernel's for the file, which it closes in
/// the end. NULL when there is no memory; both are then the caller's as before.
Backing* make_backing(FileCopy& copy, int kfd, off_t offset);
/// Ends a backing that has no piece.
void discard(Backing* backing);
/// Notes what the program has mapped. 0 or -ENOMEM.
long add(const Piece& piece);

/// The piece that `address` is in. False: there is none.
bool find(const char* address, Piece& found);
/// The file that a piece shows, and where in it the piece starts.
int kernel_fd_of(const Piece& piece);
off_t offset_of(const Piece& piece);

/// Writes what has changed in [begin, end) to the file, and to the disk. 0; -EIO when the kernel
/// did not take it all.
long write_back(const char* begin, const char* end);
/// All that has changed of the file that `kfd` stands for. 0 or -EIO.
long write_back_file(int kfd);
/// All of it to the file, for a process that ends.
void write_back_all();
/// The program has written `count` bytes at `position` by a call: its mappings show them.
void refresh(int kfd, off_t position, size_t count);

/// The program has given the file another length by a call.
void truncate(int kfd, off_t length);

/// Around a call of the host's that replaces the pages of [begin, end).
class Removal {
 public:
  /// Takes their pieces out of the table.
  Removal(char* begin, char* end);
  Removal(const Removal&) = delete;
  Removal& operator=(const Removal&) = delete;

  /// False: there are too many pieces; the call must not be made.
  [[nodiscard]] bool ok() const { return ok_; }
  /// To be called with the result of the call: on an error the pieces are put back, else what was
  /// changed is written to the file. Returns `result`.
  long settle(long result);

 private:
  bool ok_ = true;
};

/// Around fork: the table stands still, and the child finds it unlocked.
void before_fork();
void after_fork();

}  // namespace farcall::shim::mappings
