// SPDX-License-Identifier: Apache-2.0
#include "flight/messages.h"

#include "flight/wire.h"

namespace fletching {
namespace {

// google.protobuf.Timestamp: int64 seconds = 1; int32 nanos = 2. Moments beyond what
// int64 nanoseconds can hold become the nearest that it can.
int64_t decode_timestamp(std::string_view bytes) {
  int64_t seconds = 0;
  int64_t nanos = 0;
  ProtoReader reader(bytes, "Timestamp");
  while (const auto field = reader.next()) {
    if (field->key == proto_varint(1)) seconds = field->as_int64();
    if (field->key == proto_varint(2)) nanos = field->as_int32();
  }
  constexpr int64_t kLast = INT64_MAX / 1'000'000'000 - 1;
  if (seconds > kLast) return INT64_MAX;
  if (seconds < -kLast) return INT64_MIN;
  return seconds * 1'000'000'000 + nanos;
}

std::string encode_timestamp(int64_t ns) {
  int64_t seconds = ns / 1'000'000'000;
  int64_t nanos = ns % 1'000'000'000;
  if (nanos < 0) {
    nanos += 1'000'000'000;
    --seconds;
  }
  ProtoWriter out;
  out.add_int64_if(1, seconds).add_int64_if(2, nanos);
  return std::move(out).str();
}

std::string first_bytes(std::string_view message, uint32_t number, const char* what) {
  std::string out;
  ProtoReader reader(message, what);
  while (const auto field = reader.next()) {
    if (field->key == proto_bytes(number)) out = field->as_string();
  }
  return out;
}

}  // namespace

// enum DescriptorType { UNKNOWN = 0; PATH = 1; CMD = 2; }
std::string encode_descriptor(std::string_view command) {
  ProtoWriter out;
  out.add_uint64(1, 2).add_bytes(2, command);
  return std::move(out).str();
}

std::string encode_path_descriptor(const std::vector<std::string>& path) {
  ProtoWriter out;
  out.add_uint64(1, 1);
  for (const std::string& part : path) out.add_bytes(3, part);
  return std::move(out).str();
}

std::string encode_ticket(std::string_view ticket) {
  ProtoWriter out;
  out.add_bytes_if(1, ticket);
  return std::move(out).str();
}

std::string encode_action(std::string_view type, std::string_view body) {
  ProtoWriter out;
  out.add_bytes(1, type).add_bytes_if(2, body);
  return std::move(out).str();
}

std::string encode_flight_data(std::string_view descriptor, std::string_view header,
                               std::string_view app_metadata, uint64_t body_size) {
  ProtoWriter out;
  out.add_bytes_if(1, descriptor).add_bytes_if(2, header).add_bytes_if(3, app_metadata);
  if (body_size > 0) out.begin_bytes(kDataBodyField, body_size);
  return std::move(out).str();
}

std::string encode_handshake_request(uint64_t version, std::string_view payload) {
  ProtoWriter out;
  if (version != 0) out.add_uint64(1, version);
  out.add_bytes_if(2, payload);
  return std::move(out).str();
}

std::string encode_cancel_flight_info(const FlightInfo& info) {
  ProtoWriter out;
  out.add_bytes(1, info.serialized);
  return std::move(out).str();
}

std::string encode_renew_endpoint(const FlightEndpoint& endpoint) {
  ProtoWriter out;
  out.add_bytes(1, encode_endpoint(endpoint));
  return std::move(out).str();
}

std::string encode_endpoint(const FlightEndpoint& endpoint) {
  if (!endpoint.serialized.empty()) return endpoint.serialized;
  ProtoWriter out;
  out.add_bytes(1, encode_ticket(endpoint.ticket));
  for (const auto& uri : endpoint.locations) {
    ProtoWriter location;
    location.add_bytes_if(1, uri);
    out.add_message(2, location);
  }
  if (endpoint.expiration_ns)
    out.add_bytes(3, encode_timestamp(*endpoint.expiration_ns));
  out.add_bytes_if(4, endpoint.app_metadata);
  return std::move(out).str();
}

FlightEndpoint decode_endpoint(std::string_view bytes) {
  FlightEndpoint out;
  out.serialized = bytes;
  ProtoReader reader(bytes, "FlightEndpoint");
  while (const auto field = reader.next()) {
    switch (field->key) {
      case proto_bytes(1):
        out.ticket = first_bytes(field->bytes, 1, "Ticket");
        break;
      case proto_bytes(2):
        out.locations.push_back(first_bytes(field->bytes, 1, "Location"));
        break;
      case proto_bytes(3):
        out.expiration_ns = decode_timestamp(field->bytes);
        break;
      case proto_bytes(4):
        out.app_metadata = field->as_string();
        break;
      default:
        break;
    }
  }
  return out;
}

FlightInfo decode_flight_info(std::string_view bytes) {
  FlightInfo out;
  out.serialized = bytes;
  // What is left out has proto3's default, and 0 means nothing better than unknown when
  // there are endpoints; without any it is the truth.
  out.total_records = 0;
  out.total_bytes = 0;
  ProtoReader reader(bytes, "FlightInfo");
  while (const auto field = reader.next()) {
    switch (field->key) {
      case proto_bytes(1):
        out.schema = field->as_string();
        break;
      case proto_bytes(3):
        out.endpoints.push_back(decode_endpoint(field->bytes));
        break;
      case proto_varint(4):
        out.total_records = field->as_int64();
        break;
      case proto_varint(5):
        out.total_bytes = field->as_int64();
        break;
      case proto_varint(6):
        out.ordered = field->as_bool();
        break;
      case proto_bytes(7):
        out.app_metadata = field->as_string();
        break;
      default:
        break;
    }
  }
  const bool some = !out.endpoints.empty();
  if (out.total_records < 0 || (some && out.total_records == 0)) out.total_records = -1;
  if (out.total_bytes < 0 || (some && out.total_bytes == 0)) out.total_bytes = -1;
  return out;
}

PollInfo decode_poll_info(std::string_view bytes) {
  PollInfo out;
  ProtoReader reader(bytes, "PollInfo");
  while (const auto field = reader.next()) {
    switch (field->key) {
      case proto_bytes(1):
        out.info = decode_flight_info(field->bytes);
        break;
      case proto_bytes(2):
        out.descriptor = field->as_string();
        break;
      case proto_fixed64(3):
        out.progress = field->as_double();
        break;
      case proto_bytes(4):
        out.expiration_ns = decode_timestamp(field->bytes);
        break;
      default:
        break;
    }
  }
  return out;
}

std::string decode_schema_result(std::string_view bytes) {
  return first_bytes(bytes, 1, "SchemaResult");
}

ActionResult decode_result(std::string_view bytes) {
  return {first_bytes(bytes, 1, "Result")};
}

std::string decode_put_result(std::string_view bytes) {
  return first_bytes(bytes, 1, "PutResult");
}

std::pair<std::string, std::string> decode_action_type(std::string_view bytes) {
  return {first_bytes(bytes, 1, "ActionType"), first_bytes(bytes, 2, "ActionType")};
}

FlightDataHead decode_flight_data_head(std::string_view bytes) {
  FlightDataHead out;
  ProtoReader reader(bytes, "FlightData");
  while (const auto field = reader.next()) {
    if (field->key == proto_bytes(2)) out.header = field->bytes;
    if (field->key == proto_bytes(3)) out.app_metadata = field->bytes;
  }
  return out;
}

std::string decode_handshake_response(std::string_view bytes) {
  return first_bytes(bytes, 2, "HandshakeResponse");
}

CancelStatus decode_cancel_result(std::string_view bytes) {
  uint64_t status = 0;
  ProtoReader reader(bytes, "CancelFlightInfoResult");
  while (const auto field = reader.next()) {
    if (field->key == proto_varint(1)) status = field->value;
  }
  return status <= 3 ? static_cast<CancelStatus>(status) : CancelStatus::kUnspecified;
}

}  // namespace fletching
