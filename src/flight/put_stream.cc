// SPDX-License-Identifier: Apache-2.0
#include "flight/put_stream.h"

#include "base/fork_gate.h"
#include "flight/wire.h"

namespace fletching {
namespace {

constexpr size_t kMaxKept = 256 << 10;

}  // namespace

FlightPut::FlightPut(std::shared_ptr<FlightPeer> peer, std::string_view command,
                     Headers headers)
    : peer_(std::move(peer)),
      headers_(std::move(headers)),
      descriptor_(encode_descriptor(command)) {}

FlightPut::~FlightPut() {
  if (peer_->generation() != ForkGate::generation()) return;
  const ForkGate::Pass pass;
  call_.drop();
}

void FlightPut::check_usable() const {
  if (peer_->generation() != ForkGate::generation()) {
    throw Error(Code::kInvalidState,
                "DoPut: it was begun before fork (begin it again)");
  }
}

void FlightPut::begin(const Wait& wait) {
  peer_->log_in_if_due(wait);
  CallRequest request;
  request.method = "DoPut";
  request.deadline = wait.deadline;
  request.timed_bytes = true;
  request.headers = &headers_;
  call_.begin(peer_->start(request, wait));
}

void FlightPut::keep(const std::vector<std::span<const uint8_t>>& parts) {
  size_t size = 0;
  for (const auto& part : parts) size += part.size();
  kept_bytes_ += size;
  kept_all_ = kept_all_ && kept_bytes_ <= kMaxKept;
  if (!kept_all_) {
    kept_.clear();
    return;
  }
  std::string copy;
  copy.reserve(size);
  for (const auto& part : parts) copy += as_text(part);
  kept_.push_back(std::move(copy));
}

bool FlightPut::send(std::span<const std::span<const uint8_t>> parts,
                     const Wait& wait) {
  // Results are taken while we write, or a server that answers each batch is blocked.
  take_ready();
  if (ended_ || failure_) return false;
  return call_->write(parts, wait);
}

bool FlightPut::write(const IpcEncoded& message, const Wait& wait) {
  const ForkGate::Pass pass;
  check_usable();
  const std::string head =
      encode_flight_data(std::exchange(descriptor_, {}), as_text(message.header), "",
                         static_cast<uint64_t>(message.body_size));
  std::vector<std::span<const uint8_t>> parts{as_octets(head)};
  parts.insert(parts.end(), message.body.begin(), message.body.end());
  keep(parts);
  return send(parts, wait);
}

void FlightPut::send_kept(const Wait& wait) {
  for (const auto& message : kept_) {
    if (!call_->write(message, wait)) return;
  }
}

void FlightPut::take_ready() const {
  try {
    Message message;
    while (!ended_ && !failure_) {
      const auto more = call_->read_ready(message);
      if (!more) return;
      if (*more) {
        results_.push_back(decode_put_result(as_text(message.head)));
      } else {
        ended_ = true;
      }
    }
  } catch (const Error&) {
    failure_ = std::current_exception();
  }
}

std::vector<std::string> FlightPut::results() const {
  const ForkGate::Pass pass;
  check_usable();
  take_ready();
  return results_;
}

std::vector<std::string> FlightPut::finish(const Wait& wait) {
  const ForkGate::Pass pass;
  check_usable();
  if (!descriptor_.empty()) {
    const std::string bare =
        encode_flight_data(std::exchange(descriptor_, {}), "", "", 0);
    const std::vector<std::span<const uint8_t>> parts{as_octets(bare)};
    keep(parts);
    static_cast<void>(send(parts, wait));
  }
  for (;;) {
    try {
      call_->half_close(wait);
      Message message;
      while (!ended_ && !failure_) {
        if (call_->read(message, wait)) {
          results_.push_back(decode_put_result(as_text(message.head)));
        } else {
          ended_ = true;
        }
      }
      if (failure_) std::rethrow_exception(failure_);
      return results_;
    } catch (const Error& error) {
      const bool again =
          kept_all_ && results_.empty() &&
          peer_->prepare_retry(rule_, error, call_->answered(), call_->version(), wait);
      if (!again) throw;
      failure_ = nullptr;
      begin(wait);
      send_kept(wait);
    }
  }
}

}  // namespace fletching
