// SPDX-License-Identifier: Apache-2.0
// One line on standard error that says how far a statement, a download or an ingest is.
#pragma once

#include <chrono>

#include "fletching/driver.h"
#include "render/progress_text.h"

namespace fletching::cli {

using render::grouped;

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

}  // namespace fletching::cli
