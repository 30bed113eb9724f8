// SPDX-License-Identifier: Apache-2.0
#include "flink/json_write.h"

#include "arrow/utf8.h"
#include "fletching/error.h"

namespace fletching::flink {

std::string json_string(std::string_view text) {
  if (!is_utf8(text)) {
    throw Error(Code::kInvalidArgument, "a text for the server is not UTF-8");
  }
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out.append("\\u00").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string& JsonObject::member(std::string_view name) {
  text_ += text_.empty() ? '{' : ',';
  text_.append(json_string(name)).append(1, ':');
  return text_;
}

JsonObject& JsonObject::text(std::string_view name, std::string_view value) {
  const std::string json = json_string(value);
  member(name) += json;
  return *this;
}

JsonObject& JsonObject::number(std::string_view name, int64_t value) {
  member(name) += std::to_string(value);
  return *this;
}

JsonObject& JsonObject::boolean(std::string_view name, bool value) {
  member(name) += value ? "true" : "false";
  return *this;
}

JsonObject& JsonObject::raw(std::string_view name, std::string_view json) {
  member(name) += json;
  return *this;
}

JsonObject& JsonObject::texts(std::string_view name,
                              const std::map<std::string, std::string>& values) {
  JsonObject object;
  for (const auto& [key, value] : values) object.text(key, value);
  return raw(name, object.str());
}

}  // namespace fletching::flink
