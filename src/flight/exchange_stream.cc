// SPDX-License-Identifier: Apache-2.0
#include "flight/exchange_stream.h"

#include <algorithm>
#include <tuple>

#include "arrow/row_slices.h"
#include "base/fork_gate.h"
#include "flight/endpoint_schedule.h"
#include "flight/wire.h"

namespace fletching {
namespace {

// gRPC servers take 4 MiB unless they are told otherwise.
constexpr int64_t kMaxMessage = int64_t{4} << 20;

bool is_callers_own(const Error& error) {
  return error.vendor_code() == 0 &&
         (error.code() == Code::kCancelled || error.code() == Code::kTimeout);
}

}  // namespace

ExchangeStream::ExchangeStream(std::shared_ptr<FlightPeer> peer, std::string descriptor,
                               std::unique_ptr<ResultStream> rows, bool messages,
                               Headers headers)
    : peer_(std::move(peer)),
      headers_(std::move(headers)),
      messages_(messages),
      descriptor_(std::move(descriptor)),
      source_(std::move(rows)) {}

ExchangeStream::~ExchangeStream() {
  if (peer_->generation() != ForkGate::generation()) {
    static_cast<void>(source_.release());  // foreign code of the parent's
    return;
  }
  const ForkGate::Pass pass;
  call_.drop();
  source_.reset();
}

void ExchangeStream::check_usable() const {
  if (peer_->generation() != ForkGate::generation()) {
    throw Error(Code::kInvalidState,
                "DoExchange: it was begun before fork (begin it again)");
  }
  if (failure_) std::rethrow_exception(failure_);
}

void ExchangeStream::begin(const Wait& wait) {
  peer_->log_in_if_due(wait);
  const FlightOptions& options = peer_->options();
  const uint32_t window =
      window_of(options.memory_budget, 1, options.channel.stream_window);
  call_.begin(
      peer_->start(CallRequest::for_rows("DoExchange", window, headers_), wait));
  const bool has_columns = source_ != nullptr && source_->schema(wait).n_children > 0;
  if (has_columns) {
    writer_ = std::make_unique<IpcWriter>(source_->schema(wait));
    outgoing_.push_back({writer_->schema(), ""});
  } else {
    outgoing_.emplace_back();
  }
  send_front(wait);
  if (source_ == nullptr && !writing_) end_sending(wait);
}

// ---- sending ----

void ExchangeStream::send_front(const Wait& wait) {
  const Outgoing& next = outgoing_.front();
  head_ = encode_flight_data(std::exchange(descriptor_, {}),
                             as_text(next.message.header), next.app_metadata,
                             static_cast<uint64_t>(next.message.body_size));
  parts_.assign({as_octets(head_)});
  parts_.insert(parts_.end(), next.message.body.begin(), next.message.body.end());
  writing_ = true;
  note(call_->raw().write_or_read(parts_, wait));
}

void ExchangeStream::note(Call::Wrote wrote) {
  if (wrote == Call::Wrote::kReadable) return;
  writing_ = false;
  outgoing_.pop_front();
  // The server has ended the call: reading tells why.
  if (wrote == Call::Wrote::kOver) sending_ = false;
}

void ExchangeStream::end_sending(const Wait& wait) {
  sending_ = false;
  call_->half_close(wait);
}

// Goes on with the message that is out in part, or with the next one; or ends it.
void ExchangeStream::send_more(const Wait& wait) {
  if (writing_) return note(call_->raw().go_on_writing(wait));
  if (!outgoing_.empty()) return send_front(wait);
  if (batch_->release == nullptr || sent_ == batch_->length) {
    if (source_ == nullptr) return end_sending(wait);
    return next_batch(wait);
  }
  encode_rows();
}

void ExchangeStream::next_batch(const Wait& wait) {
  batch_.reset();
  Batch next;
  if (source_->next(next, wait) == Next::kEnd) return end_sending(wait);
  sent_beside_ = std::move(next.app_metadata);
  if (next.rows->release == nullptr) {
    outgoing_.push_back({{}, std::exchange(sent_beside_, {})});
    return;
  }
  if (writer_ == nullptr) {
    throw Error(Code::kInvalidArgument,
                "DoExchange: rows of a source that has told no columns");
  }
  batch_ = std::move(next.rows);
  sent_ = 0;
  share_ = batch_->length;
  // Without rows it is sent for what goes beside it.
  if (share_ == 0 && !sent_beside_.empty()) encode_rows();
}

// The next messages of the batch, which is cut into what a server takes. What goes
// beside it goes with the first rows of it.
void ExchangeStream::encode_rows() {
  while (true) {
    const int64_t count = std::min(share_, batch_->length - sent_);
    const ArrowArray slice = borrow_rows(*batch_.get(), sent_, count);
    std::vector<IpcEncoded> encoded = writer_->batch(slice);
    const bool fits = encoded.back().body_size <= kMaxMessage || count <= 1;
    // Dictionaries go once, whatever becomes of the rows.
    for (size_t i = 0; i + 1 < encoded.size(); ++i) {
      outgoing_.push_back({std::move(encoded[i]), ""});
    }
    if (fits) {
      outgoing_.push_back({std::move(encoded.back()), std::exchange(sent_beside_, {})});
      sent_ += count;
      return;
    }
    share_ = std::max<int64_t>(1, count / 2);
  }
}

// ---- reading ----

ExchangeStream::Step ExchangeStream::take(Message message, Batch& out) {
  bytes_.fetch_add(static_cast<int64_t>(message.wire_size), std::memory_order_relaxed);
  const FlightDataHead head = decode_flight_data_head(as_text(message.head));
  if (!head.app_metadata.empty()) app_metadata_ = head.app_metadata;
  out.ops.clear();
  out.rows.reset();
  if (head.header.empty()) {
    return messages_ && !app_metadata_.empty() ? Step::kBatch : Step::kOther;
  }
  if (reader_.read(as_octets(head.header), std::move(message.body)) !=
      IpcMessage::kBatch) {
    return Step::kOther;
  }
  out.rows = reader_.take_batch();
  rows_.fetch_add(out.rows->length, std::memory_order_relaxed);
  return Step::kBatch;
}

ExchangeStream::Step ExchangeStream::step(Batch& out, const Wait& wait, Deadline nap) {
  try {
    Message message;
    if (sending_) {
      Call* const call = &call_->raw();
      static_cast<void>(
          peer_->network().wait_any({&call, 1}, wait, Deadline::at(Clock::now()), {}));
      const auto more = call_->read_ready(message);
      if (!more) {
        send_more(wait);
        return Step::kOther;
      }
      sending_ = *more;
      return *more ? take(std::move(message), out) : Step::kEnd;
    }
    bool napped = false;
    if (call_->read(message, wait, nap, &napped)) return take(std::move(message), out);
    return napped ? Step::kNap : Step::kEnd;
  } catch (const Error& error) {
    // While something is being sent a wait that ends has reset the call.
    if (is_callers_own(error) && !sending_) throw;
    failure_ = std::make_exception_ptr(error);
    call_->cancel();
    throw;
  } catch (...) {
    if (sending_) {
      failure_ = std::make_exception_ptr(
          Error(Code::kCancelled, "DoExchange: sending was interrupted"));
      call_->cancel();
    }
    throw;
  }
}

const ArrowSchema& ExchangeStream::schema(const Wait& wait) {
  const ForkGate::Pass pass;
  check_usable();
  while (!reader_.has_schema() && !ended_) {
    Batch batch;
    const Step done = step(batch, wait, Deadline::never());
    if (done == Step::kBatch) {
      ready_.emplace_back(std::move(batch), std::exchange(app_metadata_, {}));
    }
    ended_ = done == Step::kEnd;
  }
  if (reader_.has_schema()) return reader_.schema();
  // The server has answered without rows of any kind.
  if (no_schema_->release == nullptr) {
    ArrowSchemaInit(no_schema_.get());
    NANOARROW_THROW_NOT_OK(ArrowSchemaSetTypeStruct(no_schema_.get(), 0));
  }
  return *no_schema_.get();
}

Next ExchangeStream::next(Batch& out, const Wait& wait, Deadline nap) {
  const ForkGate::Pass pass;
  check_usable();
  if (!ready_.empty()) {
    std::tie(out, app_metadata_) = std::move(ready_.front());
    ready_.pop_front();
    return Next::kBatch;
  }
  while (!ended_) {
    switch (step(out, wait, nap)) {
      case Step::kBatch:
        return Next::kBatch;
      case Step::kNap:
        return Next::kNothingYet;
      case Step::kEnd:
        ended_ = true;
        break;
      case Step::kOther:
        break;
    }
  }
  return Next::kEnd;
}

Progress ExchangeStream::progress() const {
  Progress out;
  out.rows = rows_.load(std::memory_order_relaxed);
  out.bytes = bytes_.load(std::memory_order_relaxed);
  return out;
}

}  // namespace fletching
