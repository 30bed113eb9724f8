// SPDX-License-Identifier: Apache-2.0
#include "driver/option_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include "base/secret.h"

namespace fletching {
namespace {

[[noreturn]] void fail(std::string_view name, std::string_view value,
                       const std::string& may_be) {
  throw Error(Code::kInvalidArgument, "option " + std::string(name) + ": '" +
                                          redact(name, value) + "' is not " + may_be);
}

std::string folded(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return out;
}

template <size_t N>
bool is_one_of(std::string_view value, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), value) != words.end();
}

}  // namespace

bool option_bool(std::string_view name, std::string_view value) {
  constexpr std::array<std::string_view, 4> kTrue = {"1", "true", "yes", "on"};
  constexpr std::array<std::string_view, 4> kFalse = {"0", "false", "no", "off"};
  const std::string word = folded(value);
  if (is_one_of(word, kTrue)) return true;
  if (is_one_of(word, kFalse)) return false;
  fail(name, value, "one of 1, true, yes, on, 0, false, no, off");
}

int64_t option_int(std::string_view name, std::string_view value, int64_t least,
                   int64_t most) {
  int64_t out = 0;
  const char* end = value.data() + value.size();
  const auto [at, error] = std::from_chars(value.data(), end, out);
  if (error != std::errc() || at != end || out < least || out > most) {
    fail(
        name, value,
        "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return out;
}

std::chrono::nanoseconds option_seconds(std::string_view name, std::string_view value) {
  constexpr double kMost = 1e9;
  double out = 0;
  const char* end = value.data() + value.size();
  const auto [at, error] = std::from_chars(value.data(), end, out);
  if (error != std::errc() || at != end || !(out >= 0) || out > kMost) {
    fail(name, value, "a number of seconds, 0 for none");
  }
  return std::chrono::nanoseconds(std::llround(out * 1e9));
}

int64_t option_bytes(std::string_view name, std::string_view value) {
  constexpr int64_t kMost = int64_t{1} << 50;
  std::string_view digits = value;
  int shift = 0;
  if (!digits.empty()) {
    const char unit = folded(digits.substr(digits.size() - 1))[0];
    shift = unit == 'k' ? 10 : unit == 'm' ? 20 : unit == 'g' ? 30 : 0;
    if (shift > 0) digits.remove_suffix(1);
  }
  int64_t out = 0;
  const char* end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(digits.data(), end, out);
  if (error != std::errc() || at != end || out < 0 || out > (kMost >> shift)) {
    fail(name, value, "a number of bytes, for example 1048576, 512k, 64m or 2g");
  }
  return out << shift;
}

bool one_edit_apart(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > 1) return false;
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin());
  if (a.size() < b.size()) return std::equal(x, a.end(), y + 1);
  if (x == a.end()) return false;
  if (std::equal(x + 1, a.end(), y + 1)) return true;
  // Two neighbours exchanged: the commonest slip of all.
  return x + 1 != a.end() && x[0] == y[1] && x[1] == y[0] &&
         std::equal(x + 2, a.end(), y + 2);
}

}  // namespace fletching
