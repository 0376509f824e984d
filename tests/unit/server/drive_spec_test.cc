#include "server/drive_spec.h"

#include <gtest/gtest.h>

namespace farcall::server {
namespace {

TEST(DriveSpec, WhatTheHostSays) {
  const auto parsed = parse_drive_spec("key=/dev/disk,hostpath=/images/disk.img,size=host");
  ASSERT_TRUE(std::holds_alternative<DriveSpec>(parsed));
  const auto& drive = std::get<DriveSpec>(parsed);
  EXPECT_EQ(drive.key, "/dev/disk");
  EXPECT_EQ(drive.hostpath, "/images/disk.img");
  EXPECT_FALSE(drive.size);
  EXPECT_EQ(drive.offset, 0u);
  EXPECT_EQ(drive.type, DriveSpec::Type::kBlock);
}

TEST(DriveSpec, PartsInAnyOrder) {
  const auto parsed = parse_drive_spec("type=chr,offset=1k,size=4M,hostpath=/h,key=/k");
  ASSERT_TRUE(std::holds_alternative<DriveSpec>(parsed));
  const auto& drive = std::get<DriveSpec>(parsed);
  EXPECT_EQ(drive.size, 4u << 20);
  EXPECT_EQ(drive.offset, 1024u);
  EXPECT_EQ(drive.type, DriveSpec::Type::kCharacter);
}

TEST(DriveSpec, HostPathsBecomeAbsolute) {
  const auto parsed = parse_drive_spec("key=/k,hostpath=image,size=512");
  ASSERT_TRUE(std::holds_alternative<DriveSpec>(parsed));
  EXPECT_EQ(std::get<DriveSpec>(parsed).hostpath.front(), '/');
}

TEST(DriveSpec, WhatIsWrongIsNamed) {
  for (const char* text :
       {"", "key", "key=/k", "key=/k,hostpath=/h", "key=k,hostpath=/h,size=host",
        "key=/k,hostpath=/h,size=", "key=/k,hostpath=/h,size=-1", "key=/k,hostpath=/h,size=4x",
        "key=/k,hostpath=/h,size=4kk", "key=/k,hostpath=/h,size=18446744073709551615g",
        "key=/k,hostpath=/h,size=host,type=tape", "key=/k,hostpath=/h,size=host,offset=host",
        "key=/k,key=/l,hostpath=/h,size=host", "key=/k,hostpath=/h,size=host,color=red",
        "key=/k,hostpath=/h,size=host,"}) {
    const auto parsed = parse_drive_spec(text);
    const auto* why = std::get_if<Complaint>(&parsed);
    ASSERT_NE(why, nullptr) << text;
    EXPECT_NE(why->text.find("key=PATH"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace farcall::server
