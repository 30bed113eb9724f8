// SPDX-License-Identifier: Apache-2.0
#include "base/spool_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "fletching/error.h"

namespace fletching {
namespace {

using testing::HasSubstr;

std::span<const uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

class SpoolFileTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* before = std::getenv("TMPDIR");
    if (before != nullptr) before_ = before;
  }
  void TearDown() override {
    if (before_.empty()) {
      ::unsetenv("TMPDIR");
    } else {
      ::setenv("TMPDIR", before_.c_str(), 1);
    }
  }

  std::string before_;
};

TEST_F(SpoolFileTest, HoldsWhatWasWrittenAndHasNoName) {
  const std::string folder = testing::TempDir() + "spool-" + std::to_string(getpid());
  std::filesystem::create_directory(folder);
  ::setenv("TMPDIR", folder.c_str(), 1);
  {
    SpoolFile file(0);
    file.write(bytes_of("abc"));
    file.write(bytes_of("defg"));
    EXPECT_EQ(file.size(), 7);
    std::string found(7, ' ');
    EXPECT_EQ(::pread(file.fd(), found.data(), found.size(), 0), 7);
    EXPECT_EQ(found, "abcdefg");
    EXPECT_TRUE(std::filesystem::is_empty(folder));
    struct stat status{};
    ASSERT_EQ(::fstat(file.fd(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U) << "nobody else reads it";
  }
  std::filesystem::remove(folder);
}

TEST_F(SpoolFileTest, WhereNoFileCanBeMadeItIsInMemoryUpToALimit) {
  ::setenv("TMPDIR", "/nowhere/at/all", 1);
  SpoolFile file(8);
  file.write(bytes_of("12345678"));
  std::string found(8, ' ');
  EXPECT_EQ(::pread(file.fd(), found.data(), found.size(), 0), 8);
  EXPECT_EQ(found, "12345678");
  try {
    file.write(bytes_of("9"));
    FAIL() << "nothing limits it";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kIo);
    EXPECT_THAT(error.message(), HasSubstr("/nowhere/at/all"));
    EXPECT_THAT(error.message(), HasSubstr("TMPDIR"));
  }
}

}  // namespace
}  // namespace fletching
