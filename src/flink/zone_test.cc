// SPDX-License-Identifier: Apache-2.0
#include "flink/zone.h"

#include <gtest/gtest.h>

#include <string>

#include "fletching/error.h"
#include "flink/civil.h"

namespace fletching::flink {
namespace {

int64_t local(int64_t year, int month, int day, int64_t hour, int64_t minute = 0) {
  return days_of(year, month, day) * kDaySeconds + hour * 3600 + minute * 60;
}

TEST(FlinkZone, OffsetsOfEverySpelling) {
  for (const char* utc : {"UTC", "Z", "GMT", "+00:00", "UTC+0", "Etc/UTC"}) {
    EXPECT_EQ(Zone(utc).name(), "UTC") << utc;
  }
  EXPECT_EQ(Zone("GMT-08:00").name(), "-08:00");
  EXPECT_EQ(Zone("UTC+5").name(), "+05:00");
  EXPECT_EQ(Zone("+0530").name(), "+05:30");
  Zone zone("+05:30");
  int64_t utc = 0;
  ASSERT_EQ(zone.to_utc(local(2024, 1, 1, 5, 30), utc), Zone::Answer::kOnce);
  EXPECT_EQ(utc, local(2024, 1, 1, 0));
  EXPECT_EQ(zone.to_local(utc), local(2024, 1, 1, 5, 30));
}

TEST(FlinkZone, NamesThatAreNoneAreRefused) {
  for (const char* name : {"", "Europe/Nowhere", "../../etc/passwd", "/etc/passwd",
                           "+25:00", "UTC+1:2:3:4", "Europe/Paris/", "+05:3a"}) {
    EXPECT_THROW(Zone{name}, Error) << name;
  }
}

TEST(FlinkZone, ClocksThatAreMovedTellTwiceOrNever) {
  Zone zone("Europe/Paris");
  int64_t utc = 0;
  ASSERT_EQ(zone.to_utc(local(2024, 1, 2, 4, 4), utc), Zone::Answer::kOnce);
  EXPECT_EQ(utc, local(2024, 1, 2, 3, 4));
  ASSERT_EQ(zone.to_utc(local(2024, 7, 2, 4, 4), utc), Zone::Answer::kOnce);
  EXPECT_EQ(utc, local(2024, 7, 2, 2, 4));
  EXPECT_EQ(zone.to_utc(local(2024, 10, 27, 2, 30), utc), Zone::Answer::kTwice);
  EXPECT_EQ(zone.to_utc(local(2024, 3, 31, 2, 30), utc), Zone::Answer::kNever);
  ASSERT_EQ(zone.to_utc(local(2024, 10, 27, 1, 59), utc), Zone::Answer::kOnce);
  EXPECT_EQ(utc, local(2024, 10, 26, 23, 59));
  ASSERT_EQ(zone.to_utc(local(2024, 10, 27, 3, 0), utc), Zone::Answer::kOnce);
  EXPECT_EQ(utc, local(2024, 10, 27, 2, 0));
}

// By the file's rule for the future, on both halves of the earth.
TEST(FlinkZone, TheRuleHoldsForEver) {
  Zone paris("Europe/Paris");
  Zone sydney("Australia/Sydney");
  int64_t utc = 0;
  ASSERT_EQ(paris.to_utc(local(2500, 7, 1, 12), utc), Zone::Answer::kOnce);
  EXPECT_EQ(utc, local(2500, 7, 1, 10));
  ASSERT_EQ(sydney.to_utc(local(2500, 7, 1, 12), utc), Zone::Answer::kOnce);
  EXPECT_EQ(utc, local(2500, 7, 1, 2));
  ASSERT_EQ(sydney.to_utc(local(9998, 1, 1, 12), utc), Zone::Answer::kOnce);
  EXPECT_EQ(utc, local(9998, 1, 1, 1));
}

TEST(FlinkZone, LocalTimeOfAnInstantReadsBackAsThatInstant) {
  for (const char* name :
       {"Europe/Paris", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe",
        "America/St_Johns", "Africa/Casablanca", "Pacific/Apia", "America/Nuuk",
        "Europe/Dublin"}) {
    Zone zone(name);
    for (int64_t at = local(1900, 1, 1, 0); at < local(2100, 1, 1, 0);
         at += 86400 * 3 + 4321) {
      int64_t utc = 0;
      const Zone::Answer answer = zone.to_utc(zone.to_local(at), utc);
      ASSERT_NE(answer, Zone::Answer::kNever) << name << " " << at;
      if (answer == Zone::Answer::kOnce) {
        ASSERT_EQ(utc, at) << name;
      }
    }
  }
}

TEST(FlinkZone, DamagedFilesAreRefused) {
  for (const std::string& bytes :
       {std::string(), std::string("TZif"), std::string(100, '\0'),
        "TZif2" + std::string(15, '\0') + std::string(24, '\x7f')}) {
    EXPECT_THROW((void)read_zone_file(bytes), Error);
  }
}

}  // namespace
}  // namespace fletching::flink
