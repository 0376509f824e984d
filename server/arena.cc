#include "server/arena.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <utility>

namespace farcall::server {
namespace {

bool is_sealed(int fd) {
  constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW;
  const int seals = fcntl(fd, F_GET_SEALS);
  return seals != -1 && (seals & kSeals) == kSeals;
}

/// Memory of huge pages, which a memfd can have too, may run out when it is touched.
bool is_of_small_pages(int fd) {
  struct statfs filesystem {};
  return fstatfs(fd, &filesystem) == 0 && filesystem.f_type == TMPFS_MAGIC;
}

bool has_size(int fd, std::uint64_t size) {
  struct stat status {};
  return fstat(fd, &status) == 0 && static_cast<std::uint64_t>(status.st_size) == size;
}

bool makes_sense(const arena::Offer& offer) {
  return offer.size >= arena::kLeastSize && offer.size <= arena::kMostSize &&
         offer.size % arena::kPage == 0 && offer.address % arena::kPage == 0 &&
         offer.address <= UINT64_MAX - offer.size;
}

/// Adds without a look at what was there.
template <class Word>
void add(Word& word, Word value) {
  std::atomic_ref(word).fetch_add(value, std::memory_order_seq_cst);
}

}  // namespace

std::shared_ptr<Arena> Arena::adopt(const Descriptor& memfd, const arena::Offer& offer,
                                    std::shared_ptr<Budget> budget) {
  void* address = MAP_FAILED;
  // Sealed first: what is sealed keeps its size.
  if (makes_sense(offer) && memfd && is_sealed(memfd.get()) && is_of_small_pages(memfd.get()) &&
      has_size(memfd.get(), offer.size)) {
    address = mmap(nullptr, offer.size, PROT_READ | PROT_WRITE, MAP_SHARED, memfd.get(), 0);
  }
  if (address == MAP_FAILED) {
    budget->give_back(offer.size);
    return nullptr;
  }
  return std::shared_ptr<Arena>(
      new Arena(static_cast<std::byte*>(address), offer, std::move(budget)));
}

Arena::Arena(std::byte* base, const arena::Offer& offer, std::shared_ptr<Budget> budget)
    : base_(base), address_(offer.address), size_(offer.size), budget_(std::move(budget)) {}

Arena::~Arena() {
  munmap(base_, size_);
  budget_->give_back(size_);
}

std::byte* Arena::find(std::uint64_t address, std::size_t size) const {
  if (address < address_ || address - address_ > size_) return nullptr;
  const std::size_t offset = address - address_;
  if (offset < arena::buffers_offset(size_) || size > size_ - offset) return nullptr;
  return base_ + offset;
}

arena::Header& Arena::header() const { return *reinterpret_cast<arena::Header*>(base_); }

arena::Loans& Arena::loans_at(const std::byte* where) const {
  auto* const words = reinterpret_cast<arena::Loans*>(base_ + arena::kLoansOffset);
  return words[static_cast<std::size_t>(where - base_) / arena::kPage];
}

void Arena::count_copied(std::size_t size) { add(header().copied, std::uint64_t{size}); }

void Arena::begin_loan(const std::byte* where, std::size_t size) {
  add(loans_at(where), arena::Loans{1});
  add(header().lent, std::uint64_t{size});
}

void Arena::end_loan(const std::byte* where) {
  add(loans_at(where), arena::Loans(-1));
  add(header().bell, std::uint32_t{1});
  if (std::atomic_ref(header().sleepers).load(std::memory_order_seq_cst) == 0) return;
  syscall(SYS_futex, &header().bell, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace farcall::server
