// SPDX-License-Identifier: Apache-2.0
#include "driver/metadata_like.h"

#include <algorithm>

#include "fletching/metadata.h"

namespace fletching {
namespace {

constexpr char kEscape = '\\';

bool is_special(char c) { return c == '%' || c == '_' || c == kEscape; }

// What some server may have for an escape. Others in names are taken as they are.
bool may_be_escape(char c) {
  return is_special(c) || std::string_view("!#^|~@/&*+=?").find(c) != std::string::npos;
}

// Bytes of the character at the front of text, at least 1; broken UTF-8 counts by byte.
size_t character_size(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const size_t size = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  return std::min(size, text.size());
}

}  // namespace

std::string escape_like(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (is_special(c)) out += kEscape;
    out += c;
  }
  return out;
}

LikePattern::LikePattern(std::string_view pattern) {
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == kEscape && i + 1 < pattern.size() && is_special(pattern[i + 1])) {
      pieces_.push_back({Kind::kLiteral, pattern[++i]});
    } else if (c == '%') {
      pieces_.push_back({Kind::kAny, 0});
    } else {
      pieces_.push_back({c == '_' ? Kind::kOne : Kind::kLiteral, c});
    }
  }
}

bool LikePattern::takes_any_text() const noexcept {
  return std::any_of(pieces_.begin(), pieces_.end(),
                     [](const Piece& piece) { return piece.kind == Kind::kAny; });
}

bool LikePattern::matches(std::string_view text) const noexcept {
  // Only the last % ever needs to take more, so one place to go back to is enough.
  size_t piece = 0;
  size_t at = 0;
  size_t after_any = 0;  // the piece after the last %, 0: none yet
  size_t any_end = 0;    // where that % has ended so far
  while (at < text.size()) {
    if (piece < pieces_.size()) {
      const Piece& wanted = pieces_[piece];
      if (wanted.kind == Kind::kAny) {
        after_any = ++piece;
        any_end = at;
        continue;
      }
      if (wanted.kind == Kind::kOne) {
        at += character_size(text.substr(at));
        ++piece;
        continue;
      }
      if (wanted.byte == text[at]) {
        ++at;
        ++piece;
        continue;
      }
    }
    if (after_any == 0) return false;
    any_end += character_size(text.substr(any_end));
    at = any_end;
    piece = after_any;
  }
  return std::all_of(pieces_.begin() + static_cast<std::ptrdiff_t>(piece),
                     pieces_.end(),
                     [](const Piece& rest) { return rest.kind == Kind::kAny; });
}

bool LikePattern::depends_on_escape() const noexcept {
  return std::any_of(pieces_.begin(), pieces_.end(), [](const Piece& piece) {
    return piece.kind == Kind::kLiteral && may_be_escape(piece.byte);
  });
}

std::string LikePattern::with_escape(std::string_view escape) const {
  std::string out;
  for (const Piece& piece : pieces_) {
    if (piece.kind == Kind::kLiteral) {
      const bool is_wildcard = piece.byte == '%' || piece.byte == '_';
      if (is_wildcard || escape.substr(0, 1) == std::string_view(&piece.byte, 1)) {
        out += escape;
      }
      out += piece.byte;
    } else {
      out += piece.kind == Kind::kAny ? '%' : '_';
    }
  }
  return out;
}

std::string LikePattern::wider() const {
  std::string out;
  for (const Piece& piece : pieces_) {
    if (piece.kind == Kind::kAny) {
      out += '%';
    } else if (piece.kind == Kind::kOne || may_be_escape(piece.byte)) {
      out += '_';
    } else {
      out += piece.byte;
    }
  }
  return out;
}

}  // namespace fletching
