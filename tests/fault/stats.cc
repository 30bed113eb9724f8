// SPDX-License-Identifier: Apache-2.0
#include "stats.h"

#include <cstdio>

namespace fletching::fault {
namespace {

std::string json_counts(const std::map<std::string, int64_t>& counts) {
  std::string out = "{";
  for (const auto& [name, count] : counts) {
    if (out.size() > 1) out += ",";
    out += json_text(name) + ":" + std::to_string(count);
  }
  return out + "}";
}

std::string json_request(const SeenRequest& request) {
  std::string headers;
  for (const auto& [name, value] : request.headers) {
    if (!headers.empty()) headers += ",";
    headers += "[" + json_text(name) + "," + json_text(value) + "]";
  }
  return "{\"connection\":" + std::to_string(request.connection) +
         ",\"stream\":" + std::to_string(request.stream) +
         ",\"listener\":" + json_text(request.listener) +
         ",\"method\":" + json_text(request.method) +
         ",\"detail\":" + json_text(request.detail) + ",\"headers\":[" + headers + "]}";
}

}  // namespace

// Bytes above 127 are written as Latin-1 code points: any header value can be shown.
std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == '"' || byte == '\\' || byte > 0x7E) {
      char escape[8];
      std::snprintf(escape, sizeof(escape), "\\u%04x", byte);
      out += escape;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string Stats::json() const {
  std::string out = "{\"counts\":" + json_counts(counts) +
                    ",\"rpcs\":" + json_counts(rpcs) +
                    ",\"executions\":" + json_counts(executions) + ",\"frozen_ms\":[";
  for (size_t i = 0; i < frozen_ms.size(); ++i) {
    out += (i > 0 ? "," : "") + std::to_string(frozen_ms[i]);
  }
  out += "],\"requests\":[";
  for (size_t i = 0; i < requests.size(); ++i) {
    if (i > 0) out += ",";
    out += json_request(requests[i]);
  }
  return out + "]}";
}

}  // namespace fletching::fault
