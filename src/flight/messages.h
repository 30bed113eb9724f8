// SPDX-License-Identifier: Apache-2.0
// The messages of Flight.proto (package arrow.flight.protocol), encoded and decoded.
// Decoders throw kInvalidData for malformed bytes and skip what they do not know.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fletching {

// Bytes are std::string everywhere.
struct FlightEndpoint {
  std::string ticket;
  std::vector<std::string> locations;    // URIs as sent; empty: the same service
  std::optional<int64_t> expiration_ns;  // since the epoch
  std::string app_metadata;
  std::string serialized;  // the FlightEndpoint message as received
};

struct FlightInfo {
  std::string schema;  // encapsulated schema message, may be empty
  std::vector<FlightEndpoint> endpoints;
  int64_t total_records = -1;  // -1: the server does not say
  int64_t total_bytes = -1;
  bool ordered = false;
  std::string app_metadata;
  std::string serialized;  // as received, for CancelFlightInfo
};

struct PollInfo {
  std::optional<FlightInfo> info;  // all that there is so far
  std::string descriptor;          // FlightDescriptor for the next poll; empty: done
  std::optional<double> progress;
  std::optional<int64_t> expiration_ns;
};

struct ActionResult {
  std::string body;
};

// The head of a FlightData message (its data_body travels apart); points into it.
struct FlightDataHead {
  std::string_view header;  // flatbuffer Message
  std::string_view app_metadata;
};

enum class CancelStatus : uint8_t {
  kUnspecified,
  kCancelled,
  kCancelling,
  kNotCancellable
};

inline constexpr uint32_t kDataBodyField = 1000;

// FlightDescriptor{type = CMD, cmd}.
[[nodiscard]] std::string encode_descriptor(std::string_view command);
// FlightDescriptor{type = PATH, path}.
[[nodiscard]] std::string encode_path_descriptor(const std::vector<std::string>& path);
[[nodiscard]] std::string encode_ticket(std::string_view ticket);
[[nodiscard]] std::string encode_action(std::string_view type, std::string_view body);
// A FlightData message up to where its body's bytes follow. `descriptor` is an encoded
// FlightDescriptor or empty; with body_size 0 there is no data_body.
[[nodiscard]] std::string encode_flight_data(std::string_view descriptor,
                                             std::string_view header,
                                             std::string_view app_metadata,
                                             uint64_t body_size);
[[nodiscard]] std::string encode_handshake_request(uint64_t version,
                                                   std::string_view payload);
[[nodiscard]] std::string encode_cancel_flight_info(const FlightInfo& info);
[[nodiscard]] std::string encode_renew_endpoint(const FlightEndpoint& endpoint);
// An endpoint made elsewhere (a partition descriptor): the fields it has, or
// `serialized`.
[[nodiscard]] std::string encode_endpoint(const FlightEndpoint& endpoint);

[[nodiscard]] FlightInfo decode_flight_info(std::string_view bytes);
[[nodiscard]] FlightEndpoint decode_endpoint(std::string_view bytes);
[[nodiscard]] PollInfo decode_poll_info(std::string_view bytes);
[[nodiscard]] std::string decode_schema_result(std::string_view bytes);
[[nodiscard]] ActionResult decode_result(std::string_view bytes);
// PutResult.app_metadata.
[[nodiscard]] std::string decode_put_result(std::string_view bytes);
// Type and description.
[[nodiscard]] std::pair<std::string, std::string> decode_action_type(
    std::string_view bytes);
[[nodiscard]] FlightDataHead decode_flight_data_head(std::string_view bytes);
// HandshakeResponse.payload.
[[nodiscard]] std::string decode_handshake_response(std::string_view bytes);
[[nodiscard]] CancelStatus decode_cancel_result(std::string_view bytes);

}  // namespace fletching
