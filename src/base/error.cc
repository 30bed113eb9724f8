// SPDX-License-Identifier: Apache-2.0
#include "fletching/error.h"

#include <array>

namespace fletching {
namespace {

struct CodeText {
  std::string_view name;
  std::string_view sqlstate;
};

// Indexed by Code. The SQLSTATEs are the standard's classes that fit best.
constexpr std::array<CodeText, 15> kCodes = {{
    {"OK", "00000"},
    {"UNKNOWN", "HY000"},
    {"NOT_IMPLEMENTED", "0A000"},
    {"NOT_FOUND", "42S02"},
    {"ALREADY_EXISTS", "42S01"},
    {"INVALID_ARGUMENT", "42000"},
    {"INVALID_STATE", "55000"},
    {"INVALID_DATA", "22000"},
    {"INTEGRITY", "23000"},
    {"INTERNAL", "XX000"},
    {"IO", "08006"},
    {"CANCELLED", "57014"},
    {"TIMEOUT", "HYT00"},
    {"UNAUTHENTICATED", "28000"},
    {"UNAUTHORIZED", "42501"},
}};

const CodeText& text_of(Code code) noexcept {
  const auto index = static_cast<size_t>(code);
  return kCodes[index < kCodes.size() ? index : 1];
}

}  // namespace

std::string_view code_name(Code code) noexcept { return text_of(code).name; }

struct Error::State {
  Code code;
  std::string message;
  std::string sqlstate;
  int32_t vendor_code;
  Details details;
};

Error::Error(Code code, std::string message)
    : Error(code, std::move(message), std::string()) {}

Error::Error(Code code, std::string message, std::string sqlstate, int32_t vendor_code,
             Details details) {
  if (sqlstate.size() != 5) sqlstate = text_of(code).sqlstate;
  state_ = std::make_shared<const State>(State{
      code, std::move(message), std::move(sqlstate), vendor_code, std::move(details)});
}

Code Error::code() const noexcept { return state_->code; }
const std::string& Error::message() const noexcept { return state_->message; }
const std::string& Error::sqlstate() const noexcept { return state_->sqlstate; }
int32_t Error::vendor_code() const noexcept { return state_->vendor_code; }
const Error::Details& Error::details() const noexcept { return state_->details; }
const char* Error::what() const noexcept { return state_->message.c_str(); }

Error Error::with_context(std::string_view context) const {
  return Error(code(), std::string(context) + ": " + message(), sqlstate(),
               vendor_code(), details());
}

}  // namespace fletching
