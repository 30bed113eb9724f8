// SPDX-License-Identifier: Apache-2.0
#include "transport/grpc_status.h"

#include <array>
#include <charconv>
#include <optional>

#include "base/secret.h"
#include "transport/channel.h"
#include "transport/proto_scan.h"

namespace fletching {
namespace {

// Names of details that no server can send: a colon is no part of a trailer's name.
constexpr std::string_view kNeverProcessed = ":never-processed";
constexpr std::string_view kMayRetry = ":may-retry";

struct Meaning {
  std::string_view name;
  Code code;
  std::string_view sqlstate;
};

// Indexed by Grpc.
constexpr std::array<Meaning, 17> kMeanings = {{
    {"OK", Code::kOk, "00000"},
    {"CANCELLED", Code::kCancelled, "57014"},
    {"UNKNOWN", Code::kUnknown, "HY000"},
    {"INVALID_ARGUMENT", Code::kInvalidArgument, "42000"},
    {"DEADLINE_EXCEEDED", Code::kTimeout, "HYT00"},
    {"NOT_FOUND", Code::kNotFound, "42S02"},
    {"ALREADY_EXISTS", Code::kAlreadyExists, "42S01"},
    {"PERMISSION_DENIED", Code::kUnauthorized, "42501"},
    {"RESOURCE_EXHAUSTED", Code::kIo, "53000"},
    {"FAILED_PRECONDITION", Code::kInvalidState, "55000"},
    {"ABORTED", Code::kInvalidState, "40001"},
    {"OUT_OF_RANGE", Code::kInvalidData, "22003"},
    {"UNIMPLEMENTED", Code::kNotImplemented, "0A000"},
    {"INTERNAL", Code::kInternal, "XX000"},
    {"UNAVAILABLE", Code::kIo, "08006"},
    {"DATA_LOSS", Code::kIo, "08007"},
    {"UNAUTHENTICATED", Code::kUnauthenticated, "28000"},
}};

const Meaning& meaning_of(Grpc code) noexcept {
  const auto index = static_cast<size_t>(code);
  return kMeanings[index < kMeanings.size() ? index : size_t{2}];
}

constexpr std::array<std::string_view, 14> kHttp2Names = {
    "NO_ERROR",
    "PROTOCOL_ERROR",
    "INTERNAL_ERROR",
    "FLOW_CONTROL_ERROR",
    "SETTINGS_TIMEOUT",
    "STREAM_CLOSED",
    "FRAME_SIZE_ERROR",
    "REFUSED_STREAM",
    "CANCEL",
    "COMPRESSION_ERROR",
    "CONNECT_ERROR",
    "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY",
    "HTTP_1_1_REQUIRED",
};

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// google.rpc.Status: int32 code = 1; string message = 2; repeated Any details = 3.
struct RichStatus {
  std::string message;
  Error::Details details;
};

// google.protobuf.Any: string type_url = 1; bytes value = 2.
std::pair<std::string, std::string> parse_any(std::string_view bytes) {
  std::pair<std::string, std::string> any;
  ProtoScan scan(bytes);
  while (const auto field = scan.next()) {
    if (field->number == 1 && field->is_bytes) any.first = field->bytes;
    if (field->number == 2 && field->is_bytes) any.second = field->bytes;
  }
  return any;
}

RichStatus parse_rich_status(std::string_view bytes) {
  RichStatus rich;
  ProtoScan scan(bytes);
  while (const auto field = scan.next()) {
    if (!field->is_bytes) continue;
    if (field->number == 2) rich.message = field->bytes;
    if (field->number == 3) {
      auto any = parse_any(field->bytes);
      if (!any.first.empty()) rich.details.push_back(std::move(any));
    }
  }
  return rich;
}

void append_details(Error::Details& out, const Headers& from) {
  for (const auto& entry : from) {
    if (!is_secret_name(entry.first)) out.push_back(entry);
  }
}

// What grpc-dotnet says for an exception that a service let through, where the server
// was not told to send its details (GrpcServiceOptions.EnableDetailedErrors).
constexpr std::string_view kNoDetail = "Exception was thrown by handler.";

// What Arrow's servers in Python say after the message: the exception's name, mostly
// with its traceback. The details keep it, in grpc-message.
std::string_view without_traceback(std::string_view message) noexcept {
  const size_t at = message.find(". Detail: Python exception: ");
  return at == 0 ? message : message.substr(0, at);
}

std::string sentence_of(const CallStatus& status, std::string_view doing,
                        bool retry_safe) {
  std::string text(doing);
  text += ": ";
  if (status.message.empty()) {
    text += "the server answered ";
    text += grpc_name(status.code);
    text += " without a message";
  } else {
    text += without_traceback(status.message);
  }
  if (status.message == kNoDetail) {
    text += " (the server gave no detail; its log has the trace)";
  }
  if (status.processed == CallStatus::Processed::kLost && !retry_safe) {
    text += " (the statement may have run)";
  }
  return text;
}

bool has_detail(const Error& error, std::string_view name) noexcept {
  for (const auto& entry : error.details()) {
    if (entry.first == name) return true;
  }
  return false;
}

}  // namespace

std::string_view grpc_name(Grpc code) noexcept { return meaning_of(code).name; }

Grpc grpc_of_http_status(int http_status) noexcept {
  switch (http_status) {
    case 400:
      return Grpc::kInternal;
    case 401:
      return Grpc::kUnauthenticated;
    case 403:
      return Grpc::kPermissionDenied;
    case 404:
      return Grpc::kUnimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return Grpc::kUnavailable;
    default:
      return Grpc::kUnknown;
  }
}

std::string_view http2_error_name(uint32_t http2_code) noexcept {
  return http2_code < kHttp2Names.size() ? kHttp2Names[http2_code] : "unknown code";
}

CallStatus status_of_reset(uint32_t http2_code) {
  CallStatus status;
  status.message = "the server reset the call (HTTP/2 ";
  status.message += http2_error_name(http2_code);
  status.message += ')';
  switch (http2_code) {
    case 0x5:
      status.code = Grpc::kUnknown;
      break;
    case 0x7:
      status.code = Grpc::kUnavailable;
      status.processed = CallStatus::Processed::kNever;
      break;
    case 0x8:
      status.code = Grpc::kCancelled;
      break;
    case 0xb:
      status.code = Grpc::kResourceExhausted;
      break;
    case 0xc:
      status.code = Grpc::kPermissionDenied;
      break;
    default:
      status.code = http2_code <= 0xd ? Grpc::kInternal : Grpc::kUnknown;
  }
  return status;
}

std::string decode_grpc_message(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '%' && i + 2 < value.size()) {
      const int high = hex_value(value[i + 1]);
      const int low = hex_value(value[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += value[i];
  }
  return out;
}

CallStatus status_of_trailers(const Headers& trailers) {
  CallStatus status;
  const auto text = find_header(trailers, "grpc-status");
  if (!text) {
    status.code = Grpc::kInternal;
    status.message = "the server ended the stream without a status (truncated?)";
    return status;
  }
  unsigned number = 0;
  const auto parsed =
      std::from_chars(text->data(), text->data() + text->size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text->data() + text->size()) {
    status.code = Grpc::kInternal;
    status.message = "the server sent a grpc-status that is no number";
    return status;
  }
  status.code = number < kMeanings.size() ? static_cast<Grpc>(number) : Grpc::kUnknown;
  if (const auto message = find_header(trailers, "grpc-message")) {
    status.message = decode_grpc_message(*message);
  }
  if (status.message.empty()) {
    if (const auto rich = find_header(trailers, "grpc-status-details-bin")) {
      status.message = parse_rich_status(*rich).message;
    }
  }
  return status;
}

Error error_of_status(const CallStatus& status, std::string_view doing,
                      const Headers& headers, const Headers& trailers,
                      bool retry_safe) {
  Error::Details details;
  append_details(details, headers);
  if (trailers != headers) append_details(details, trailers);  // not trailers-only
  if (const auto rich = find_header(trailers, "grpc-status-details-bin")) {
    for (auto& detail : parse_rich_status(*rich).details) {
      details.push_back(std::move(detail));
    }
  }
  using Processed = CallStatus::Processed;
  if (status.processed == Processed::kNever) {
    details.emplace_back(kNeverProcessed, "");
  }
  if (status.processed == Processed::kLost && retry_safe) {
    details.emplace_back(kMayRetry, "");
  }
  const Meaning& meaning = meaning_of(status.code);
  return Error(meaning.code, sentence_of(status, doing, retry_safe),
               std::string(meaning.sqlstate), static_cast<int32_t>(status.code),
               std::move(details));
}

bool never_processed(const Error& error) noexcept {
  return has_detail(error, kNeverProcessed);
}

bool may_retry(const Error& error) noexcept {
  return has_detail(error, kNeverProcessed) || has_detail(error, kMayRetry);
}

}  // namespace fletching
