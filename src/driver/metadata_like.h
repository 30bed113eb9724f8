// SPDX-License-Identifier: Apache-2.0
// LIKE patterns as our callers write them: % is any text, _ any one character, and a
// backslash before %, _ or \ takes that literally, whatever escape a server has.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fletching {

class LikePattern {
 public:
  explicit LikePattern(std::string_view pattern);

  // Case-sensitive, of UTF-8 text; in time proportional to both lengths at most.
  [[nodiscard]] bool matches(std::string_view text) const noexcept;

  // Whether it has a % that is not taken literally.
  [[nodiscard]] bool takes_any_text() const noexcept;
  // Whether the text that must be sent depends on the server's escape: a wildcard is
  // meant literally, or a character that might be such an escape.
  [[nodiscard]] bool depends_on_escape() const noexcept;
  // For a server with this escape (SqlInfo 513).
  [[nodiscard]] std::string with_escape(std::string_view escape) const;
  // For a server whose escape nobody knows: matches what this does and perhaps more.
  [[nodiscard]] std::string wider() const;

 private:
  enum class Kind : uint8_t { kLiteral, kOne, kAny };
  struct Piece {
    Kind kind;
    char byte;  // of kLiteral
  };
  std::vector<Piece> pieces_;
};

}  // namespace fletching
