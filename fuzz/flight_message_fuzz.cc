// SPDX-License-Identifier: Apache-2.0
// Everything that the flight layer reads from outside: messages of Flight.proto,
// cookies and locations. The first byte chooses.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fletching/error.h"
#include "flight/cookies.h"
#include "flight/location.h"
#include "flight/messages.h"
#include "flight/wire.h"

namespace fletching {
namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

void any_message(std::string_view bytes) {
  ProtoReader reader(bytes, "fuzz");
  size_t total = 0;
  while (const auto field = reader.next()) total += field->bytes.size();
  check(total <= bytes.size());
}

void flight_info(std::string_view bytes) {
  const FlightInfo info = decode_flight_info(bytes);
  check(info.serialized == bytes);
  check(info.total_records >= -1 && info.total_bytes >= -1);
  for (const auto& endpoint : info.endpoints) {
    const FlightEndpoint again = decode_endpoint(endpoint.serialized);
    check(again.ticket == endpoint.ticket && again.locations == endpoint.locations);
    FlightEndpoint bare = endpoint;
    bare.serialized.clear();
    const FlightEndpoint written = decode_endpoint(encode_endpoint(bare));
    check(written.ticket == endpoint.ticket && written.locations == endpoint.locations);
  }
}

void flight_data(std::string_view bytes) {
  const FlightDataHead head = decode_flight_data_head(bytes);
  check(head.header.size() + head.app_metadata.size() <= bytes.size());
}

void small_messages(std::string_view bytes) {
  static_cast<void>(decode_put_result(bytes));
  static_cast<void>(decode_action_type(bytes));
  static_cast<void>(decode_handshake_response(bytes));
  static_cast<void>(decode_cancel_result(bytes));
  static_cast<void>(decode_poll_info(bytes));
}

void any_wrapper(std::string_view bytes) {
  if (const auto any = unpack_any(bytes)) {
    check(any->type_url.size() + any->value.size() <= bytes.size());
  }
}

void cookies(std::string_view bytes) {
  CookieJar jar;
  const CookieJar::Place place{"host", "/arrow.flight.protocol.FlightService/DoGet",
                               true};
  const CookieJar::Moment now{std::chrono::seconds(1'700'000'000)};
  jar.absorb({{"set-cookie", std::string(bytes)}}, place, now);
  const std::string sent = jar.header(place, now);
  for (const char c : sent) check(c >= 0x20 && c < 0x7f);
  check(jar.header({"other", place.path, true}, now).empty());
}

// Whatever a TLS origin advertises, nothing secret goes out unencrypted.
void location(std::string_view bytes) {
  FlightOptions options;
  options.channel.host = "origin";
  options.channel.port = 443;
  options.channel.tls.enabled = true;
  FlightEndpoint endpoint;
  endpoint.locations = {std::string(bytes)};
  for (const auto& target : targets_of(endpoint, options)) {
    check(target.origin || !target.trusted || target.channel.tls.enabled);
  }
}

void run(uint8_t which, std::string_view bytes) {
  switch (which % 7) {
    case 0:
      return any_message(bytes);
    case 1:
      return flight_info(bytes);
    case 2:
      return flight_data(bytes);
    case 3:
      return small_messages(bytes);
    case 4:
      return any_wrapper(bytes);
    case 5:
      return cookies(bytes);
    default:
      return location(bytes);
  }
}

}  // namespace
}  // namespace fletching

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  try {
    fletching::run(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  } catch (const fletching::Error&) {
    // Said to be malformed: what it is for.
  }
  return 0;
}
