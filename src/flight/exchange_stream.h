// SPDX-License-Identifier: Apache-2.0
// One DoExchange: rows go out while the server's come in.
#pragma once

#include <atomic>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "arrow/ipc_reader.h"
#include "arrow/ipc_writer.h"
#include "flight/client.h"
#include "flight/peer.h"

namespace fletching {

// Each next() takes what the server has sent already before it sends more, and sends
// one message at a time: a server that answers as it reads never blocks, and what waits
// here is what it makes of one message.
class ExchangeStream final : public FlightStream {
 public:
  // `rows`: what is sent, read on the reader's thread; null: nothing but the
  // descriptor.
  ExchangeStream(std::shared_ptr<FlightPeer> peer, std::string descriptor,
                 std::unique_ptr<ResultStream> rows, Headers headers);
  ~ExchangeStream() override;

  // Starts the call and sends the descriptor, with the schema of the rows.
  void begin(const Wait& wait);

  const ArrowSchema& schema(const Wait& wait) override;
  Next next(Batch& out, const Wait& wait, Deadline nap) override;
  [[nodiscard]] Progress progress() const override;
  void cancel() noexcept override;
  std::string take_app_metadata() override { return std::exchange(app_metadata_, {}); }

 private:
  enum class Step { kBatch, kOther, kNap, kEnd };

  void check_usable() const;
  Step step(Batch& out, const Wait& wait, Deadline nap);
  Step take(Message message, Batch& out);
  void send_more(const Wait& wait);
  void send_rows(const Wait& wait);
  void send(const IpcEncoded& message, const Wait& wait);
  void end_sending(const Wait& wait);

  const std::shared_ptr<FlightPeer> peer_;
  const Headers headers_;
  std::string descriptor_;  // until it was sent
  std::unique_ptr<ResultStream> source_;
  std::unique_ptr<IpcWriter> writer_;
  UniqueArray batch_;  // what is being sent
  int64_t sent_ = 0;   // of its rows
  int64_t share_ = 0;  // rows of it that fit into a message
  bool sending_ = true;

  mutable std::mutex mutex_;  // guards call_ against cancel()
  PeerCall call_;
  bool cancelled_ = false;  // under mutex_
  IpcReader reader_;
  std::deque<Batch> ready_;  // rows that came before schema() was asked
  std::string app_metadata_;
  std::exception_ptr failure_;
  std::atomic<int64_t> rows_{0}, bytes_{0};
  bool ended_ = false;
  UniqueSchema no_schema_;
};

}  // namespace fletching
