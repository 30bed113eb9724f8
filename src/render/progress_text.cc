// SPDX-License-Identifier: Apache-2.0
#include "render/progress_text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>

namespace fletching::render {
namespace {

constexpr int kBarWidth = 20;

double fraction_of(const ResultProgress& p) {
  if (p.fraction >= 0) return p.fraction;
  if (p.total_rows > 0)
    return static_cast<double>(p.rows) / static_cast<double>(p.total_rows);
  if (p.total_bytes > 0) {
    return static_cast<double>(p.bytes) / static_cast<double>(p.total_bytes);
  }
  return -1;
}

}  // namespace

std::string human_bytes(int64_t bytes) {
  constexpr const char* kUnits[] = {"B", "KB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 999.5 && unit + 1 < std::size(kUnits)) {
    value /= 1000;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 || value >= 99.95 ? "%.0f %s" : "%.1f %s",
                value, kUnits[unit]);
  return text;
}

std::string grouped(int64_t number) {
  std::string digits = std::to_string(number);
  const int64_t first = number < 0 ? 1 : 0;
  for (auto at = static_cast<int64_t>(digits.size()) - 3; at > first; at -= 3) {
    digits.insert(static_cast<size_t>(at), ",");
  }
  return digits;
}

std::string progress_text(const ResultProgress& p, double seconds) {
  const bool waiting = p.bytes == 0 && p.rows == 0;
  if (waiting && p.fraction < 0) return "the server is at work";
  std::string text = waiting ? "the server is at work"
                             : human_bytes(p.bytes) + ", " + grouped(p.rows) + " rows";
  if (seconds > 0 && p.bytes > 0) {
    text += ", " +
            human_bytes(static_cast<int64_t>(static_cast<double>(p.bytes) / seconds)) +
            "/s";
  }
  const double fraction = fraction_of(p);
  if (fraction < 0) return text;
  const int filled =
      static_cast<int>(std::lround(std::clamp(fraction, 0.0, 1.0) * kBarWidth));
  text += " [" + std::string(static_cast<size_t>(filled), '=') +
          std::string(static_cast<size_t>(kBarWidth - filled), ' ') + "] " +
          std::to_string(std::lround(std::clamp(fraction, 0.0, 1.0) * 100)) + "%";
  return text;
}

}  // namespace fletching::render
