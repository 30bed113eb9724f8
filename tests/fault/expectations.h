// SPDX-License-Identifier: Apache-2.0
// expectations.txt, parsed.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace fletching::fault {

enum class Outcome { kRows, kError, kEither, kCount };

struct Expectation {
  int line = 0;
  std::string scenario;                        // "rst code=7"
  std::map<std::string, std::string> options;  // of the database
  Outcome outcome = Outcome::kEither;
  int64_t number = 0;               // rows, or the count
  std::vector<std::string> values;  // of the first column; empty: not compared
  std::vector<std::string> codes;   // any of these
  std::string regex;                // of the message; empty: any
  std::chrono::seconds within{5};
  int64_t executed = 1;

  [[nodiscard]] bool is_update() const { return scenario.starts_with("put-"); }
  [[nodiscard]] std::string sql() const;
  [[nodiscard]] std::string test_name() const;
};

// Throws std::runtime_error naming the line that cannot be understood.
[[nodiscard]] std::vector<Expectation> read_expectations(const std::string& path);

}  // namespace fletching::fault
