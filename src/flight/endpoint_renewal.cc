// SPDX-License-Identifier: Apache-2.0
#include "flight/endpoint_renewal.h"

#include <algorithm>

#include "flight/peer.h"
#include "flight/wire.h"

namespace fletching {
namespace {

constexpr const char* kAction = "RenewFlightEndpoint";
constexpr std::chrono::nanoseconds kNear = std::chrono::seconds(10);

}  // namespace

bool EndpointLife::is_ending(const FlightEndpoint& endpoint,
                             Moment now) const noexcept {
  if (!endpoint.expiration_ns) return false;
  using std::chrono::nanoseconds;
  const int64_t end = *endpoint.expiration_ns;
  const int64_t got = nanoseconds(got_.time_since_epoch()).count();
  const int64_t at = nanoseconds(now.time_since_epoch()).count();
  if (end <= at) return true;
  if (end <= got) return false;  // a clock was set; the end is not reached yet
  return end - at < std::min<int64_t>(kNear.count(), (end - got) / 2);
}

std::optional<FlightEndpoint> renew_on_server(FlightPeer& peer,
                                              const FlightEndpoint& endpoint,
                                              const Wait& wait) {
  if (peer.actions().lacks(kAction)) return std::nullopt;
  CallRequest request;
  request.method = "DoAction";
  request.retry_safe = true;
  try {
    const auto answers = peer.exchange(
        request, encode_action(kAction, encode_renew_endpoint(endpoint)), wait);
    if (answers.empty()) return std::nullopt;
    FlightEndpoint renewed = decode_endpoint(decode_result(answers.front()).body);
    if (renewed.ticket.empty()) return std::nullopt;
    return renewed;
  } catch (const Error& error) {
    peer.actions().learn(kAction, error);
    const bool ours =
        error.code() == Code::kCancelled || error.code() == Code::kTimeout;
    if (ours && error.vendor_code() == 0) throw;
    return std::nullopt;
  }
}

}  // namespace fletching
