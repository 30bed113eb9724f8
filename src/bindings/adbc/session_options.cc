// SPDX-License-Identifier: Apache-2.0
#include "bindings/adbc/session_options.h"

#include <simdjson.h>

#include "bindings/adbc/options.h"
#include "fletching/error.h"

namespace fletching::adbc {
namespace {

// What follows the prefix: ".NAME", "bool.NAME", "stringlist.NAME", "erase.NAME".
std::optional<std::pair<std::string_view, std::string>> split(std::string_view key) {
  if (!key.starts_with(kSessionPrefix)) return std::nullopt;
  key.remove_prefix(kSessionPrefix.size());
  const size_t dot = key.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  return std::pair(key.substr(0, dot), std::string(key.substr(dot + 1)));
}

std::vector<std::string> string_list(std::string_view key, const std::string& json) {
  simdjson::dom::parser parser;
  simdjson::dom::array items;
  std::vector<std::string> list;
  bool is_list = parser.parse(json).get(items) == simdjson::SUCCESS;
  if (is_list) {
    for (const simdjson::dom::element item : items) {
      std::string_view value;
      is_list = is_list && item.get(value) == simdjson::SUCCESS;
      list.emplace_back(value);
    }
  }
  if (is_list) return list;
  throw Error(Code::kInvalidArgument,
              "option " + std::string(key) + ": a JSON array of strings is needed");
}

std::string json_text(std::string_view value) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    } else {
      out += c;
    }
  }
  return out + '"';
}

struct ToJson {
  std::string operator()(std::monostate) const { return "null"; }
  std::string operator()(const std::string& value) const { return json_text(value); }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const { return from_double(value); }
  std::string operator()(const std::vector<std::string>& values) const {
    std::string out = "[";
    for (const std::string& value : values) {
      if (out.size() > 1) out += ',';
      out += json_text(value);
    }
    return out + ']';
  }
};

}  // namespace

std::optional<std::pair<std::string, SessionOption>> session_change(
    std::string_view key, const std::string& value) {
  const auto parts = split(key);
  if (!parts) return std::nullopt;
  const auto& [kind, name] = *parts;
  if (kind.empty()) return std::pair(name, SessionOption(value));
  if (kind == "bool") return std::pair(name, SessionOption(to_bool(key, value)));
  if (kind == "stringlist") {
    return std::pair(name, SessionOption(string_list(key, value)));
  }
  if (kind == "erase") return std::pair(name, SessionOption(std::monostate()));
  return std::nullopt;
}

std::string session_value(std::string_view key,
                          const std::map<std::string, SessionOption>& options) {
  const auto parts = split(key);
  const auto found = parts ? options.find(parts->second) : options.end();
  if (found == options.end()) {
    throw Error(Code::kNotFound,
                "option " + std::string(key) + ": the server's session has none");
  }
  if (const auto* value = std::get_if<std::string>(&found->second)) return *value;
  return std::visit(ToJson(), found->second);
}

std::string session_json(const std::map<std::string, SessionOption>& options) {
  std::string out = "{";
  for (const auto& [name, value] : options) {
    if (out.size() > 1) out += ',';
    out += json_text(name) + ':' + std::visit(ToJson(), value);
  }
  return out + '}';
}

}  // namespace fletching::adbc
