// SPDX-License-Identifier: Apache-2.0
#include "transport/preface.h"

#include <algorithm>
#include <string_view>

namespace fletching {
namespace {

constexpr size_t kFrameHeader = 9;
constexpr uint8_t kSettings = 4;

std::string_view as_text(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_tls_record(std::span<const uint8_t> bytes) {
  return bytes.size() >= 3 && bytes[0] >= 0x14 && bytes[0] <= 0x17 && bytes[1] == 3 &&
         bytes[2] <= 4;
}

// Length 3 bytes (a multiple of 6 and small), type 4, flags without ACK, stream 0.
bool may_be_settings(std::span<const uint8_t> bytes) {
  const auto at = [&](size_t i) { return i < bytes.size() ? int{bytes[i]} : -1; };
  if (at(0) > 0 || at(1) > 4) return false;
  if (at(3) >= 0 && at(3) != kSettings) return false;
  if (at(4) > 0) return false;
  for (size_t i = 5; i < kFrameHeader; ++i) {
    if (at(i) > 0) return false;
  }
  return true;
}

std::string quoted_line(std::string_view text) {
  const size_t end =
      std::min(text.find_first_of("\r\n"), std::min<size_t>(text.size(), 60));
  return "'" + std::string(text.substr(0, end)) + "'";
}

}  // namespace

std::string describe_bytes(std::span<const uint8_t> bytes) {
  const std::string_view text = as_text(bytes);
  if (text.starts_with("HTTP/"))
    return "an HTTP/1.1 answer (" + quoted_line(text) + ")";
  if (is_tls_record(bytes)) return bytes[0] == 0x15 ? "a TLS alert" : "TLS";
  if (bytes.size() >= kFrameHeader && may_be_settings(bytes)) return "plaintext HTTP/2";
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 0x20 && c < 0x7f) || c == '\r' || c == '\n' || c == '\t';
  });
  return printable && !text.empty() ? quoted_line(text) : "bytes that are no text";
}

std::optional<std::string> not_http2(std::span<const uint8_t> bytes) {
  if (may_be_settings(bytes)) return std::nullopt;
  if (is_tls_record(bytes)) {
    return "the server speaks TLS on this port, it answered with " +
           describe_bytes(bytes) + " (connect with TLS)";
  }
  return "the server does not speak HTTP/2, it answered with " + describe_bytes(bytes) +
         " (is this the address of a Flight SQL server?)";
}

}  // namespace fletching
