// SPDX-License-Identifier: Apache-2.0
#include "flightsql/cancelling_stream.h"

#include <utility>

#include "base/fork_gate.h"
#include "flightsql/actions.h"

namespace fletching {
namespace {

constexpr std::chrono::seconds kCancelTime{2};
constexpr const char* kCancelInfo = "CancelFlightInfo";  // bare
constexpr const char* kCancelQuery = "CancelQuery";      // in an Any; deprecated

class CancellingStream : public ResultStream {
 public:
  CancellingStream(std::shared_ptr<Remote> remote, FlightInfo info)
      : generation_(ForkGate::generation()), remote_(std::move(remote)) {
    one_endpoint_ = info.endpoints.size() <= 1;
    over_ = info.endpoints.empty();
    told_.serialized = info.serialized;
    info_ = std::move(info);
  }

  // After construction, so that a failure here is one of a query that runs.
  void open(const Wait& wait) {
    try {
      inner_ = remote_->client->read(std::move(info_), wait);
    } catch (const Error& error) {
      note(error, wait);
      throw;
    }
  }

  ~CancellingStream() override {
    if (generation_ != ForkGate::generation()) return;
    const ForkGate::Pass pass;
    if (!over_ && !has_ended()) cancel_on_server_later(*remote_->client, told_);
  }

  const ArrowSchema& schema(const Wait& wait) override {
    try {
      return inner_->schema(wait);
    } catch (const Error& error) {
      note(error, wait);
      throw;
    }
  }

  Next next(Batch& out, const Wait& wait, Deadline nap) override {
    try {
      // Also where a batch is ready and nothing would wait.
      if (!over_ && was_cancelled(wait) && !has_ended()) {
        throw Error(Code::kCancelled, "reading the result: cancelled");
      }
      const Next step = inner_->next(out, wait, nap);
      started_ = started_ || step == Next::kBatch;
      if (step == Next::kEnd) over_ = true;
      return step;
    } catch (const Error& error) {
      note(error, wait);
      throw;
    }
  }

  [[nodiscard]] bool runs_foreign_code() const override {
    return inner_->runs_foreign_code();
  }
  [[nodiscard]] Progress progress() const override { return inner_->progress(); }
  void cancel() noexcept override { inner_->cancel(); }

 private:
  void note(const Error& error, const Wait& wait) {
    if (over_) return;
    if (error.code() == Code::kCancelled) {
      over_ = true;
      // The server's own word needs no answer.
      if (error.vendor_code() == 0 || was_cancelled(wait)) {
        if (inner_) inner_->cancel();
        cancel_on_server(*remote_->client, told_, wait.tick);
      }
    } else if (error.code() != Code::kTimeout || error.vendor_code() != 0) {
      // The server has given up; what it does for other endpoints it may go on doing.
      over_ = one_endpoint_;
    }
  }

  [[nodiscard]] static bool was_cancelled(const Wait& wait) {
    return wait.cancel != nullptr && wait.cancel->cancelled();
  }

  // Most results that are dropped before their end have nothing left but the end, and
  // that has come already.
  [[nodiscard]] bool has_ended() noexcept {
    if (!one_endpoint_ || !started_) return false;
    try {
      Batch rest;
      return inner_->next(rest, Wait{}, Deadline::at(Clock::now())) == Next::kEnd;
    } catch (const Error& error) {
      return error.code() != Code::kCancelled;
    } catch (...) {
      return false;
    }
  }

  const uint32_t generation_;
  const std::shared_ptr<Remote> remote_;
  FlightInfo told_;  // only `serialized`
  FlightInfo info_;  // until it is opened
  std::unique_ptr<FlightStream> inner_;
  bool one_endpoint_ = true;
  bool started_ = false;
  bool over_ = false;  // nothing to tell the server
};

}  // namespace

void cancel_on_server(FlightClient& client, const FlightInfo& info,
                      Tick* tick) noexcept {
  const Wait wait{Deadline::after(kCancelTime), nullptr, tick};
  if (!client.lacks_action(kCancelInfo)) {
    try {
      static_cast<void>(client.cancel_flight_info(info, wait));
      return;
    } catch (const Error& error) {
      if (error.code() == Code::kInvalidState) {  // closed meanwhile
        return cancel_on_server_later(client, info);
      }
      // Go servers say INVALID_ARGUMENT to actions that they do not know.
      if (error.code() != Code::kNotImplemented &&
          error.code() != Code::kInvalidArgument) {
        return;
      }
    } catch (...) {
      return;  // the tick's: whoever cancelled is impatient
    }
  }
  if (client.lacks_action(kCancelQuery)) return;
  try {
    static_cast<void>(
        client.do_action(kCancelQuery, cancel_query_body(info.serialized), wait, true));
  } catch (...) {
    // The stream is reset in any case; servers that look at that stop too.
  }
}

void cancel_on_server_later(FlightClient& client, const FlightInfo& info) noexcept {
  try {
    if (!client.lacks_action(kCancelInfo)) {
      client.close_later(kCancelInfo, encode_cancel_flight_info(info));
    } else if (!client.lacks_action(kCancelQuery)) {
      client.close_later(kCancelQuery, cancel_query_body(info.serialized));
    }
  } catch (...) {
    // Out of memory: the server sees the stream reset.
  }
}

std::unique_ptr<ResultStream> read_cancelling(std::shared_ptr<Remote> remote,
                                              FlightInfo info, const Wait& wait) {
  auto stream = std::make_unique<CancellingStream>(std::move(remote), std::move(info));
  stream->open(wait);
  return stream;
}

}  // namespace fletching
