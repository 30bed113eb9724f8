// SPDX-License-Identifier: Apache-2.0
// For tests and fuzzing: is a text exactly one literal as LiteralRenderer writes them?
// Read with SqlScanner, so by the same rules as a text's placeholders are found by, and
// by nothing of the code that writes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "backend/sql_text.h"

namespace fletching {

class LiteralShape {
 public:
  LiteralShape(std::string_view sql, const SqlDialect& dialect)
      : sql_(sql), scanner_(sql, dialect) {
    advance();
  }

  // The whole text is one literal, with nothing before, between (comments) or after.
  [[nodiscard]] bool is_one_literal() {
    return value() && token_ == SqlToken::kEnd && ended_ == sql_.size() && !comments_ &&
           !scanner_.ambiguous() && !scanner_.unterminated();
  }

 private:
  void advance() {
    token_ = scanner_.next();
    const std::string_view between = sql_.substr(ended_, scanner_.position() - ended_);
    // The writer puts single blanks, the end of the text has none.
    comments_ = comments_ || between.find_first_not_of(' ') != std::string_view::npos;
    if (token_ != SqlToken::kEnd) ended_ = scanner_.end();
  }
  bool take(std::string_view text) {
    if (token_ == SqlToken::kEnd || scanner_.text() != text) return false;
    advance();
    return true;
  }
  bool take(SqlToken token) {
    if (token_ != token) return false;
    advance();
    return true;
  }

  bool value() {
    if (++depth_ > 200) return false;
    const bool is = any_value();
    --depth_;
    return is;
  }
  bool any_value() {
    if (take(SqlToken::kNumber) || take(SqlToken::kString)) return true;
    if (take("(")) {
      return token_ == SqlToken::kWord ? intervals() : number_in_parentheses();
    }
    if (take("[")) return items("]");
    if (take("{")) return fields();
    if (token_ != SqlToken::kWord) return false;
    const std::string word(scanner_.text());
    advance();
    if (word == "NULL" || word == "TRUE" || word == "FALSE") return true;
    if (word == "CAST") return cast();
    for (const char* typed : {"DATE", "TIME", "TIMESTAMP", "TIMESTAMP_NTZ", "X"}) {
      if (word == typed) return take(SqlToken::kString);
    }
    if (word == "INTERVAL") return take(SqlToken::kString) && qualifier();
    if (word == "ARRAY" || (word == "MAP" && scanner_.text() == "[")) {
      return take("[") && items("]");
    }
    for (const char* function :
         {"arrow_cast", "make_array", "named_struct", "array", "map", "MAP", "ROW",
          "unhex", "UNHEX", "TO_TIMESTAMP_LTZ", "toIntervalMonth", "toIntervalDay",
          "toIntervalSecond", "toIntervalMillisecond", "toIntervalMicrosecond",
          "toIntervalNanosecond"}) {
      if (word == function) return take("(") && items(")");
    }
    return false;
  }
  // (-5), (3 / 8.0)
  bool number_in_parentheses() {
    take("-");
    if (!take(SqlToken::kNumber)) return false;
    while (take("/") || take("*")) {
      if (!take(SqlToken::kNumber)) return false;
    }
    return take(")");
  }
  // (INTERVAL '1' DAY * (-1234) + INTERVAL '0 00:00:01.000' DAY TO SECOND(3))
  bool intervals() {
    do {
      if (!take("INTERVAL") || !take(SqlToken::kString) || !qualifier()) return false;
      if (take("*") && !(take("(") && number_in_parentheses())) return false;
    } while (take("+"));
    return take(")");
  }
  bool items(std::string_view close) {
    if (take(close)) return true;
    do {
      if (take("-") ? !take(SqlToken::kNumber) : !value()) return false;
    } while (take(","));
    return take(close);
  }
  bool fields() {
    do {
      if (!take(SqlToken::kString) || !take(":") || !value()) return false;
    } while (take(","));
    return take("}");
  }
  bool cast() {
    if (!take("(")) return false;
    if (take("-") ? !take(SqlToken::kNumber) : !value()) return false;
    if (!take("AS")) return false;
    for (int depth = 0; depth >= 0;) {
      if (token_ == SqlToken::kWord || token_ == SqlToken::kNumber) {
        advance();
      } else if (token_ == SqlToken::kString) {
        if (scanner_.text() != "'UTC'") return false;
        advance();
      } else if (take("(")) {
        ++depth;
      } else if (take(")")) {
        --depth;
      } else if (!take(",") && !take("<") && !take(">") && !take("[") && !take("]")) {
        return false;
      }
    }
    return true;
  }
  // MONTH(9), DAY(9) TO SECOND(3)
  bool qualifier() {
    while (token_ == SqlToken::kWord) {
      for (const char* word : {"MONTH", "DAY", "SECOND", "TO"}) {
        if (scanner_.text() == word) {
          advance();
          if (take("(") && !(take(SqlToken::kNumber) && take(")"))) return false;
          break;
        }
        if (std::string_view(word) == "TO") return false;
      }
    }
    return true;
  }

  std::string_view sql_;
  SqlScanner scanner_;
  SqlToken token_ = SqlToken::kEnd;
  size_t ended_ = 0;
  bool comments_ = false;
  int depth_ = 0;
};

[[nodiscard]] inline bool is_one_literal(std::string_view sql,
                                         const SqlDialect& dialect) {
  return LiteralShape(sql, dialect).is_one_literal();
}

// What a server reads in '...'; written apart from what writes it.
[[nodiscard]] inline std::optional<std::string> read_text_literal(
    std::string_view literal, const SqlDialect& dialect) {
  if (literal.size() < 2 || literal.front() != '\'' || literal.back() != '\'') {
    return std::nullopt;
  }
  std::string_view rest = literal.substr(1, literal.size() - 2);
  std::string text;
  while (!rest.empty()) {
    const bool escape = rest[0] == '\\' && dialect.lexical.backslash == Answer::kYes;
    if (escape && rest.starts_with("\\u0024")) {
      text += '$';
      rest.remove_prefix(6);
    } else if (escape && (rest.starts_with("\\\\") || rest.starts_with("\\'"))) {
      text += rest[1];
      rest.remove_prefix(2);
    } else if (rest.starts_with("''")) {
      text += '\'';
      rest.remove_prefix(2);
    } else if (escape || rest[0] == '\'') {
      return std::nullopt;
    } else {
      text += rest[0];
      rest.remove_prefix(1);
    }
  }
  return text;
}

}  // namespace fletching
