// SPDX-License-Identifier: Apache-2.0
// The rows of one FlightInfo: DoGet over its endpoints, several at a time, handed out
// in endpoint order.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "arrow/ipc_reader.h"
#include "flight/client.h"
#include "flight/endpoint_renewal.h"
#include "flight/endpoint_schedule.h"
#include "flight/http_rows.h"
#include "flight/peer.h"
#include "flight/transcript.h"

namespace fletching {

class EndpointStream final : public FlightStream {
 public:
  EndpointStream(std::shared_ptr<FlightPeer> peer, FlightInfo info,
                 Headers headers = {});
  ~EndpointStream() override;

  // Sends the first calls that need no new connection; errors show when rows are read.
  void begin(const Wait& wait);

  const ArrowSchema& schema(const Wait& wait) override;
  Next next(Batch& out, const Wait& wait, Deadline nap) override;
  [[nodiscard]] Progress progress() const override;
  void cancel() noexcept override;
  [[nodiscard]] bool runs_foreign_code() const override;
  std::string take_app_metadata() override { return std::exchange(app_metadata_, {}); }

 private:
  static constexpr int kMostResumes = 3;

  // One endpoint being read.
  struct Slot {
    std::vector<ReadTarget> targets;
    size_t target = 0;      // of targets, the one that was called
    RetryRule rule{false};  // one for each target
    PeerCall call;
    std::unique_ptr<HttpRows> http;  // in place of the call
    IpcReader reader;
    // Of an endpoint whose ticket may be used again.
    std::unique_ptr<Transcript> transcript;
    int attempts = kMostResumes;  // left, until something new comes

    // What comes next is there, or comes by itself.
    [[nodiscard]] bool readable() const {
      return http != nullptr ? http->readable() : call.readable();
    }
    [[nodiscard]] const Channel* channel() const noexcept {
      return http != nullptr ? nullptr : call.channel();
    }
  };
  enum class Step { kBatch, kOther, kNap, kEnd };

  void check_usable() const;
  [[nodiscard]] Wait stoppable(const Wait& wait) const;
  Step step(Batch& out, const Wait& wait, Deadline nap);
  Step step_guarded(Batch& out, const Wait& wait, Deadline nap);
  void open_ahead(const Wait& wait, bool only_quick);
  void renew_if_ending(size_t endpoint, const Wait& wait);
  void open_slot(Slot& slot, size_t endpoint, const Wait& wait);
  void send_ticket(Slot& slot, size_t endpoint, const Wait& wait);
  [[nodiscard]] bool is_quick(size_t endpoint) const;
  void close_slot(size_t endpoint);
  bool wait_readable(Slot& current, const Wait& wait, Deadline nap);
  void drive_others(const Slot& current, const Wait& wait);
  std::vector<Call*> calls_but(const Slot& current) const;
  bool reopen(Slot& slot, const Error& error, const Wait& wait);
  bool resume(Slot& slot, const Error& error, const Wait& wait);
  [[nodiscard]] bool is_reusable(size_t endpoint) const;
  bool wait_http(Slot& slot, const Wait& wait, Deadline nap);
  Step read_http(Slot& slot, Batch& out, const Wait& wait);
  bool read_elsewhere(Slot& slot, const Error& error, const Wait& wait);
  [[nodiscard]] const ArrowSchema* known_schema();
  Step take_message(Slot& slot, Message message, Batch& out);
  Step take_ipc(Slot& slot, std::span<const uint8_t> header, Body body, Batch& out);
  Step end_slot(bool has_schema);
  void take_schema(const ArrowSchema& schema);
  void finish_rows();
  void fail(std::exception_ptr why);
  [[nodiscard]] Error placed(const Error& error) const;

  const std::shared_ptr<FlightPeer> peer_;
  const Headers headers_;  // of its calls, instead of others of the same names
  FlightInfo info_;        // endpoints are renewed by the reader, the rest stays
  const EndpointLife life_{std::chrono::system_clock::now()};
  EndpointSchedule schedule_;
  const uint32_t window_;
  CancelToken stop_;  // of cancel()
  std::atomic<int64_t> rows_{0}, bytes_{0};

  mutable std::mutex mutex_;  // guards slots_ against cancel()
  std::map<size_t, std::unique_ptr<Slot>> slots_;

  // The reader's own.
  std::set<std::string> unreachable_;  // locations that could not be connected to
  UniqueSchema schema_;
  UniqueSchema told_;         // of the FlightInfo, once it was needed
  std::vector<Batch> ready_;  // rows that came before schema() was asked
  std::string app_metadata_;
  std::exception_ptr failure_;
  bool ended_ = false;
};

}  // namespace fletching
