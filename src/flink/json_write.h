// SPDX-License-Identifier: Apache-2.0
// The JSON of requests.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace fletching::flink {

// text as a JSON string with its quotes. Throws kInvalidArgument for what is not UTF-8.
[[nodiscard]] std::string json_string(std::string_view text);

// An object, member by member.
class JsonObject {
 public:
  JsonObject& text(std::string_view name, std::string_view value);
  JsonObject& number(std::string_view name, int64_t value);
  JsonObject& boolean(std::string_view name, bool value);
  JsonObject& raw(std::string_view name, std::string_view json);
  // {"a":"b"}: all values as text.
  JsonObject& texts(std::string_view name,
                    const std::map<std::string, std::string>& values);
  [[nodiscard]] std::string str() const { return text_.empty() ? "{}" : text_ + "}"; }

 private:
  std::string& member(std::string_view name);
  std::string text_;
};

}  // namespace fletching::flink
