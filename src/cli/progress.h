// SPDX-License-Identifier: Apache-2.0
// One line on standard error that says how far a statement, a download or an ingest is.
#pragma once

#include <chrono>
#include <string>

#include "fletching/driver.h"

namespace fletching::cli {

// "12.3 MB, 1,234,567 rows, 45 MB/s [=====>    ] 52%", or without any bytes yet "the
// server is at work [=>        ] 20%"; pure, for tests.
[[nodiscard]] std::string progress_text(const ResultProgress& progress, double seconds);

// Shows nothing in the first second, nor when standard error is no terminal.
class ProgressLine {
 public:
  explicit ProgressLine(bool wanted);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  // Somebody will see it.
  [[nodiscard]] bool wanted() const noexcept { return wanted_; }
  void update(const ResultProgress& progress);
  void clear();

 private:
  using Time = std::chrono::steady_clock::time_point;
  bool wanted_;
  bool shown_ = false;
  Time start_;
  Time last_;
};

[[nodiscard]] std::string human_bytes(int64_t bytes);
[[nodiscard]] std::string grouped(int64_t number);  // 1,234,567

}  // namespace fletching::cli
