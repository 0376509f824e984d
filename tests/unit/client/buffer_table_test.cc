// Which pages are whose: places, lent ones, names that are none.
#include "buffer_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace farcall::client {
namespace {

class BufferTableTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kPages = 64;
  BufferTableTest() : entries_(kPages), loans_(kPages) {
    table_.open(entries_.data(), kPages, loans_.data());
  }
  farcall_buf* allocate_pages(std::size_t pages) { return table_.allocate(pages * arena::kPage); }
  arena::Loans& loan_of(const farcall_buf& buffer, std::size_t page = 0) {
    return loans_[table_.page_of(buffer) + page];
  }

  std::vector<farcall_buf> entries_;
  std::vector<arena::Loans> loans_;
  BufferTable table_;
};

TEST_F(BufferTableTest, BuffersAreWholePagesFromTheFirstOn) {
  farcall_buf* first = table_.allocate(1);
  farcall_buf* second = table_.allocate(arena::kPage + 1);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(table_.page_of(*first), 0U);
  EXPECT_EQ(table_.page_of(*second), 1U);
  EXPECT_EQ(second->size, arena::kPage + 1);
  EXPECT_EQ(table_.used(), 3U);
}

TEST_F(BufferTableTest, NoMoreThanThereIs) {
  EXPECT_EQ(allocate_pages(kPages + 1), nullptr);
  EXPECT_EQ(table_.allocate(SIZE_MAX), nullptr);
  farcall_buf* all = allocate_pages(kPages);
  ASSERT_NE(all, nullptr);
  EXPECT_EQ(table_.allocate(1), nullptr);
  table_.release(*all);
  EXPECT_NE(allocate_pages(kPages), nullptr);
}

TEST_F(BufferTableTest, FreeNeighboursAreJoined) {
  std::vector<farcall_buf*> buffers;
  for (std::size_t i = 0; i < kPages; ++i) buffers.push_back(table_.allocate(1));
  for (const std::size_t i : {11, 9, 10, 12}) table_.release(*buffers[i]);
  EXPECT_EQ(allocate_pages(5), nullptr);
  EXPECT_EQ(allocate_pages(4), buffers[9]);
}

TEST_F(BufferTableTest, WhatIsLentIsNotGivenToOthers) {
  farcall_buf* lent = allocate_pages(kPages / 2);
  loan_of(*lent, 7) = 2;
  EXPECT_TRUE(table_.is_lent(*lent));
  EXPECT_EQ(table_.lent(), 1U);
  table_.release(*lent);
  EXPECT_EQ(table_.find(lent), nullptr);
  EXPECT_EQ(allocate_pages(kPages), nullptr);
  EXPECT_EQ(table_.used(), kPages / 2);
  loan_of(*lent, 7) = 0;
  EXPECT_EQ(table_.used(), 0U);
  EXPECT_EQ(allocate_pages(kPages), lent);
}

TEST_F(BufferTableTest, NorWhatACallUses) {
  farcall_buf* buffer = allocate_pages(kPages);
  ++buffer->users;
  table_.release(*buffer);
  EXPECT_EQ(table_.allocate(1), nullptr);
  --buffer->users;
  EXPECT_EQ(table_.allocate(1), buffer);
}

TEST_F(BufferTableTest, TrimmedBuffersLeaveTheRest) {
  farcall_buf* buffer = allocate_pages(kPages);
  table_.trim(*buffer, 10);
  EXPECT_EQ(buffer->size, 10U);
  EXPECT_NE(allocate_pages(kPages - 1), nullptr);
}

TEST_F(BufferTableTest, NamesThatAreNone) {
  farcall_buf* buffer = allocate_pages(2);
  EXPECT_EQ(table_.find(buffer), buffer);
  EXPECT_EQ(table_.find(nullptr), nullptr);
  EXPECT_EQ(table_.find(buffer + 1), nullptr) << "in the middle of a buffer";
  EXPECT_EQ(table_.find(buffer + 2), nullptr) << "free";
  EXPECT_EQ(table_.find(entries_.data() + kPages), nullptr);
  EXPECT_EQ(table_.find(entries_.data() - 1), nullptr);
  const auto crooked = reinterpret_cast<std::uintptr_t>(buffer) + 1;
  EXPECT_EQ(table_.find(reinterpret_cast<const farcall_buf*>(crooked)), nullptr);
  table_.release(*buffer);
  EXPECT_EQ(table_.find(buffer), nullptr) << "freed";
}

TEST_F(BufferTableTest, WithoutATableThereIsNothing) {
  table_.open(nullptr, 0, nullptr);
  EXPECT_EQ(table_.allocate(1), nullptr);
  EXPECT_EQ(table_.find(entries_.data()), nullptr);
  EXPECT_EQ(table_.used() + table_.lent(), 0U);
}

// Against a model: buffers never overlap, and what is free can be had.
TEST_F(BufferTableTest, AnyOrder) {
  std::minstd_rand random(1);
  std::map<std::size_t, farcall_buf*> held;  // by first page
  for (int round = 0; round < 20'000; ++round) {
    if (random() % 2 == 0 && !held.empty()) {
      const auto victim = std::next(held.begin(), static_cast<long>(random() % held.size()));
      loan_of(*victim->second) = random() % 4 == 0 ? 1 : 0;
      table_.release(*victim->second);
      held.erase(victim);
    } else if (farcall_buf* made = allocate_pages(1 + random() % 9); made != nullptr) {
      const std::size_t page = table_.page_of(*made);
      const auto next = held.lower_bound(page);
      if (next != held.end()) {
        ASSERT_LE(page + made->pages, next->first);
      }
      if (next != held.begin()) {
        const auto before = std::prev(next);
        ASSERT_LE(before->first + before->second->pages, page);
      }
      held[page] = made;
    }
    if (round % 50 == 0) std::fill(loans_.begin(), loans_.end(), 0U);
  }
}

}  // namespace
}  // namespace farcall::client
