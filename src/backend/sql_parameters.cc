// SPDX-License-Identifier: Apache-2.0
#include "backend/sql_parameters.h"

#include <algorithm>
#include <unordered_map>

#include "backend/sql_text.h"
#include "fletching/error.h"

namespace fletching {
namespace {

constexpr size_t kMostNumber = 65535;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(Code::kInvalidArgument, "binding parameters: " + what);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) {
  return is_sql_word_character(c) && !is_digit(c) && c != '$';
}
bool is_name(char c) { return is_sql_word_character(c) && c != '$'; }

// A placeholder as it stands in the text.
struct Found {
  size_t end = 0;
  std::string_view name;  // or
  size_t number = 0;      // from 1; 0: the next one
  bool escape = false;
};

// Looks for the placeholders of one style at the scanner's punctuation.
class Finder {
 public:
  Finder(std::string_view sql, ParameterStyle style, const SqlDialect& dialect)
      : sql_(sql), style_(style), dialect_(dialect) {}

  // What starts here, or nothing.
  [[nodiscard]] std::optional<Found> at(size_t begin) const {
    switch (sql_[begin]) {
      case '?':
        return style_ == ParameterStyle::kQmark ? question(begin) : std::nullopt;
      case ':':
        return joins_left(begin) ? std::nullopt : marked(begin);
      case '$':
        return dialect_.lexical.dollar_parameters ? marked(begin) : std::nullopt;
      case '%':
        return percent(begin);
      default:
        return std::nullopt;
    }
  }

  // Something of the server's own that at() did not take.
  [[nodiscard]] bool is_foreign(size_t begin) const {
    const char c = sql_[begin];
    const char next = peek(begin + 1);
    switch (dialect_.placeholder) {
      case Placeholder::kQuestion:
        return c == '?';
      case Placeholder::kDollarNumber:
      case Placeholder::kDollarName:
        return c == '$' && is_name(next);
      case Placeholder::kColonName:
        return c == ':' && is_name(next) && !joins_left(begin);
      case Placeholder::kNone:
        return false;
    }
    return false;
  }

 private:
  [[nodiscard]] char peek(size_t at) const {
    return at < sql_.size() ? sql_[at] : '\0';
  }

  // a[i:j], doc:key, {'a':b}, ::int
  [[nodiscard]] bool joins_left(size_t begin) const {
    if (begin == 0) return false;
    const char before = sql_[begin - 1];
    return is_sql_word_character(before) ||
           std::string_view(":)]}'\"`").find(before) != std::string_view::npos;
  }

  [[nodiscard]] std::optional<Found> question(size_t begin) const {
    const char next = peek(begin + 1);
    if (next == '?') return Found{begin + 2, {}, 0, true};
    if (is_digit(next)) {
      refuse("?" + std::string(1, next) +
             " is not a placeholder (write ? or :" + std::string(1, next) + ")");
    }
    return Found{begin + 1};
  }

  // :name, $name, :1, $1
  [[nodiscard]] std::optional<Found> marked(size_t begin) const {
    size_t end = begin + 1;
    if (style_ == ParameterStyle::kNamed && is_name_start(peek(end))) {
      while (end < sql_.size() && is_name(sql_[end])) ++end;
      return Found{end, sql_.substr(begin + 1, end - begin - 1)};
    }
    if (style_ != ParameterStyle::kNumeric || !is_digit(peek(end))) return std::nullopt;
    size_t number = 0;
    for (; end < sql_.size() && is_digit(sql_[end]); ++end) {
      number = number * 10 + static_cast<size_t>(sql_[end] - '0');
      if (number > kMostNumber) refuse("the number of a placeholder is over 65535");
    }
    if (is_sql_word_character(peek(end))) return std::nullopt;
    if (number == 0) refuse("placeholders are counted from 1, the text has a number 0");
    return Found{end, {}, number};
  }

  [[nodiscard]] std::optional<Found> percent(size_t begin) const {
    const bool format = style_ == ParameterStyle::kFormat;
    if (!format && style_ != ParameterStyle::kPyformat) return std::nullopt;
    const char next = peek(begin + 1);
    if (next == '%') return Found{begin + 2, {}, 0, true};
    if (format) {
      if (next != 's' || is_sql_word_character(peek(begin + 2))) return std::nullopt;
      return Found{begin + 2};
    }
    if (next != '(') return std::nullopt;
    const size_t close = sql_.find_first_of("()", begin + 2);
    if (close == std::string_view::npos || sql_[close] != ')' || close == begin + 2 ||
        peek(close + 1) != 's' || is_sql_word_character(peek(close + 2))) {
      return std::nullopt;
    }
    return Found{close + 2, sql_.substr(begin + 2, close - begin - 2)};
  }

  std::string_view sql_;
  ParameterStyle style_;
  const SqlDialect& dialect_;
};

// From numbers as written to ranks among those that are used.
void rank_ordinals(SqlTemplate& found) {
  std::vector<size_t>& ordinals = found.ordinals;
  for (const SqlTemplate::Piece& piece : found.pieces) {
    if (piece.value != SqlTemplate::kEscape) ordinals.push_back(piece.value);
  }
  std::sort(ordinals.begin(), ordinals.end());
  ordinals.erase(std::unique(ordinals.begin(), ordinals.end()), ordinals.end());
  for (SqlTemplate::Piece& piece : found.pieces) {
    if (piece.value == SqlTemplate::kEscape) continue;
    const auto rank = std::lower_bound(ordinals.begin(), ordinals.end(), piece.value);
    piece.value = static_cast<size_t>(rank - ordinals.begin());
  }
}

constexpr std::string_view kAmbiguous =
    "this text ends its strings or comments elsewhere on other servers (a backslash "
    "before a quote, # or //, a comment in a comment, $$; name the server with the "
    "option profile)";

// Values for a text whose placeholders may stand where a string was read.
void refuse_hidden(const SqlTemplate& found) {
  if (found.ambiguous) refuse(std::string(kAmbiguous));
}

constexpr size_t kShown = 20;

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > kShown) {
    text += " and " + std::to_string(names.size() - kShown) + " more";
  }
  return text;
}

[[noreturn]] void refuse_values(const std::vector<std::string>& missing,
                                const std::vector<std::string>& unused) {
  std::string what;
  if (!missing.empty()) what = "no value for " + listed(missing);
  if (!unused.empty()) {
    what +=
        (what.empty() ? "" : "; ") + ("the statement does not use " + listed(unused));
  }
  refuse(what);
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && is_name_start(name.front()) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return is_name(c) && static_cast<unsigned char>(c) < 0x80;
         });
}

// The names that a server which binds by name sees. One that is no identifier there
// turns all to p1, p2 ..., which then cannot meet a given one.
std::vector<std::string> server_names(const SqlTemplate& found) {
  if (!found.names.empty() &&
      std::all_of(found.names.begin(), found.names.end(), is_plain_name)) {
    return found.names;
  }
  std::vector<std::string> names;
  for (size_t i = 0; i < found.values(); ++i)
    names.push_back("p" + std::to_string(i + 1));
  return names;
}

bool would_join(char c) {
  return is_sql_word_character(c) ||
         std::string_view("'\"`@#&.\\?:").find(c) != std::string_view::npos;
}

}  // namespace

bool is_by_name(ParameterStyle style) noexcept {
  return style == ParameterStyle::kNamed || style == ParameterStyle::kPyformat;
}

SqlTemplate find_parameters(std::string_view sql, ParameterStyle style,
                            const SqlDialect& dialect) {
  SqlScanner scanner(sql, dialect);
  const Finder finder(sql, style, dialect);
  SqlTemplate found;
  std::unordered_map<std::string_view, size_t> index;
  size_t next = 0;
  for (SqlToken token = scanner.next(); token != SqlToken::kEnd;
       token = scanner.next()) {
    if (token != SqlToken::kPunctuation) continue;
    const size_t begin = scanner.position();
    const std::optional<Found> here = finder.at(begin);
    if (!here) {
      if (finder.is_foreign(begin) && found.foreign == std::string::npos) {
        found.foreign = begin;
      }
      continue;
    }
    scanner.resume_at(here->end);
    size_t value = SqlTemplate::kEscape;
    if (!here->escape && is_by_name(style)) {
      const auto [at, is_new] = index.try_emplace(here->name, found.names.size());
      if (is_new) found.names.emplace_back(here->name);
      value = at->second;
    } else if (!here->escape) {
      value = here->number == 0 ? next++ : here->number - 1;
    }
    found.pieces.push_back({begin, here->end, value});
  }
  if (!is_by_name(style)) rank_ordinals(found);
  found.ambiguous = scanner.ambiguous();
  if (found.has_parameters() && found.ambiguous) refuse(std::string(kAmbiguous));
  return found;
}

std::optional<ParameterStyle> detect_parameter_style(std::string_view sql, bool by_name,
                                                     const SqlDialect& dialect) {
  using Style = ParameterStyle;
  static constexpr Style kByName[] = {Style::kPyformat, Style::kNamed};
  static constexpr Style kByPosition[] = {Style::kQmark, Style::kNumeric,
                                          Style::kFormat};
  const auto styles = by_name ? std::span<const Style>(kByName) : kByPosition;
  for (const Style style : styles) {
    if (find_parameters(sql, style, dialect).has_parameters()) return style;
  }
  return std::nullopt;
}

std::vector<size_t> match_names(const SqlTemplate& found,
                                std::span<const std::string_view> given) {
  if (!given.empty()) refuse_hidden(found);
  std::unordered_map<std::string_view, size_t> index;
  for (size_t i = 0; i < given.size(); ++i) {
    if (!index.try_emplace(given[i], i).second) {
      refuse("two values are given for " + std::string(given[i]));
    }
  }
  std::vector<size_t> matched;
  std::vector<std::string> missing;
  for (const std::string& name : found.names) {
    const auto at = index.find(name);
    if (at == index.end()) {
      missing.push_back(name);
      continue;
    }
    matched.push_back(at->second);
    index.erase(at);
  }
  std::vector<std::string> unused;
  for (const std::string_view name : given) {
    if (index.contains(name)) unused.emplace_back(name);
  }
  if (!missing.empty() || !unused.empty()) refuse_values(missing, unused);
  return matched;
}

std::vector<size_t> match_positions(const SqlTemplate& found, size_t given) {
  if (given != 0) refuse_hidden(found);
  const std::vector<size_t>& used = found.ordinals;
  const bool contiguous = used.empty() || used.back() == used.size() - 1;
  if (contiguous && given == used.size()) return used;
  if (contiguous) {
    refuse("the statement takes " + std::to_string(used.size()) +
           (used.size() == 1 ? " value, " : " values, ") + std::to_string(given) +
           (given == 1 ? " was given" : " were given"));
  }
  std::vector<std::string> missing;
  std::vector<std::string> unused;
  for (const size_t ordinal : used) {
    if (ordinal >= given) missing.push_back(":" + std::to_string(ordinal + 1));
  }
  for (size_t i = 0; i < given && unused.size() <= kMostNumber; ++i) {
    if (!std::binary_search(used.begin(), used.end(), i)) {
      unused.push_back("value " + std::to_string(i + 1));
    }
  }
  if (!missing.empty() || !unused.empty()) refuse_values(missing, unused);
  return used;
}

RewrittenSql::RewrittenSql(std::string_view sql, ParameterStyle style,
                           const SqlDialect& dialect)
    : original_(sql), found_(find_parameters(sql, style, dialect)) {
  if (!found_.has_parameters()) return;
  if (dialect.placeholder == Placeholder::kNone) {
    throw Error(Code::kNotImplemented,
                "binding parameters: this server (" + std::string(dialect.name) +
                    ") cannot bind (write the values into the text with bind=client)");
  }
  if (found_.foreign != std::string::npos) {
    refuse("the text mixes two kinds of placeholders, the second at character " +
           std::to_string(found_.foreign + 1) + " (write all in one way)");
  }
  const bool question = dialect.placeholder == Placeholder::kQuestion;
  const bool named = dialect.placeholder == Placeholder::kDollarName ||
                     dialect.placeholder == Placeholder::kColonName;
  std::vector<std::string> names;
  if (named) names = server_names(found_);
  SqlAssembler assembler(sql);
  for (const SqlTemplate::Piece& piece : found_.pieces) {
    const bool escape = piece.value == SqlTemplate::kEscape;
    if (question && !escape) slots_.push_back({piece.value, {}});
    // As it should be, and ?? stays for a server to which ? is a placeholder too.
    if (question && style == ParameterStyle::kQmark) continue;
    if (escape) {
      assembler.keep(piece.begin, piece.end, sql.substr(piece.begin, 1));
    } else if (question) {
      assembler.replace(piece.begin, piece.end, "?");
    } else {
      const char mark = dialect.placeholder == Placeholder::kColonName ? ':' : '$';
      assembler.replace(
          piece.begin, piece.end,
          mark + (named ? names[piece.value] : std::to_string(piece.value + 1)));
    }
  }
  for (size_t i = 0; !question && i < found_.values(); ++i) {
    slots_.push_back({i, named ? names[i] : std::string()});
  }
  changed_ = std::move(assembler).finish();
  if (changed_ == original_) {
    changed_.clear();
    changed_.shrink_to_fit();
  }
}

void SqlAssembler::copy_to(size_t position) {
  if (position == copied_) return;
  if (replaced_ && would_join(sql_[copied_]) && sql_[copied_] != ':') out_ += ' ';
  out_ += sql_.substr(copied_, position - copied_);
  copied_ = position;
  replaced_ = false;
}

void SqlAssembler::replace(size_t begin, size_t end, std::string_view replacement) {
  copy_to(begin);
  if (!out_.empty() && would_join(out_.back())) out_ += ' ';
  out_ += replacement;
  copied_ = end;
  replaced_ = true;
}

void SqlAssembler::keep(size_t begin, size_t end, std::string_view as) {
  copy_to(begin);
  out_ += as;
  copied_ = end;
  replaced_ = false;
}

std::string SqlAssembler::finish() && {
  copy_to(sql_.size());
  return std::move(out_);
}

std::string fill_parameters(std::string_view sql, const SqlTemplate& found,
                            std::span<const std::string> values) {
  SqlAssembler assembler(sql);
  for (const SqlTemplate::Piece& piece : found.pieces) {
    if (piece.value == SqlTemplate::kEscape) {
      assembler.keep(piece.begin, piece.end, sql.substr(piece.begin, 1));
    } else {
      assembler.replace(piece.begin, piece.end, values[piece.value]);
    }
  }
  return std::move(assembler).finish();
}

}  // namespace fletching
