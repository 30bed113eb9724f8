// SPDX-License-Identifier: Apache-2.0
// TZif files (RFC 9636) and the rule at their end (POSIX TZ).
#include <algorithm>
#include <optional>

#include "fletching/error.h"
#include "flink/civil.h"
#include "flink/zone.h"

namespace fletching::flink {
namespace {

constexpr int64_t kLastYear = 9999;

[[noreturn]] void malformed() {
  throw Error(Code::kInvalidData, "reading zoneinfo: the file is damaged");
}

class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}

  std::string_view take(size_t size) {
    if (size > bytes_.size()) malformed();
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }
  // Big-endian, signed.
  int64_t number(size_t size) {
    const std::string_view taken = take(size);
    uint64_t value = (static_cast<uint8_t>(taken[0]) & 0x80) != 0 ? ~uint64_t{0} : 0;
    for (const char c : taken) value = value << 8 | static_cast<uint8_t>(c);
    return static_cast<int64_t>(value);
  }
  size_t count() {
    const int64_t value = number(4);
    if (value < 0 || value > 1 << 20) malformed();
    return static_cast<size_t>(value);
  }
  [[nodiscard]] std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
};

struct Counts {
  size_t utc, standard, leaps, times, types, characters;
};

Counts read_header(Bytes& bytes, char& version) {
  if (bytes.take(4) != "TZif") malformed();
  version = bytes.take(1)[0];
  bytes.take(15);
  Counts counts{};
  counts.utc = bytes.count();
  counts.standard = bytes.count();
  counts.leaps = bytes.count();
  counts.times = bytes.count();
  counts.types = bytes.count();
  counts.characters = bytes.count();
  return counts;
}

void read_block(Bytes& bytes, const Counts& counts, size_t width, ZoneFile& file) {
  std::vector<int64_t> times;
  for (size_t i = 0; i < counts.times; ++i) times.push_back(bytes.number(width));
  const std::string_view indices = bytes.take(counts.times);
  std::vector<int64_t> offsets;
  for (size_t i = 0; i < counts.types; ++i) {
    offsets.push_back(bytes.number(4));
    bytes.take(2);
  }
  bytes.take(counts.characters + counts.leaps * (width + 4) + counts.standard +
             counts.utc);
  if (offsets.empty()) malformed();
  file.first_offset = offsets[0];
  file.changes.clear();
  for (size_t i = 0; i < times.size(); ++i) {
    const auto index = static_cast<uint8_t>(indices[i]);
    if (index >= offsets.size() || (i > 0 && times[i] <= times[i - 1])) malformed();
    file.changes.push_back({times[i], offsets[index]});
  }
}

// "CET-1CEST,M3.5.0,M10.5.0/3"
class Rule {
 public:
  explicit Rule(std::string_view text) : text_(text) {
    skip_name();
    standard_ = -clock();
    if (text_.empty()) return;
    skip_name();
    summer_ = text_.empty() || text_[0] == ',' ? standard_ + 3600 : -clock();
    begin_ = date();
    end_ = date();
    if (!text_.empty()) malformed();
  }

  void extend(ZoneFile& file) const {
    if (!begin_) return;
    const int64_t last = file.changes.empty() ? INT64_MIN : file.changes.back().at;
    int64_t year = 1970;
    if (!file.changes.empty()) year = 1970 + last / (366 * kDaySeconds) - 1;
    std::vector<Zone::Change> later;
    for (; year <= kLastYear; ++year) {
      later.push_back({at(*begin_, year) - standard_, summer_});
      later.push_back({at(*end_, year) - summer_, standard_});
    }
    std::sort(later.begin(), later.end(),
              [](const auto& a, const auto& b) { return a.at < b.at; });
    for (const Zone::Change& change : later) {
      const int64_t known = file.changes.empty() ? INT64_MIN : file.changes.back().at;
      if (change.at > known) file.changes.push_back(change);
    }
  }

 private:
  struct Date {
    char kind = 'M';  // M: month, week, weekday; J: day without February 29; 0: with it
    int month = 0, week = 0, day = 0;
    int64_t time = 7200;
  };

  bool take(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  int64_t number(int64_t most) {
    size_t digits = 0;
    int64_t value = 0;
    while (digits < text_.size() && digits < 4 && text_[digits] >= '0' &&
           text_[digits] <= '9') {
      value = value * 10 + (text_[digits++] - '0');
    }
    if (digits == 0 || value > most) malformed();
    text_.remove_prefix(digits);
    return value;
  }
  void skip_name() {
    const bool angled = take('<');
    size_t size = 0;
    const auto part = [&](char c) {
      return angled ? c != '>' : (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    };
    while (size < text_.size() && part(text_[size])) ++size;
    if (size == 0) malformed();
    text_.remove_prefix(size);
    if (angled && !take('>')) malformed();
  }
  // [+-]hh[:mm[:ss]] in seconds
  int64_t clock() {
    const int64_t sign = take('-') ? -1 : 1;
    if (sign > 0) take('+');
    int64_t seconds = number(167) * 3600;
    if (take(':')) seconds += number(59) * 60;
    if (take(':')) seconds += number(59);
    return sign * seconds;
  }
  Date date() {
    if (!take(',')) malformed();
    Date date;
    if (take('M')) {
      date.month = static_cast<int>(number(12));
      if (!take('.')) malformed();
      date.week = static_cast<int>(number(5));
      if (!take('.')) malformed();
      date.day = static_cast<int>(number(6));
      if (date.month == 0 || date.week == 0) malformed();
    } else {
      date.kind = take('J') ? 'J' : '0';
      date.day = static_cast<int>(number(365));
    }
    if (take('/')) date.time = clock();
    return date;
  }

  // Local seconds since 1970 at which the date's time comes in a year.
  static int64_t at(const Date& date, int64_t year) {
    int64_t days = 0;
    if (date.kind == 'M') {
      days = days_of(year, date.month, 1);
      const int64_t weekday = ((days + 4) % 7 + 7) % 7;  // 1970-01-01 was a Thursday
      int64_t day = (date.day - weekday + 7) % 7 + int64_t{7} * (date.week - 1);
      if (day >= days_in_month(year, date.month)) day -= 7;
      days += day;
    } else {
      days = days_of(year, 1, 1) + date.day;
      if (date.kind == 'J') days += is_leap(year) && date.day >= 60 ? 0 : -1;
    }
    return days * kDaySeconds + date.time;
  }

  std::string_view text_;
  int64_t standard_ = 0, summer_ = 0;
  std::optional<Date> begin_, end_;
};

}  // namespace

ZoneFile read_zone_file(std::string_view bytes) {
  Bytes in(bytes);
  char version = 0;
  Counts counts = read_header(in, version);
  ZoneFile file;
  read_block(in, counts, 4, file);
  if (version < '2') return file;
  counts = read_header(in, version);
  read_block(in, counts, 8, file);
  std::string_view rule = in.rest();
  if (rule.size() < 2 || rule.front() != '\n' || rule.back() != '\n') malformed();
  rule = rule.substr(1, rule.size() - 2);
  if (!rule.empty()) Rule(rule).extend(file);
  return file;
}

}  // namespace fletching::flink
