// SPDX-License-Identifier: Apache-2.0
// The answer of a Flight service message by message: rows, and what goes beside them
// (FlightData.app_metadata).
#pragma once

#include <functional>
#include <memory>
#include <string>

struct ArrowArray;
struct ArrowSchema;

namespace fletching {

class Result;

// One thread reads; cancel() may come from any. Everything may throw fletching::Error;
// after fork only closing works, quietly.
class FlightReader {
 public:
  // A struct type; valid as long as the reader. Waits for the first message.
  const ArrowSchema& schema();
  // Fills in the next batch (a struct array the caller releases) and the app_metadata
  // that came with it or, of a ticket's rows, before it. False at the end; app_metadata
  // may have come even then. Of an exchange a message without rows comes by itself:
  // true, and no array.
  bool next(ArrowArray* out, std::string& app_metadata);
  // The rest as a result, which reads ahead; nothing is left here.
  [[nodiscard]] Result rest();
  void cancel() noexcept;
  void close() noexcept;

  struct State;
  explicit FlightReader(std::shared_ptr<State> state);

 private:
  std::shared_ptr<State> state_;
};

// Gives the next batch to be sent (which is taken) and what goes beside it: one of them
// or both. False at the end. Called on the thread that reads the answer, without locks
// held; may throw, which ends the exchange.
using ExchangeSource = std::function<bool(ArrowArray* rows, std::string* app_metadata)>;

}  // namespace fletching
