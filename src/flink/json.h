// SPDX-License-Identifier: Apache-2.0
// simdjson as the decoder uses it: tokens as they were sent, no exceptions of its own.
// Private to the decoder's files.
#pragma once

#include <simdjson.h>

#include <cstring>
#include <string>
#include <string_view>

#include "fletching/error.h"

namespace fletching::flink {

namespace json = simdjson::ondemand;

// The page is no JSON after all: nothing of it can be believed.
[[noreturn]] inline void broken_page(simdjson::error_code error) {
  throw Error(Code::kInvalidData,
              std::string("reading a result page: it is no JSON (") +
                  simdjson::error_message(error) + ")");
}

// What a result holds; INCORRECT_TYPE is the caller's to ask about before.
template <class T>
[[nodiscard]] T must(simdjson::simdjson_result<T>&& result) {
  T value;
  const auto error = std::move(result).get(value);
  if (error != simdjson::SUCCESS) broken_page(error);
  return value;
}

// A scalar as it stands in the text, or the first character of what is nested.
[[nodiscard]] inline std::string_view token_of(json::value& value) {
  std::string_view token = value.raw_json_token();
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') {
    token.remove_suffix(1);
  }
  return token;
}

// Between the quotes of a token that begins with one.
[[nodiscard]] inline std::string_view inside(std::string_view token) {
  if (token.size() < 2 || token.back() != '"') broken_page(simdjson::STRING_ERROR);
  return token.substr(1, token.size() - 2);
}

[[nodiscard]] inline bool has_escape(std::string_view text) noexcept {
  return std::memchr(text.data(), '\\', text.size()) != nullptr;
}

// A string's characters. The view lives until the document is read further.
[[nodiscard]] inline std::string_view string_of(json::value& value,
                                                std::string_view token) {
  const std::string_view raw = inside(token);
  if (!has_escape(raw)) return raw;
  return must(value.get_string());
}

// The whole text of the value that begins at the front of `rest`, which is JSON by
// simdjson's judgement as far as it was read; up to the end of `rest` if it is not.
[[nodiscard]] std::string_view extent_of(std::string_view rest) noexcept;

}  // namespace fletching::flink
