// SPDX-License-Identifier: Apache-2.0
#include "flight/exchange_stream.h"

#include <algorithm>

#include "arrow/row_slices.h"
#include "base/fork_gate.h"
#include "flight/wire.h"

namespace fletching {
namespace {

// gRPC servers take 4 MiB unless they are told otherwise.
constexpr int64_t kMaxMessage = int64_t{4} << 20;
// A server that is kept from answering may stop reading, and who writes to it then
// waits for ever: so what it answers to one message is taken however much that is.
constexpr uint32_t kWindow = uint32_t{1} << 30;

bool is_callers_own(const Error& error) {
  return error.vendor_code() == 0 &&
         (error.code() == Code::kCancelled || error.code() == Code::kTimeout);
}

}  // namespace

ExchangeStream::ExchangeStream(std::shared_ptr<FlightPeer> peer, std::string descriptor,
                               std::unique_ptr<ResultStream> rows, Headers headers)
    : peer_(std::move(peer)),
      headers_(std::move(headers)),
      descriptor_(std::move(descriptor)),
      source_(std::move(rows)) {}

ExchangeStream::~ExchangeStream() {
  if (peer_->generation() != ForkGate::generation()) {
    static_cast<void>(source_.release());  // foreign code of the parent's
    return;
  }
  const ForkGate::Pass pass;
  call_ = PeerCall();
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
  CallRequest request;
  request.method = "DoExchange";
  request.split_field = kDataBodyField;
  request.timed_bytes = true;
  request.stream_window = kWindow;
  request.headers = &headers_;
  {
    PeerCall call = peer_->start(request, wait);
    const std::lock_guard lock(mutex_);
    call_ = std::move(call);
    if (cancelled_) call_.cancel();
  }
  if (source_ == nullptr) {
    static_cast<void>(call_.write(
        encode_flight_data(std::exchange(descriptor_, {}), "", "", 0), wait));
    return end_sending(wait);
  }
  writer_ = std::make_unique<IpcWriter>(source_->schema(wait));
  send(writer_->schema(), wait);
}

// ---- sending ----

void ExchangeStream::send(const IpcEncoded& message, const Wait& wait) {
  const std::string head =
      encode_flight_data(std::exchange(descriptor_, {}), as_text(message.header), "",
                         static_cast<uint64_t>(message.body_size));
  std::vector<std::span<const uint8_t>> parts{as_octets(head)};
  parts.insert(parts.end(), message.body.begin(), message.body.end());
  // The server has ended the call: reading tells why.
  if (!call_.write(parts, wait)) sending_ = false;
}

void ExchangeStream::end_sending(const Wait& wait) {
  sending_ = false;
  call_.half_close(wait);
}

// One message more, or the end.
void ExchangeStream::send_more(const Wait& wait) {
  if (batch_->release == nullptr || sent_ == batch_->length) {
    batch_.reset();
    Batch next;
    if (source_->next(next, wait) == Next::kEnd) return end_sending(wait);
    batch_ = std::move(next.rows);
    sent_ = 0;
    share_ = batch_->length;
    if (batch_->length == 0) return;
  }
  send_rows(wait);
}

void ExchangeStream::send_rows(const Wait& wait) {
  while (true) {
    const int64_t count = std::min(share_, batch_->length - sent_);
    const ArrowArray slice = borrow_rows(*batch_.get(), sent_, count);
    const std::vector<IpcEncoded> encoded = writer_->batch(slice);
    const bool fits = encoded.back().body_size <= kMaxMessage || count == 1;
    // Dictionaries go once, whatever becomes of the rows.
    for (size_t i = 0; i < encoded.size() - (fits ? 0 : 1) && sending_; ++i) {
      send(encoded[i], wait);
    }
    if (fits) {
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
  if (head.header.empty()) return Step::kOther;
  if (reader_.read(as_octets(head.header), std::move(message.body)) !=
      IpcMessage::kBatch) {
    return Step::kOther;
  }
  out.rows = reader_.take_batch();
  out.ops.clear();
  rows_.fetch_add(out.rows->length, std::memory_order_relaxed);
  return Step::kBatch;
}

ExchangeStream::Step ExchangeStream::step(Batch& out, const Wait& wait, Deadline nap) {
  try {
    Message message;
    if (sending_) {
      Call* const call = &call_.raw();
      static_cast<void>(
          peer_->network().wait_any({&call, 1}, wait, Deadline::at(Clock::now()), {}));
      const auto more = call_.read_ready(message);
      if (!more) {
        send_more(wait);
        return Step::kOther;
      }
      sending_ = *more;
      return *more ? take(std::move(message), out) : Step::kEnd;
    }
    bool napped = false;
    if (call_.read(message, wait, nap, &napped)) return take(std::move(message), out);
    return napped ? Step::kNap : Step::kEnd;
  } catch (const Error& error) {
    // While something is being sent a wait that ends has reset the call.
    if (is_callers_own(error) && !sending_) throw;
    failure_ = std::make_exception_ptr(error);
    call_.cancel();
    throw;
  } catch (...) {
    if (sending_) {
      failure_ = std::make_exception_ptr(
          Error(Code::kCancelled, "DoExchange: sending was interrupted"));
      call_.cancel();
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
    if (done == Step::kBatch) ready_.push_back(std::move(batch));
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
    out = std::move(ready_.front());
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

void ExchangeStream::cancel() noexcept {
  if (peer_->generation() != ForkGate::generation()) return;
  const ForkGate::Pass pass;
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  if (call_) call_.cancel();
}

}  // namespace fletching
