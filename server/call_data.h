// What crosses with a call beside its arguments (farcall/call_data.h), while the call executes: the
// kernel's copies are served from it as far as they can be.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "farcall/call_data.h"

namespace farcall::server {

/// True when what system call `number` writes may come with its answer.
bool defers_output(std::uint32_t number);

/// Where the bytes of output go.
class OutputSpace {
 public:
  /// Memory for `size` bytes behind the `used` that are there already; empty: there is no more. It
  /// stays where it is until the next grow().
  virtual std::span<std::byte> grow(std::size_t used, std::size_t size) = 0;

 protected:
  ~OutputSpace() = default;
};

/// For one call at a time, in the thread that executes it. Nothing here sleeps.
class CallData {
 public:
  /// Begins a call. `extents` is checked: its bytes are all in `input`, one extent's after the
  /// other's. The client may change these bytes meanwhile, as it may its memory. Both stay until
  /// the next call; `space` keeps what the call writes, nullptr: nowhere.
  void begin(std::span<const DataExtent> extents, const std::byte* input, OutputSpace* space);
  /// Of the input only the bytes from `begin` on, before `end`, are there now, at `bytes`.
  void show(const std::byte* bytes, std::size_t begin, std::size_t end);
  /// Where in the input a byte is, and how many go on from there, as far as they count.
  struct Place {
    std::size_t offset;
    std::size_t size;
  };
  [[nodiscard]] std::optional<Place> find(std::uint64_t address) const;
  /// True when the byte at `address` is of the input and may yet come: it is behind what is shown.
  [[nodiscard]] bool may_come(std::uint64_t address) const;

  /// Reads what of `address` on came with the call, or was written by it; the value is how many of
  /// the first bytes that were.
  [[nodiscard]] std::size_t read(std::uint64_t address, std::span<std::byte> to) const;
  /// As read, up to and with the first zero; 0 when that has not come.
  [[nodiscard]] std::size_t read_string(std::uint64_t address, std::span<std::byte> to) const;
  /// Keeps what the call writes for its answer. False: it is to be written now, and, when
  /// is_kept, what was kept before it.
  [[nodiscard]] bool write(std::uint64_t address, std::span<const std::byte> from);

  /// As read and write of `size` bytes, without the copy: where they are, and where the caller puts
  /// them before the call ends. nullptr: they did not all come, or nothing keeps them.
  [[nodiscard]] const std::byte* lend_input(std::uint64_t address, std::size_t size) const;
  [[nodiscard]] std::byte* lend_output(std::uint64_t address, std::size_t size);

  /// True when some of that memory is in the output.
  [[nodiscard]] bool is_kept(std::uint64_t address, std::size_t size) const;
  /// What was kept, in the order of writing.
  [[nodiscard]] std::span<const DataExtent> output() const {
    return std::span(output_).first(outputs_);
  }
  [[nodiscard]] std::span<const std::byte> output_bytes() const { return {bytes_, used_}; }
  /// It has been written, and is kept no more.
  void output_is_written() { outputs_ = used_ = 0; }

 private:
  void forget_input(std::uint64_t address, std::size_t size);
  bool extends_last(std::uint64_t address, std::size_t size) const;

  std::array<DataExtent, kMaxExtents> input_;
  std::array<DataExtent, kMaxExtents> output_;
  std::size_t inputs_ = 0;
  std::uint32_t old_ = 0;  ///< a bit for each of input_ that the call has written to
  std::size_t outputs_ = 0;
  const std::byte* shown_ = nullptr;
  std::size_t shown_begin_ = 0;
  std::size_t shown_end_ = 0;
  OutputSpace* space_ = nullptr;
  std::byte* bytes_ = nullptr;
  std::size_t used_ = 0;
};

}  // namespace farcall::server
