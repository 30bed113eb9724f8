// SPDX-License-Identifier: Apache-2.0
// Types as SQL text has them. Flink's grammar of types (its parser's
// ExtendedSqlRowTypeNameSpec and friends) and what its own summaries print.
#include <algorithm>
#include <charconv>
#include <optional>

#include "backend/sql_text.h"
#include "fletching/error.h"
#include "flink/roots.h"

namespace fletching::flink {
namespace {

[[noreturn]] void refuse(std::string_view sql, const std::string& what) {
  throw Error(
      Code::kInvalidArgument,
      "reading a Flink type: '" + std::string(sql.substr(0, 200)) + "' " + what);
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  });
  return out;
}

class TypeParser {
 public:
  explicit TypeParser(std::string_view sql)
      : sql_(sql), scanner_(sql, *find_dialect("flink")) {
    advance();
  }

  Type whole() {
    Type read = type(0);
    if (take("*")) {  // SHOW COLUMNS: TIMESTAMP(3) *ROWTIME*
      if (!(take("ROWTIME") || take("PROCTIME")) || !take("*")) unexpected();
    }
    if (token_ != SqlToken::kEnd || scanner_.unterminated()) unexpected();
    return read;
  }

 private:
  void advance() {
    token_ = scanner_.next();
    text_ = scanner_.text();
    word_ = token_ == SqlToken::kWord || token_ == SqlToken::kPunctuation ? upper(text_)
                                                                          : "";
  }
  bool take(std::string_view word) {
    if (word_ != word) return false;
    advance();
    return true;
  }
  void expect(std::string_view word) {
    if (!take(word)) unexpected();
  }
  [[noreturn]] void unexpected() const {
    refuse(sql_, token_ == SqlToken::kEnd ? "ends too early"
                                          : "is no type: '" + std::string(text_) +
                                                "' is not expected there");
  }

  int32_t number(int32_t least, int32_t most) {
    int32_t value = -1;
    const char* end = text_.data() + text_.size();
    const auto read = std::from_chars(text_.data(), end, value);
    if (token_ != SqlToken::kNumber || read.ec != std::errc() || read.ptr != end ||
        value < least || value > most) {
      refuse(sql_, "needs a number from " + std::to_string(least) + " to " +
                       std::to_string(most) + " where '" + std::string(text_) +
                       "' stands");
    }
    advance();
    return value;
  }
  // "(n)" if it is there.
  int32_t digits(int32_t otherwise, int32_t least, int32_t most) {
    if (!take("(")) return otherwise;
    const int32_t value = number(least, most);
    expect(")");
    return value;
  }

  Type type(int depth) {
    if (depth > kMaxTypeDepth) refuse(sql_, "is nested more than 64 deep");
    if (token_ != SqlToken::kWord) unexpected();
    const std::string name = word_;
    advance();
    Type read = named(name, depth);
    if (take("NOT")) {
      expect("NULL");
      read.nullable = false;
    } else {
      take("NULL");
    }
    return read;
  }

  Type named(const std::string& name, int depth) {
    Type read;
    if (name == "INTERVAL") return interval();
    read.root = name == "CHARACTER" ? Root::kChar : root_of(name);
    switch (read.root) {
      case Root::kChar:
      case Root::kBinary:
        read.length = digits(1, 1, Type::kMaxLength);
        return read;
      case Root::kVarchar:
      case Root::kVarbinary:
        if (name == "STRING" || name == "BYTES") return read;
        read.length = digits(1, 1, Type::kMaxLength);
        return read;
      case Root::kDouble:
        take("PRECISION");
        return read;
      case Root::kDecimal:
        return decimal(std::move(read));
      case Root::kTime:
        read.precision = digits(0, 0, kMaxFraction);
        if (take("WITHOUT")) time_zone();
        return read;
      case Root::kTimestamp:
      case Root::kTimestampLtz:
        read.precision = digits(6, 0, kMaxFraction);
        return zoned(std::move(read), name);
      case Root::kIntervalYearMonth:  // by the root's name, as sent by servers
        read.precision = 2;
        return read;
      case Root::kIntervalDayTime:
        read.precision = 2;
        read.fractional_precision = 6;
        return read;
      case Root::kArray:
      case Root::kMultiset:
      case Root::kMap:
        return container(std::move(read), depth);
      case Root::kRow:
        return row(std::move(read), depth);
      case Root::kStructured:
      case Root::kOther:
        refuse(sql_, "is no type that can be written: " + name);
      default:
        return read;
    }
  }

  Type decimal(Type read) {
    read.precision = 10;
    if (!take("(")) return read;
    read.precision = number(1, kMaxDecimal);
    if (take(",")) read.scale = number(0, read.precision);
    expect(")");
    return read;
  }

  void time_zone() {
    expect("TIME");
    expect("ZONE");
  }

  Type zoned(Type read, const std::string& name) {
    if (name != "TIMESTAMP") return read;
    if (take("WITHOUT")) {
      time_zone();
    } else if (take("WITH")) {
      expect(
          "LOCAL");  // a zone of each value's own is nothing that Flink computes with
      time_zone();
      read.root = Root::kTimestampLtz;
    }
    return read;
  }

  Type interval() {
    Type read;
    read.precision = 2;
    const std::string first = unit();
    if (first == "SECOND") {
      read.fractional_precision = digits(6, 0, kMaxFraction);
    } else {
      read.precision = digits(2, 1, kMaxFraction);
    }
    read.resolution = first;
    std::string last = first;
    if (take("TO")) {
      last = unit();
      read.resolution += "_TO_" + last;
      if (last == "SECOND") read.fractional_precision = digits(6, 0, kMaxFraction);
    }
    const bool months = is_month(first);
    if (months != is_month(last)) refuse(sql_, "mixes months and days");
    read.root = months ? Root::kIntervalYearMonth : Root::kIntervalDayTime;
    return read;
  }
  std::string unit() {
    for (const char* name : {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"}) {
      if (word_ == name || word_ == std::string(name) + "S") {
        advance();
        return name;
      }
    }
    unexpected();
  }
  static bool is_month(std::string_view unit) {
    return unit == "YEAR" || unit == "MONTH";
  }

  Type container(Type read, int depth) {
    expect("<");
    if (read.root == Root::kMap) {
      read.fields = {{"key", type(depth + 1), ""}, {"value", {}, ""}};
      expect(",");
      read.fields[1].type = type(depth + 1);
    } else {
      read.fields = {{"element", type(depth + 1), ""}};
    }
    expect(">");
    return read;
  }

  Type row(Type read, int depth) {
    const bool angle = take("<");
    if (!angle) expect("(");
    const std::string_view close = angle ? ">" : ")";
    if (take(close)) return read;
    do {
      Field field;
      field.name = name();
      field.type = type(depth + 1);
      if (token_ == SqlToken::kString) {
        field.comment = unquoted('\'');
        advance();
      }
      read.fields.push_back(std::move(field));
    } while (take(","));
    expect(close);
    return read;
  }

  std::string name() {
    std::string found;
    if (token_ == SqlToken::kWord) {
      found = text_;
    } else if (token_ == SqlToken::kQuoted && text_.front() == '`') {
      found = unquoted('`');
    } else {
      unexpected();
    }
    advance();
    return found;
  }
  // What stands between the quotes, doubled ones once.
  [[nodiscard]] std::string unquoted(char quote) const {
    if (text_.size() < 2 || text_.front() != quote || text_.back() != quote) {
      unexpected();
    }
    std::string out;
    for (size_t i = 1; i + 1 < text_.size(); ++i) {
      out += text_[i];
      if (text_[i] == quote) ++i;
    }
    return out;
  }

  std::string_view sql_;
  SqlScanner scanner_;
  SqlToken token_ = SqlToken::kEnd;
  std::string_view text_;
  std::string word_;  // in capitals
};

}  // namespace

Type parse_type(std::string_view sql) { return TypeParser(sql).whole(); }

}  // namespace fletching::flink
