// A part of a kernel's file that mappings share, and what the file has of it.
#pragma once

#include "file_copy.h"

namespace farcall::shim::mappings {

struct Backing {
  int kfd;  ///< of its own, so that the program may close its descriptor
  FileIdentity file;
  off_t offset;     ///< in the file
  size_t size;      ///< up to the end of the file, as it was
  char* memory;     ///< the shared pages, whatever the program does with its own mapping of them
  char* in_file;    ///< what was read from the file, or written to it; shared with children
  unsigned pieces;  ///< guarded by the table's lock

  /// Writes what differs between `from` and `to`. 0 or -EIO.
  long write_back(size_t from, size_t to);
  /// Reads again what the program has just written past its mapping, at `position` in the file.
  void refresh(off_t position, size_t count);
  /// The file has got this length: what was behind is nobody's.
  void truncate(off_t length);
  /// Closes and unmaps everything, itself too.
  void destroy();

 private:
  long write_run(size_t from, size_t to);
};

}  // namespace farcall::shim::mappings
