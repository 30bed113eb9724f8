// SPDX-License-Identifier: Apache-2.0
// How a gRPC call ended, and what that means in codes and words.
// Sources: gRPC "PROTOCOL-HTTP2.md" (status, errors, RST codes), "http-grpc-status-
// mapping.md", google/rpc/status.proto.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "fletching/error.h"
#include "transport/headers.h"

namespace fletching {

enum class Grpc : uint8_t {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

// "UNAVAILABLE"; "UNKNOWN" for numbers that gRPC does not have.
[[nodiscard]] std::string_view grpc_name(Grpc code) noexcept;

struct CallStatus {
  // Whether the server can have acted on the call.
  enum class Processed : uint8_t {
    kMaybe,  // it may have
    kNever,  // proved that it did not: see never_processed()
    kLost,   // the connection was lost; it may have, see may_retry()
  };

  Grpc code = Grpc::kOk;
  std::string message;  // decoded
  Processed processed = Processed::kMaybe;
};

// What a response without grpc-status but with this :status means.
[[nodiscard]] Grpc grpc_of_http_status(int http_status) noexcept;

// What RST_STREAM with this HTTP/2 error code means, without a status from trailers.
[[nodiscard]] CallStatus status_of_reset(uint32_t http2_code);
[[nodiscard]] std::string_view http2_error_name(uint32_t http2_code) noexcept;

// The status in `trailers` (grpc-status, grpc-message, else the message of
// grpc-status-details-bin); INTERNAL if there is no grpc-status or no number in it.
[[nodiscard]] CallStatus status_of_trailers(const Headers& trailers);

// grpc-message: percent-decoded; bad escapes stay as they are.
[[nodiscard]] std::string decode_grpc_message(std::string_view value);

// The Error of a failed call: `doing` is the RPC's name. Details are all headers and
// trailers except credentials and cookies, and one entry (type URL, value) for each
// detail of google.rpc.Status. `retry_safe` is CallOptions::retry_safe.
[[nodiscard]] Error error_of_status(const CallStatus& status, std::string_view doing,
                                    const Headers& headers, const Headers& trailers,
                                    bool retry_safe = false);

}  // namespace fletching
