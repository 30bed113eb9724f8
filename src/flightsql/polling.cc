// SPDX-License-Identifier: Apache-2.0
#include "flightsql/polling.h"

#include <algorithm>

#include "base/backoff.h"
#include "base/fork_gate.h"
#include "flightsql/cancelling_stream.h"

namespace fletching {
namespace {

using std::chrono::milliseconds;

constexpr int kMostFailures = 8;  // in a row
constexpr milliseconds kFirstBackOff{100}, kLongestBackOff{5000};
// A poll may last as long as the server likes. Those that do not wait are asked less
// and less often.
constexpr milliseconds kShortPoll{50}, kFirstPause{5}, kLongestPause{500};

void sleep(std::chrono::nanoseconds span, const Wait& wait) {
  static_cast<void>(wait_for({}, wait, "waiting for the query", Deadline::after(span)));
}

bool is_passing(const Error& error) {
  return (error.code() == Code::kIo && error.vendor_code() != 0) ||
         (error.code() == Code::kTimeout && error.vendor_code() != 0);
}

class Polling {
 public:
  Polling(Remote& remote, const ProgressCallback& progress, const Wait& wait)
      : remote_(remote), progress_(progress), wait_(wait) {}

  FlightInfo run(std::string_view command) {
    descriptor_ = encode_descriptor(command);
    PollInfo answer;
    try {
      answer = remote_.client->poll_flight_info(descriptor_, wait_, false);
    } catch (const Error& error) {
      if (!is_unimplemented(error)) throw;
      remote_.memory->note_lacks_polling();
      return remote_.client->get_flight_info(command, wait_);
    }
    try {
      while (!take(std::move(answer))) answer = ask_again();
    } catch (...) {
      if (info_) cancel_on_server(*remote_.client, *info_, wait_.tick);
      throw;
    }
    if (!info_) {
      throw Error(Code::kInvalidData,
                  "PollFlightInfo: the server says that the query is done, but not "
                  "where its rows are");
    }
    return std::move(*info_);
  }

 private:
  // True: it was the last one.
  bool take(PollInfo answer) {
    // Each holds everything so far; one without may come at first, or after a failure.
    if (answer.info) info_ = std::move(answer.info);
    const bool done = answer.descriptor.empty();
    if (!done) descriptor_ = std::move(answer.descriptor);
    if (progress_) {
      Progress now;
      if (info_) {
        now.total_rows = info_->total_records;
        now.total_bytes = info_->total_bytes;
      }
      if (answer.progress) now.fraction = std::clamp(*answer.progress, 0.0, 1.0);
      const ForkGate::Outside outside;  // the face's code
      progress_(now);
    }
    return done;
  }

  PollInfo ask_again() {
    pace();
    Backoff back_off(kFirstBackOff, kLongestBackOff);
    for (int failures = 0;;) {
      try {
        asked_ = Clock::now();
        return remote_.client->poll_flight_info(descriptor_, wait_, true);
      } catch (const Error& error) {
        if (!is_passing(error) || ++failures > kMostFailures) throw;
      }
      sleep(back_off.next(), wait_);
    }
  }

  void pace() {
    if (Clock::now() - asked_ < kShortPoll) {
      sleep(pause_, wait_);
      pause_ = std::min(pause_ * 2, kLongestPause);
    } else {
      pause_ = kFirstPause;
    }
  }

  Remote& remote_;
  const ProgressCallback& progress_;
  const Wait& wait_;
  std::string descriptor_;
  std::optional<FlightInfo> info_;
  Clock::time_point asked_ = Clock::now();
  milliseconds pause_ = kFirstPause;
};

}  // namespace

FlightInfo poll_to_end(Remote& remote, std::string_view command,
                       const ProgressCallback& progress, const Wait& wait) {
  return Polling(remote, progress, wait).run(command);
}

}  // namespace fletching
