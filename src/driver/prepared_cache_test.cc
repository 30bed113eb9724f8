// SPDX-License-Identifier: Apache-2.0
#include "driver/prepared_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fletching {
namespace {

using testing::ElementsAre;

// Tells when it is destroyed, which is when a server's handle is closed.
class Statement : public PreparedQuery {
 public:
  Statement(std::string name, std::vector<std::string>& closed)
      : name_(std::move(name)), closed_(closed) {}
  ~Statement() override { closed_.push_back(name_); }
  [[nodiscard]] const ArrowSchema* parameter_schema() const override { return nullptr; }
  [[nodiscard]] const ArrowSchema* dataset_schema() const override { return nullptr; }
  [[nodiscard]] std::optional<bool> is_update() const override { return {}; }
  std::unique_ptr<ResultStream> execute(ResultStream*, const Wait&) override {
    return nullptr;
  }
  std::optional<int64_t> execute_update(ResultStream*, const Wait&) override {
    return 0;
  }

 private:
  std::string name_;
  std::vector<std::string>& closed_;
};

class PreparedCacheTest : public testing::Test {
 protected:
  std::unique_ptr<PreparedQuery> make(const std::string& name) {
    return std::make_unique<Statement>(name, closed_);
  }
  std::shared_ptr<PreparedLease> lease(const std::string& text, uint64_t transaction) {
    return std::make_shared<PreparedLease>(cache_, text, transaction, make(text));
  }

  std::vector<std::string> closed_;
  std::shared_ptr<PreparedCache> cache_ = std::make_shared<PreparedCache>();
};

TEST_F(PreparedCacheTest, GivesBackWhatWasPutOnce) {
  lease("a", 0).reset();
  EXPECT_NE(cache_->take("a", 0), nullptr);
  EXPECT_THAT(closed_, ElementsAre("a"));  // the taker dropped it
  EXPECT_EQ(cache_->take("a", 0), nullptr);
}

TEST_F(PreparedCacheTest, KeepsTransactionsApartAndDropsThoseThatAreOver) {
  lease("outside", 0).reset();
  lease("first", 1).reset();
  EXPECT_EQ(cache_->take("first", 0), nullptr);
  EXPECT_THAT(closed_, ElementsAre("first"));  // transaction 1 is over
  EXPECT_EQ(cache_->take("outside", 2), nullptr);
  EXPECT_NE(cache_->take("outside", 0), nullptr);
}

TEST_F(PreparedCacheTest, ASpoiledOneIsClosed) {
  auto one = lease("a", 0);
  one->spoil();
  one.reset();
  EXPECT_THAT(closed_, ElementsAre("a"));
  EXPECT_EQ(cache_->take("a", 0), nullptr);
}

TEST_F(PreparedCacheTest, TheLeastUsedGoesWhenThereAreTooMany) {
  for (size_t i = 0; i <= PreparedCache::kMost; ++i)
    lease(std::to_string(i), 0).reset();
  EXPECT_THAT(closed_, ElementsAre("0"));
}

TEST_F(PreparedCacheTest, WhatRestedTooLongIsNotUsedAgain) {
  cache_ = std::make_shared<PreparedCache>(std::chrono::nanoseconds(-1));
  auto one = lease("a", 0);
  EXPECT_TRUE(one->has_rested_too_long());
  one.reset();
  EXPECT_EQ(cache_->take("a", 0), nullptr);
  EXPECT_THAT(closed_, ElementsAre("a"));
}

TEST_F(PreparedCacheTest, ALeaseOutlivesTheConnectionsCache) {
  auto one = lease("a", 0);
  cache_.reset();
  one.reset();
  EXPECT_THAT(closed_, ElementsAre("a"));
}

}  // namespace
}  // namespace fletching
