// SPDX-License-Identifier: Apache-2.0
#include "flight/session_options.h"

#include "flight/wire.h"

namespace fletching {
namespace {

// SessionOptionValue: oneof string_value = 1, bool_value = 2, sfixed64 int64_value = 3,
// double_value = 4, string_list_value = 5 { repeated string values = 1 }.
struct ValueWriter {
  ProtoWriter& out;
  void operator()(std::monostate) const {}
  void operator()(const std::string& v) const { out.add_bytes(1, v); }
  void operator()(bool v) const { out.add_bool(2, v); }
  void operator()(int64_t v) const { out.add_sfixed64(3, v); }
  void operator()(double v) const { out.add_double(4, v); }
  void operator()(const std::vector<std::string>& v) const {
    ProtoWriter list;
    for (const std::string& item : v) list.add_bytes(1, item);
    out.add_message(5, list);
  }
};

std::vector<std::string> decode_list(std::string_view bytes) {
  std::vector<std::string> out;
  ProtoReader reader(bytes, "SessionOptionValue.StringListValue");
  while (const auto field = reader.next()) {
    if (field->key == proto_bytes(1)) out.push_back(field->as_string());
  }
  return out;
}

SessionOptionValue decode_value(std::string_view bytes) {
  SessionOptionValue out;
  ProtoReader reader(bytes, "SessionOptionValue");
  while (const auto field = reader.next()) {
    switch (field->key) {
      case proto_bytes(1):
        out = field->as_string();
        break;
      case proto_varint(2):
        out = field->as_bool();
        break;
      case proto_fixed64(3):
      case proto_varint(3):  // from servers that took it for an int64
        out = field->as_int64();
        break;
      case proto_fixed64(4):
        out = field->as_double();
        break;
      case proto_bytes(5):
        out = decode_list(field->bytes);
        break;
      default:
        break;
    }
  }
  return out;
}

// Results are bare messages; some servers wrap them all the same.
std::string_view unwrapped(std::string_view bytes) {
  const auto any = unpack_any(bytes);
  if (any && any->type_url.find("arrow.flight.protocol.") != std::string_view::npos) {
    return any->value;
  }
  return bytes;
}

// Calls take(key, value) for each entry of the map in field 1.
template <class Take>
void for_each_entry(std::string_view message, const char* what, Take&& take) {
  ProtoReader reader(unwrapped(message), what);
  while (const auto field = reader.next()) {
    if (field->key != proto_bytes(1)) continue;
    std::string key;
    std::string_view value;
    ProtoReader entry(field->bytes, what);
    while (const auto part = entry.next()) {
      if (part->key == proto_bytes(1)) key = part->as_string();
      if (part->key == proto_bytes(2)) value = part->bytes;
    }
    take(std::move(key), value);
  }
}

// enum ErrorValue.
const char* reason_of(std::string_view error) {
  uint64_t value = 0;
  ProtoReader reader(error, "SetSessionOptionsResult.Error");
  while (const auto field = reader.next()) {
    if (field->key == proto_varint(1)) value = field->value;
  }
  switch (value) {
    case 1:
      return "it has no such option";
    case 2:
      return "not that value";
    default:
      return "it failed";
  }
}

}  // namespace

std::string encode_set_session_options(const SessionOptionMap& options) {
  ProtoWriter out;
  for (const auto& [name, value] : options) {
    ProtoWriter written;
    std::visit(ValueWriter{written}, value);
    ProtoWriter entry;
    entry.add_bytes(1, name).add_message(2, written);
    out.add_message(1, entry);
  }
  return std::move(out).str();
}

std::map<std::string, std::string> decode_set_session_options_result(
    std::string_view bytes) {
  std::map<std::string, std::string> out;
  for_each_entry(bytes, "SetSessionOptionsResult",
                 [&](std::string name, std::string_view error) {
                   out[std::move(name)] = reason_of(error);
                 });
  return out;
}

SessionOptionMap decode_get_session_options_result(std::string_view bytes) {
  SessionOptionMap out;
  for_each_entry(bytes, "GetSessionOptionsResult",
                 [&](std::string name, std::string_view value) {
                   out[std::move(name)] = decode_value(value);
                 });
  return out;
}

}  // namespace fletching
