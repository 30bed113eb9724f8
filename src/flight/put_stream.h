// SPDX-License-Identifier: Apache-2.0
// One DoPut.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "flight/client.h"
#include "flight/shared_call.h"

namespace fletching {

// What was written is kept while it is small, so that a call which the server provably
// did not run, or refused for an old token, can be sent again.
class FlightPut final : public PutStream {
 public:
  FlightPut(std::shared_ptr<FlightPeer> peer, std::string_view command,
            Headers headers = {});
  ~FlightPut() override;

  // Starts the call without sending anything.
  void begin(const Wait& wait);

  bool write(const IpcEncoded& message, const Wait& wait) override;
  std::vector<std::string> finish(const Wait& wait) override;
  [[nodiscard]] std::vector<std::string> results() const override;
  void cancel() noexcept override { call_.cancel(*peer_); }

 private:
  void check_usable() const;
  void keep(const std::vector<std::span<const uint8_t>>& parts);
  bool send(std::span<const std::span<const uint8_t>> parts, const Wait& wait);
  void send_kept(const Wait& wait);
  void take_ready() const;

  const std::shared_ptr<FlightPeer> peer_;
  const Headers headers_;
  std::string descriptor_;  // until it was sent
  RetryRule rule_{false};
  mutable SharedCall call_;
  bool kept_all_ = true;
  size_t kept_bytes_ = 0;
  std::vector<std::string> kept_;
  mutable std::vector<std::string> results_;
  mutable std::exception_ptr failure_;
  mutable bool ended_ = false;
};

}  // namespace fletching
