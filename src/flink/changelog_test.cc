// SPDX-License-Identifier: Apache-2.0
#include "flink/changelog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>

#include "fletching/error.h"
#include "flink/page_decoder.h"
#include "flink/show_for_test.h"

namespace fletching::flink {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr RowKind kI = RowKind::kInsert;
constexpr RowKind kUb = RowKind::kUpdateBefore;
constexpr RowKind kUa = RowKind::kUpdateAfter;
constexpr RowKind kD = RowKind::kDelete;

struct Event {
  RowKind kind;
  int key;
  std::string value;
};

// Columns k INT and v STRING, decoded as they come from a server.
class Source {
 public:
  Source() : decoder_(Encoding::kConfluent) {
    decoder_.set_columns(
        {{"k", parse_type("INT"), ""}, {"v", parse_type("ARRAY<STRING>"), ""}});
  }
  const ArrowSchema& schema() const { return decoder_.schema(); }
  Batch batch(const std::vector<Event>& events) {
    std::string data;
    for (const Event& event : events) {
      if (!data.empty()) data += ",";
      data += "{\"op\":" + std::to_string(static_cast<int>(event.kind)) +
              ",\"row\":[\"" + std::to_string(event.key) + "\",[\"" + event.value +
              "\"]]}";
    }
    Page page =
        decoder_.decode("{\"results\":{\"data\":[" + data + "]},\"metadata\":{}}");
    return {std::move(page.rows), std::move(page.ops)};
  }

 private:
  PageDecoder decoder_;
};

std::vector<std::string> rows_of(Changelog& changelog) {
  std::vector<std::string> all;
  for (const SharedRows& rows : changelog.snapshot()) {
    for (std::string& row : show_rows(*rows->get(), changelog.schema())) {
      all.push_back(std::move(row));
    }
  }
  return all;
}

std::string shown(int key, const std::string& value) {
  return "(" + std::to_string(key) + ",[" + value + "])";
}

Changelog keyed(const Source& source, ChangelogOptions options = {}) {
  options.key = {0};
  return {source.schema(), options};
}

TEST(FlinkChangelog, KeyedRowsKeepTheirPlace) {
  Source source;
  Changelog changelog = keyed(source);
  changelog.apply(source.batch({{kI, 1, "a"},
                                {kI, 2, "b"},
                                {kUb, 1, "a"},
                                {kUa, 1, "c"},
                                {kUb, 9, "never there"},
                                {kI, 3, "d"}}));
  EXPECT_THAT(rows_of(changelog), ElementsAre("(1,[c])", "(2,[b])", "(3,[d])"));
  changelog.apply(source.batch({{kD, 1, "c"}, {kUa, 1, "e"}}));
  EXPECT_THAT(rows_of(changelog), ElementsAre("(2,[b])", "(3,[d])", "(1,[e])"));
  EXPECT_EQ(changelog.size(), 3);
  EXPECT_EQ(changelog.events(), 8);
}

TEST(FlinkChangelog, AmongEqualRowsTheYoungestGoesFirst) {
  Source source;
  Changelog changelog(source.schema());
  changelog.apply(source.batch(
      {{kI, 1, "a"}, {kI, 2, "b"}, {kI, 1, "a"}, {kUa, 3, "c"}, {kUb, 1, "a"}}));
  EXPECT_THAT(rows_of(changelog), ElementsAre("(1,[a])", "(2,[b])", "(3,[c])"));
  changelog.apply(source.batch({{kD, 1, "a"}}));
  EXPECT_THAT(rows_of(changelog), ElementsAre("(2,[b])", "(3,[c])"));
}

TEST(FlinkChangelog, WhatIsNotThereIsAnErrorThatNamesTheEvent) {
  Source source;
  Changelog changelog(source.schema());
  const Batch batch = source.batch({{kI, 1, "a"}, {kUb, 2, "b"}, {kI, 3, "c"}});
  try {
    changelog.apply(batch);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kInvalidData);
    EXPECT_THAT(error.message(), HasSubstr("-U of a row that is not there"));
    ASSERT_EQ(error.details().size(), 1U);
    EXPECT_EQ(error.details()[0].second, "1");
  }
  EXPECT_THAT(rows_of(changelog), ElementsAre("(1,[a])"));
  changelog.apply(batch, 2);
  EXPECT_THAT(rows_of(changelog), ElementsAre("(1,[a])", "(3,[c])"));

  ChangelogOptions ignore;
  ignore.missing = ChangelogOptions::Missing::kIgnore;
  Changelog lenient(source.schema(), ignore);
  lenient.apply(batch);
  EXPECT_EQ(lenient.size(), 2);
}

TEST(FlinkChangelog, BoundsHoldAndChangeNothing) {
  Source source;
  ChangelogOptions options;
  options.max_rows = 2;
  Changelog changelog = keyed(source, options);
  changelog.apply(source.batch({{kI, 1, "a"}, {kI, 2, "b"}, {kUa, 1, "c"}}));
  EXPECT_THROW(changelog.apply(source.batch({{kI, 3, "d"}})), Error);
  EXPECT_THAT(rows_of(changelog), ElementsAre("(1,[c])", "(2,[b])"));

  ChangelogOptions narrow;
  narrow.max_bytes = 500;
  Changelog small(source.schema(), narrow);
  try {
    for (int i = 0; i < 100; ++i) small.apply(source.batch({{kI, i, "a"}}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kInvalidState);
    EXPECT_THAT(error.message(), HasSubstr("raise max_bytes"));
  }
  EXPECT_LE(small.bytes(), 500);
  EXPECT_GT(small.size(), 1);
  const int64_t before = small.bytes();
  small.apply(source.batch({{kD, 0, "a"}, {kI, 0, "a"}}));
  EXPECT_EQ(small.bytes(), before);
}

TEST(FlinkChangelog, WhatIsRememberedForTheNextDeltaCountsToo) {
  Source source;
  ChangelogOptions options;
  options.max_bytes = 500;
  Changelog changelog = keyed(source, options);
  changelog.apply(source.batch({{kI, 1, "a"}, {kI, 2, "b"}}));
  static_cast<void>(changelog.delta());
  const int64_t live = changelog.bytes();
  changelog.apply(source.batch({{kUa, 1, "c"}, {kD, 2, "b"}}));
  EXPECT_GT(changelog.bytes(), live);
  EXPECT_THROW(
      {
        for (int i = 3; i < 100; ++i) {
          changelog.apply(source.batch({{kI, i, "a"}, {kD, i, "a"}, {kI, i, "a"}}));
        }
      },
      Error);
  while (changelog.size() > 1) {
    const auto last = static_cast<int>(changelog.size()) + 1;
    changelog.apply(source.batch({{kD, last, "a"}}));
  }
  static_cast<void>(changelog.delta());
  EXPECT_EQ(changelog.bytes(), live / 2);
}

TEST(FlinkChangelog, KeysThatAreNoneAreRefused) {
  Source source;
  ChangelogOptions options;
  options.key = {2};
  EXPECT_THROW(Changelog(source.schema(), options), Error);
  options.key = {0, 0};
  EXPECT_THROW(Changelog(source.schema(), options), Error);
}

TEST(FlinkChangelog, SnapshotsShareWhatDidNotChange) {
  Source source;
  Changelog changelog = keyed(source);
  std::vector<Event> events;
  for (int i = 0; i < 10'000; ++i) events.push_back({kI, i, "a"});
  changelog.apply(source.batch(events));
  const auto before = changelog.snapshot();
  const size_t last = before.size() - 1;
  ASSERT_GE(last, 2U);
  EXPECT_EQ(changelog.snapshot(), before);
  changelog.apply(source.batch({{kUa, 9999, "z"}}));
  const auto after = changelog.snapshot();
  ASSERT_EQ(after.size(), before.size());
  for (size_t i = 0; i < last; ++i) EXPECT_EQ(after[i], before[i]);
  EXPECT_NE(after[last], before[last]);
  // The old one is as it was.
  EXPECT_EQ(show_rows(*before[last]->get(), changelog.schema()).back(), "(9999,[a])");
  EXPECT_EQ(show_rows(*after[last]->get(), changelog.schema()).back(), "(9999,[z])");
  auto stream = changelog.snapshot_stream();
  Batch batch;
  int64_t rows = 0;
  while (stream->next(batch, {}) == Next::kBatch) rows += batch.rows->length;
  EXPECT_EQ(rows, 10'000);
}

std::vector<std::string> delta_of(Changelog& changelog) {
  const Batch batch = changelog.delta();
  std::vector<std::string> shown = show_rows(*batch.rows.get(), changelog.schema());
  for (size_t i = 0; i < shown.size(); ++i) {
    constexpr const char* kTexts[] = {"+I", "-U", "+U", "-D"};
    shown[i] = kTexts[static_cast<size_t>(batch.ops[i])] + shown[i];
  }
  return shown;
}

TEST(FlinkChangelog, DeltaTellsWhatIsNew) {
  Source source;
  Changelog changelog = keyed(source);
  changelog.apply(source.batch({{kI, 1, "a"}, {kI, 2, "b"}, {kI, 3, "c"}}));
  EXPECT_THAT(delta_of(changelog), ElementsAre("+I(1,[a])", "+I(2,[b])", "+I(3,[c])"));
  EXPECT_THAT(delta_of(changelog), IsEmpty());
  changelog.apply(source.batch({{kUa, 2, "x"},
                                {kUa, 2, "y"},
                                {kUa, 1, "q"},
                                {kUa, 1, "a"},
                                {kD, 3, ""},
                                {kI, 4, "n"},
                                {kI, 5, "m"},
                                {kD, 5, ""}}));
  EXPECT_THAT(delta_of(changelog),
              ElementsAre("-D(3,[c])", "-U(2,[b])", "+U(2,[y])", "+I(4,[n])"));
  changelog.apply(source.batch({{kUa, 4, "o"}, {kD, 4, ""}, {kI, 4, "n"}}));
  EXPECT_THAT(delta_of(changelog), IsEmpty());
}

// Any well-formed changelog, compacted, is the table that it describes; and what the
// deltas tell, added up, is too.
class Property : public testing::TestWithParam<bool> {};

TEST_P(Property, AnyWellFormedChangelogEndsAsItsTable) {
  const bool is_keyed = GetParam();
  for (uint32_t seed = 0; seed < 12; ++seed) {
    std::mt19937 random(seed);
    Source source;
    ChangelogOptions options;
    if (is_keyed) options.key = {0};
    Changelog changelog(source.schema(), options);
    std::vector<std::pair<int, std::string>> model;  // in order
    std::vector<std::string> told;
    const int keys = seed % 3 == 0 ? 5 : 3000;
    for (int round = 0; round < 30; ++round) {
      std::vector<Event> events;
      const auto put = [&](RowKind kind, int key, const std::string& value) {
        events.push_back({kind, key, value});
        const auto old = std::find_if(model.begin(), model.end(), [&](const auto& row) {
          return row.first == key;
        });
        if (is_keyed && old != model.end()) {
          old->second = value;
        } else {
          model.emplace_back(key, value);
        }
      };
      const auto take = [&](RowKind kind, size_t at) {
        const auto row = model[at];
        events.push_back({kind, row.first, row.second});
        if (is_keyed && kind == kUb) return;
        // The youngest of those that are equal.
        model.erase(std::prev(std::find(model.rbegin(), model.rend(), row).base()));
      };
      for (int i = 0; i < 150; ++i) {
        const auto number = static_cast<int>(random() % static_cast<unsigned>(keys));
        const std::string value(1, static_cast<char>('a' + random() % 3));
        const auto choice = random() % 10;
        if (model.empty() || choice < 4) {
          put(kI, number, value);
        } else if (choice < 8) {
          const size_t at = random() % model.size();
          const int key = model[at].first;
          take(kUb, at);
          put(kUa, key, value);
        } else {
          take(kD, random() % model.size());
        }
      }
      changelog.apply(source.batch(events));
      if (round % 3 == 0) {
        for (const std::string& change : delta_of(changelog)) {
          const std::string row = change.substr(2);
          if (change[0] == '+') {
            told.push_back(row);
          } else {
            const auto found = std::find(told.begin(), told.end(), row);
            ASSERT_NE(found, told.end()) << change;
            told.erase(found);
          }
        }
      }
      std::vector<std::string> expected;
      for (const auto& [key, value] : model) expected.push_back(shown(key, value));
      ASSERT_EQ(rows_of(changelog), expected) << "seed " << seed;
      if (round % 3 == 0) {
        std::sort(told.begin(), told.end());
        std::sort(expected.begin(), expected.end());
        ASSERT_EQ(told, expected);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(FlinkChangelog, Property, testing::Bool());

}  // namespace
}  // namespace fletching::flink
