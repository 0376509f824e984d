// Calls on names of files: what NetBSD is asked, and how its answers look on Linux.
#include "personality/netbsd.h"

#include "personality/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "client_double.h"
#include "personality/descriptor_kind.h"
#include "personality/file_flags.h"

namespace farcall::personality {
namespace {

using testing::ClientDouble;
using testing::SeenCall;

constexpr int kKfd = 5;

auto answer_with(int error, long value = 0) {
  return [=](const SeenCall&, long retval[2]) {
    retval[0] = value;
    return error;
  };
}

/// A directory's entry as NetBSD's kernel writes it.
void append_entry(std::vector<char>& block, std::uint64_t inode, std::string_view name) {
  const std::size_t size =
      (offsetof(netbsd::dirent, d_name) + name.size() + 1 + 7) & ~std::size_t{7};
  std::vector<char> entry(size);
  const auto length = static_cast<std::uint16_t>(size);
  const auto name_length = static_cast<std::uint16_t>(name.size());
  std::memcpy(entry.data(), &inode, sizeof inode);
  std::memcpy(entry.data() + offsetof(netbsd::dirent, d_reclen), &length, sizeof length);
  std::memcpy(entry.data() + offsetof(netbsd::dirent, d_namlen), &name_length, sizeof name_length);
  entry[offsetof(netbsd::dirent, d_type)] = NB_DT_REG;
  name.copy(entry.data() + offsetof(netbsd::dirent, d_name), name.size());
  block.insert(block.end(), entry.begin(), entry.end());
}

TEST(Entries, AreReadOneAfterTheOther) {
  std::vector<char> block;
  append_entry(block, 7, "first");
  append_entry(block, 0, "removed");
  append_entry(block, 9, "x");
  std::size_t offset = 0;
  DirectoryEntry entry{};
  std::vector<std::string> names;
  while (next_entry(block.data(), block.size(), offset, entry)) names.emplace_back(entry.name);
  EXPECT_EQ(names, (std::vector<std::string>{"first", "removed", "x"}));
  EXPECT_EQ(entry.inode, 9U);
  EXPECT_EQ(entry.type, NB_DT_REG);
  EXPECT_EQ(offset, block.size());
}

TEST(Entries, ThatLieAreTheEnd) {
  std::vector<char> block;
  append_entry(block, 7, "first");
  DirectoryEntry entry{};
  for (std::size_t size = 0; size < block.size(); ++size) {
    std::size_t offset = 0;
    EXPECT_FALSE(next_entry(block.data(), size, offset, entry)) << size;
  }
  for (const std::uint16_t length : {0, 1, 8, 17, 0xffff}) {
    std::memcpy(block.data() + offsetof(netbsd::dirent, d_reclen), &length, sizeof length);
    std::size_t offset = 0;
    EXPECT_FALSE(next_entry(block.data(), block.size(), offset, entry)) << length;
  }
}

TEST(Devices, KeepTheirNumbers) {
  for (const dev_t device : {makedev(1, 3), makedev(7, 300), makedev(255, 255), makedev(0, 0)}) {
    EXPECT_EQ(device_to_linux(device_to_netbsd(device)), device);
  }
  // No file of the host's is on such a device.
  EXPECT_GT(major(file_system_device_to_linux(device_to_netbsd(makedev(8, 1)))), 0xfffU);
}

TEST(AtFlags, HaveOtherNumbers) {
  EXPECT_EQ(*at_flags_to_netbsd(AT_SYMLINK_NOFOLLOW, AT_SYMLINK_NOFOLLOW), NB_AT_SYMLINK_NOFOLLOW);
  EXPECT_EQ(*at_flags_to_netbsd(AT_NO_AUTOMOUNT, 0), 0);
  EXPECT_EQ(at_flags_to_netbsd(AT_SYMLINK_FOLLOW, AT_SYMLINK_NOFOLLOW).code(), EINVAL);
}

TEST(Opening, AsksForWhatNetbsdHas) {
  ClientDouble client(answer_with(0, kKfd));
  EXPECT_EQ(openat(kKernelCwd, "d", O_PATH | O_DIRECTORY, 0), kKfd);
  EXPECT_EQ(openat(kKernelCwd, "d", O_RDONLY | O_DIRECTORY, 0), kKfd);
  EXPECT_EQ(openat(kKernelCwd, "d", O_TMPFILE | O_RDWR, 0600), -EOPNOTSUPP);
  ASSERT_EQ(client.calls().size(), 2U);
  EXPECT_EQ(client.calls()[0].number, NB_SYS_openat);
  EXPECT_EQ(client.calls()[0].slots[2], static_cast<std::uint64_t>(NB_O_DIRECTORY | NB_O_NONBLOCK));
  EXPECT_EQ(client.calls()[1].slots[2], static_cast<std::uint64_t>(NB_O_DIRECTORY));
}

TEST(Opening, SaysEloopForALinkThatMustNotBeFollowed) {
  ClientDouble client(answer_with(NB_EFTYPE));
  EXPECT_EQ(openat(kKernelCwd, "link", O_RDONLY | O_NOFOLLOW, 0), -ELOOP);
}

TEST(Directories, AreNotRead) {
  {
    ClientDouble opening(answer_with(0, kKfd));
    openat(kKernelCwd, "d", O_RDONLY | O_DIRECTORY, 0);
  }
  ClientDouble client(answer_with(0, 1));
  char byte = 0;
  EXPECT_EQ(personality::read(kKfd, &byte, 1), -EISDIR);
  EXPECT_TRUE(client.calls().empty());
  remember_kind(kKfd, DescriptorKind::other);
}

TEST(Removing, KnowsDirectories) {
  ClientDouble client([](const SeenCall& call, long*) {
    if (call.number == NB_SYS_unlinkat) return NB_EPERM;
    netbsd::stat status = {};
    status.st_mode = S_IFDIR | 0755;
    std::memcpy(reinterpret_cast<void*>(call.slots[2]), &status, sizeof status);
    return 0;
  });
  EXPECT_EQ(unlinkat(kKernelCwd, "d", 0), -EISDIR);
  EXPECT_EQ(unlinkat(kKernelCwd, "d", AT_REMOVEDIR), -EPERM);
}

TEST(Renaming, TakesNoFlags) {
  ClientDouble client(answer_with(0));
  EXPECT_EQ(renameat(kKernelCwd, "a", kKernelCwd, "b", 1), -EINVAL);
  EXPECT_TRUE(client.calls().empty());
  EXPECT_EQ(renameat(kKernelCwd, "a", kKernelCwd, "b", 0), 0);
  EXPECT_EQ(client.calls()[0].number, NB_SYS___posix_rename);
}

}  // namespace
}  // namespace farcall::personality
