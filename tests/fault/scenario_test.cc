// SPDX-License-Identifier: Apache-2.0
// Every line of expectations.txt against the driver: right rows or a clear error, in
// time; executed once; and the same connection answers the next query.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <regex>

#include "expectations.h"
#include "harness.h"

namespace fletching::fault {
namespace {

using std::chrono::steady_clock;

const std::vector<Expectation>& expectations() {
  static const auto* const kAll =
      new std::vector<Expectation>(read_expectations(FLETCHING_EXPECTATIONS));
  return *kAll;
}

[[maybe_unused]] void PrintTo(const Expectation& one, std::ostream* out) {
  *out << one.sql();
}

class Scenario : public testing::TestWithParam<Expectation> {
 protected:
  void SetUp() override { server_.reset(); }

  // Nothing that was not asked for leaks into messages: they are for people.
  static void check_error(const Expectation& expected, const Error& error) {
    std::string name(code_name(error.code()));
    EXPECT_NE(std::find(expected.codes.begin(), expected.codes.end(), name),
              expected.codes.end())
        << name << ": " << error.what();
    EXPECT_EQ(error.sqlstate().size(), 5U) << error.what();
    EXPECT_GT(error.message().size(), 12U);
    EXPECT_LT(error.message().size(), 400000U);
    if (!expected.regex.empty()) {
      EXPECT_TRUE(std::regex_search(error.message(), std::regex(expected.regex)))
          << error.what();
    }
  }

  static void check_table(const Expectation& expected, const Table& table) {
    if (expected.outcome == Outcome::kCount) {
      EXPECT_EQ(table.affected, expected.number);
    } else if (expected.outcome == Outcome::kRows) {
      EXPECT_EQ(table.rows, expected.number);
      if (!expected.values.empty()) {
        EXPECT_EQ(table.column(0), expected.values);
      }
    } else {
      EXPECT_NE(expected.outcome, Outcome::kError)
          << table.rows << " rows, affected " << table.affected;
    }
  }

  FaultServer& server_ = FaultServer::shared();
};

TEST_P(Scenario, EndsWell) {
  const auto& expected = GetParam();
  auto connection = database(server_.uri(), expected.options).connect();
  auto begun = steady_clock::now();
  Table table;
  auto error = error_of([&] {
    table = read_all(connection.execute(expected.sql()), !expected.values.empty());
  });
  auto took = steady_clock::now() - begun;
  EXPECT_LT(took, expected.within * kPatience);
  if (error) {
    std::cout << "  " << code_name(error->code()) << " " << error->sqlstate() << ": "
              << error->message().substr(0, 300) << "\n";
    if (expected.outcome != Outcome::kEither) check_error(expected, *error);
  } else {
    check_table(expected, table);
  }
  auto runs = server_.executions(expected.sql());
  EXPECT_LE(runs, 1) << "the statement was sent twice";
  if (expected.outcome != Outcome::kEither) {
    EXPECT_EQ(runs, expected.executed);
  }
  // Whatever happened, the connection is good for the next statement.
  begun = steady_clock::now();
  Table after;
  auto later =
      error_of([&] { after = read_all(connection.execute("scenario:ok next=1")); });
  EXPECT_FALSE(later) << later->what();
  EXPECT_EQ(after.column(1), (std::vector<std::string>{"row 0", "row 1", "row 2"}));
  EXPECT_LT(steady_clock::now() - begun, std::chrono::seconds(3) * kPatience);
  EXPECT_TRUE(server_.alive());
}

INSTANTIATE_TEST_SUITE_P(, Scenario, testing::ValuesIn(expectations()),
                         [](const auto& info) { return info.param.test_name(); });

// A scenario that nobody expects anything of would not be tested.
TEST(Expectations, CoverEveryScenario) {
  auto all = FaultServer::shared().ask("scenarios");
  std::regex each("\"name\":\"([a-z0-9-]+)\",\"place\":\"(get|info|put)\"");
  for (std::sregex_iterator at(all.begin(), all.end(), each), end; at != end; ++at) {
    std::string name = (*at)[1];
    if (name == "endless") continue;  // fault_test.cc
    auto found =
        std::any_of(expectations().begin(), expectations().end(), [&](const auto& one) {
          return one.scenario.substr(0, one.scenario.find(' ')) == name;
        });
    EXPECT_TRUE(found) << name << " is not in expectations.txt";
  }
}

}  // namespace
}  // namespace fletching::fault
