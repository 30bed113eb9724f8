// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"

#include <algorithm>
#include <array>

namespace fletching {
namespace {

constexpr std::array<std::string_view, 15> kParts = {
    "password", "passwd", "pwd",        "token",       "secret",
    "authoriz", "cookie", "credential", "private_key", "private-key",
    "api_key",  "apikey", "api-key",    "signature",   "jwt"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool contains_folded(std::string_view text, std::string_view part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(),
                     [](char a, char b) { return lower(a) == b; }) != text.end();
}

}  // namespace

bool is_secret_name(std::string_view name) noexcept {
  return std::any_of(kParts.begin(), kParts.end(), [name](std::string_view part) {
    return contains_folded(name, part);
  });
}

std::string redact(std::string_view name, std::string_view value) {
  return std::string(is_secret_name(name) ? kRedacted : value);
}

}  // namespace fletching
