// SPDX-License-Identifier: Apache-2.0
#include "base/fork_gate.h"
#include "flight/peer.h"
#include "flight/wire.h"

namespace fletching {

CallRequest CallRequest::for_rows(std::string_view method, uint32_t window,
                                  const Headers& headers) {
  CallRequest request;
  request.method = method;
  request.split_field = kDataBodyField;
  request.stream_window = window;
  request.timed_bytes = true;
  request.headers = &headers;
  return request;
}

ChannelLease::ChannelLease(std::shared_ptr<Network> net, std::string name,
                           std::shared_ptr<Channel> of)
    : network(std::move(net)), key(std::move(name)), channel(std::move(of)) {}

ChannelLease::~ChannelLease() {
  if (channel->usable()) network->give(key, std::move(channel));
}

PeerCall::PeerCall(std::shared_ptr<FlightPeer> peer,
                   std::shared_ptr<ChannelLease> lease, std::unique_ptr<Call> call,
                   bool origin, std::string host, std::string path, bool secure,
                   uint64_t version)
    : peer_(std::move(peer)),
      lease_(std::move(lease)),
      call_(std::move(call)),
      origin_(origin),
      host_(std::move(host)),
      path_(std::move(path)),
      secure_(secure),
      version_(version) {}

bool PeerCall::write(std::string_view message, const Wait& wait, bool last) {
  const std::span<const uint8_t> part = as_octets(message);
  return call_->write({&part, 1}, wait, last);
}

bool PeerCall::write(std::span<const std::span<const uint8_t>> parts,
                     const Wait& wait) {
  return call_->write(parts, wait);
}

bool PeerCall::read(Message& out, const Wait& wait, Deadline nap, bool* napped) {
  bool slept = false;
  bool got = false;
  try {
    got = call_->read(out, wait, nap, &slept);
  } catch (const Error& error) {
    // With a gRPC status the call is over and its metadata is there.
    if (error.vendor_code() != 0) {
      learn_start(wait);
      learn_end();
    }
    throw;
  }
  if (slept) {
    if (napped != nullptr) *napped = true;
    return false;
  }
  learn_start(wait);
  if (got) {
    answered_ = true;
  } else {
    learn_end();
  }
  return got;
}

std::optional<bool> PeerCall::read_ready(Message& out) {
  if (!call_->readable()) return std::nullopt;
  // A large compressed message is not decompressed at once either.
  bool napped = false;
  const bool more = read(out, Wait{}, Deadline::at(Clock::now()), &napped);
  return napped ? std::nullopt : std::optional<bool>(more);
}

bool PeerCall::drained(std::string_view action) noexcept {
  try {
    Message ignored;
    while (const auto more = read_ready(ignored)) {
      if (!*more) return true;
    }
    return false;
  } catch (const Error& error) {
    peer_->actions().learn(action, error);
    return true;
  } catch (...) {
    return true;
  }
}

void PeerCall::learn_start(const Wait& wait) {
  if (learnt_start_ || !learns_) return;
  learnt_start_ = true;
  try {
    peer_->learn(call_->headers(wait), origin_, {host_, path_, secure_});
  } catch (const Error&) {
    // There were none: the call has failed before.
  }
}

void PeerCall::learn_end() {
  if (!learns_) return;
  peer_->learn(call_->trailers(), origin_, {host_, path_, secure_});
}

}  // namespace fletching
