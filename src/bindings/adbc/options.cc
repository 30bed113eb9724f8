// SPDX-License-Identifier: Apache-2.0
#include "bindings/adbc/options.h"

#include <arrow-adbc/adbc.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "bindings/adbc/oauth.h"
#include "fletching/error.h"

namespace fletching::adbc {
namespace {

Error not_found(std::string_view name, std::string_view why) {
  return {Code::kNotFound, "option " + std::string(name) + ": " + std::string(why)};
}

template <class T>
T to_number(std::string_view name, std::string_view value) {
  T number{};
  const auto [end, problem] =
      std::from_chars(value.data(), value.data() + value.size(), number);
  if (problem == std::errc() && end == value.data() + value.size()) return number;
  throw not_found(name, "'" + std::string(value) + "' is no such number");
}

void check_length(const size_t* length) {
  if (length == nullptr) {
    throw Error(Code::kInvalidArgument, "getting an option: the length is null");
  }
}

const OptionInfo* known(std::string_view name) {
  for (const OptionInfo& option : option_table()) {
    if (name == option.name || (!option.alias.empty() && name == option.alias)) {
      return &option;
    }
  }
  return nullptr;
}

}  // namespace

std::string_view text(const char* value, std::string_view what) {
  if (value != nullptr) return value;
  throw Error(Code::kInvalidArgument, std::string(what) + ": it is null");
}

void give_text(std::string_view value, char* out, size_t* length) {
  check_length(length);
  if (out != nullptr && *length > value.size()) {
    std::memcpy(out, value.data(), value.size());
    out[value.size()] = '\0';
  }
  *length = value.size() + 1;
}

void give_bytes(std::string_view value, uint8_t* out, size_t* length) {
  check_length(length);
  if (out != nullptr && *length >= value.size()) {
    std::memcpy(out, value.data(), value.size());
  }
  *length = value.size();
}

int64_t to_int(std::string_view name, std::string_view value) {
  return to_number<int64_t>(name, value);
}

double to_double(std::string_view name, std::string_view value) {
  return to_number<double>(name, value);
}

std::string from_double(double value) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end.ptr};
}

bool to_bool(std::string_view name, std::string_view value) {
  if (value == ADBC_OPTION_VALUE_ENABLED) return true;
  if (value == ADBC_OPTION_VALUE_DISABLED) return false;
  throw Error(Code::kInvalidArgument, "option " + std::string(name) + ": '" +
                                          std::string(value) +
                                          "' is not true or false");
}

bool has_no_effect(std::string_view name) {
  // Connecting waits for the server anyway; messages are logged by FLETCHING_LOG; what
  // is read ahead is limited in bytes (memory_budget).
  return name == "adbc.flight.sql.client_option.with_block" ||
         name == "adbc.rpc.result_queue_size" || name.starts_with("adbc.telemetry.");
}

std::string option_value(std::string_view name,
                         std::initializer_list<const OptionMap*> sets) {
  const OptionInfo* option = known(name);
  const bool is_header = name.starts_with("adbc.flight.sql.rpc.call_header.");
  const bool is_secret = (option != nullptr && option->secret) || is_oauth_secret(name);
  if (is_secret || is_header || name == ADBC_OPTION_URI) {
    throw not_found(name, "it may hold a secret, so it is not shown");
  }
  for (const OptionMap* set : sets) {
    const auto found = set->find(std::string(name));
    if (found != set->end()) return found->second;
  }
  if (option != nullptr) return std::string(option->default_value);
  throw not_found(name, "there is no such option, or it was not set");
}

}  // namespace fletching::adbc
