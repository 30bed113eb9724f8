// SPDX-License-Identifier: Apache-2.0
// One DoExchange: rows go out while the server's come in.
#pragma once

#include <atomic>
#include <deque>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrow/ipc_reader.h"
#include "arrow/ipc_writer.h"
#include "flight/client.h"
#include "flight/shared_call.h"

namespace fletching {

// What has come is handed out before more is sent, also while a message is out in part:
// a server that answers as it reads blocks nobody, and no more comes than the memory
// budget lets.
class ExchangeStream final : public FlightStream {
 public:
  // `rows`: what is sent, read on the reader's thread; null: nothing but the
  // descriptor. `messages`: what comes without rows is handed out too.
  ExchangeStream(std::shared_ptr<FlightPeer> peer, std::string descriptor,
                 std::unique_ptr<ResultStream> rows, bool messages, Headers headers);
  ~ExchangeStream() override;

  // Starts the call and sends the descriptor, with the schema of the rows.
  void begin(const Wait& wait);

  const ArrowSchema& schema(const Wait& wait) override;
  Next next(Batch& out, const Wait& wait, Deadline nap) override;
  [[nodiscard]] Progress progress() const override;
  void cancel() noexcept override { call_.cancel(*peer_); }
  // What is sent is the caller's code.
  [[nodiscard]] bool runs_foreign_code() const override { return source_ != nullptr; }
  std::string take_app_metadata() override { return std::exchange(app_metadata_, {}); }

 private:
  enum class Step { kBatch, kOther, kNap, kEnd };
  struct Outgoing {
    IpcEncoded message;
    std::string app_metadata;
  };

  void check_usable() const;
  Step step(Batch& out, const Wait& wait, Deadline nap);
  Step take(Message message, Batch& out);
  void send_more(const Wait& wait);
  void send_front(const Wait& wait);
  void note(Call::Wrote wrote);
  void next_batch(const Wait& wait);
  void encode_rows();
  void end_sending(const Wait& wait);

  const std::shared_ptr<FlightPeer> peer_;
  const Headers headers_;
  const bool messages_;
  std::string descriptor_;  // until it was sent
  std::unique_ptr<ResultStream> source_;
  std::unique_ptr<IpcWriter> writer_;  // null: no columns are sent

  UniqueArray batch_;        // what is being sent
  std::string sent_beside_;  // goes with the next message
  int64_t sent_ = 0;         // of its rows
  int64_t share_ = 0;        // rows of it that fit into a message
  std::deque<Outgoing> outgoing_;
  std::string head_;  // of the first of them, which is out in part
  std::vector<std::span<const uint8_t>> parts_;
  bool writing_ = false;
  bool sending_ = true;

  SharedCall call_;  // destroyed before what it refers to
  IpcReader reader_;
  std::deque<std::pair<Batch, std::string>> ready_;  // came before schema() was asked
  std::string app_metadata_;
  std::exception_ptr failure_;
  std::atomic<int64_t> rows_{0}, bytes_{0};
  bool ended_ = false;
  UniqueSchema no_schema_;
};

}  // namespace fletching
