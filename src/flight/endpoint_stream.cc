// SPDX-License-Identifier: Apache-2.0
#include "flight/endpoint_stream.h"

#include <algorithm>

#include "base/backoff.h"
#include "base/fork_gate.h"
#include "base/log.h"
#include "flight/schema_match.h"
#include "flight/wire.h"

namespace fletching {
namespace {

[[noreturn]] void invalid(const std::string& what) {
  throw Error(Code::kInvalidData, "DoGet: " + what);
}

[[noreturn]] void not_as_before() {
  throw Error(
      Code::kIo,
      "DoGet: the connection was lost in the middle of the result, and what the "
      "server sends again is not what it sent (run the query again)",
      "08006");
}

UniqueSchema empty_schema() {
  UniqueSchema out;
  ArrowSchemaInit(out.get());
  NANOARROW_THROW_NOT_OK(ArrowSchemaSetTypeStruct(out.get(), 0));
  return out;
}

// The wait of the caller is over; the stream itself is as it was.
bool is_callers_own(const Error& error) {
  return error.vendor_code() == 0 &&
         (error.code() == Code::kCancelled || error.code() == Code::kTimeout);
}

}  // namespace

EndpointStream::EndpointStream(std::shared_ptr<FlightPeer> peer, FlightInfo info,
                               Headers headers)
    : peer_(std::move(peer)),
      headers_(std::move(headers)),
      info_(std::move(info)),
      schedule_(info_.endpoints.size(), peer_->options().endpoint_concurrency),
      window_(window_of(peer_->options().memory_budget, schedule_.width(),
                        peer_->options().channel.stream_window)) {}

EndpointStream::~EndpointStream() {
  if (peer_->generation() != ForkGate::generation()) {
    // What another process's calls hold stays as it was at the fork.
    for (auto& [endpoint, slot] : slots_) static_cast<void>(slot.release());
    return;
  }
  const ForkGate::Pass pass;
  slots_.clear();
}

void EndpointStream::check_usable() const {
  if (peer_->generation() != ForkGate::generation()) {
    throw Error(Code::kInvalidState,
                "result: it was opened before fork (run the query again in the child)");
  }
  if (stop_.cancelled()) {
    throw Error(Code::kCancelled, "result: cancelled");
  }
  if (failure_) std::rethrow_exception(failure_);
}

void EndpointStream::begin(const Wait& wait) { open_ahead(wait, true); }

void EndpointStream::cancel() noexcept {
  // After a fork the token's event is the parent's too.
  if (peer_->generation() != ForkGate::generation()) return;
  stop_.cancel();
  const ForkGate::Pass pass;
  const std::lock_guard lock(mutex_);
  for (auto& [endpoint, slot] : slots_) {
    if (slot->call) slot->call.cancel();
  }
}

bool EndpointStream::runs_foreign_code() const {
  const FlightOptions& options = peer_->options();
  if (options.parquet_reader == nullptr) return false;
  const auto is_http = [&](const std::string& uri) {
    return http_target(uri, options).has_value();
  };
  return std::any_of(
      info_.endpoints.begin(), info_.endpoints.end(), [&](const auto& e) {
        return std::any_of(e.locations.begin(), e.locations.end(), is_http);
      });
}

Progress EndpointStream::progress() const {
  Progress out;
  out.rows = rows_.load(std::memory_order_relaxed);
  out.bytes = bytes_.load(std::memory_order_relaxed);
  out.total_rows = info_.total_records;
  out.total_bytes = info_.total_bytes;
  return out;
}

// ---- opening ----

bool EndpointStream::is_quick(size_t endpoint) const {
  const auto targets = targets_of(info_.endpoints[endpoint], peer_->options());
  return targets.front().origin || unreachable_.contains(targets.front().name);
}

void EndpointStream::open_ahead(const Wait& wait, bool only_quick) {
  while (const auto endpoint = schedule_.to_open()) {
    const bool needed = *endpoint == schedule_.current() && !only_quick;
    const auto current = slots_.find(schedule_.current());
    only_quick = only_quick || (current != slots_.end() && current->second->readable());
    auto slot = std::make_unique<Slot>();
    try {
      // Connecting for rows of later must not hold up rows that are there.
      if (!needed && only_quick && !is_quick(*endpoint)) return;
      renew_if_ending(*endpoint, wait);
      slot->targets = targets_of(info_.endpoints[*endpoint], peer_->options());
      open_slot(*slot, *endpoint, wait);
    } catch (const Error& error) {
      // A limit of a location's own is that location's failure.
      if (is_callers_own(error) &&
          (wait.deadline.expired() || error.code() == Code::kCancelled)) {
        throw;
      }
      schedule_.open_failed(std::current_exception());
      return;
    }
    schedule_.opened();
    const std::lock_guard lock(mutex_);
    const auto added = slots_.emplace(*endpoint, std::move(slot)).first;
    // A cancel may just have missed the new call.
    if (stop_.cancelled() && added->second->call) added->second->call.cancel();
  }
}

void EndpointStream::renew_if_ending(size_t endpoint, const Wait& wait) {
  FlightEndpoint& old = info_.endpoints[endpoint];
  if (!life_.is_ending(old, std::chrono::system_clock::now())) return;
  if (auto renewed = renew_on_server(*peer_, old, wait)) old = std::move(*renewed);
}

void EndpointStream::open_slot(Slot& slot, size_t endpoint, const Wait& wait) {
  std::exception_ptr first;
  for (; slot.target < slot.targets.size(); ++slot.target) {
    const ReadTarget& target = slot.targets[slot.target];
    const bool last = slot.target + 1 == slot.targets.size();
    if (!last && unreachable_.contains(target.name)) continue;
    try {
      slot.rule = RetryRule(false);
      if (target.http()) {
        slot.http = std::make_unique<HttpRows>(target, peer_->options(), wait);
      } else {
        if (is_reusable(endpoint)) slot.transcript = std::make_unique<Transcript>();
        send_ticket(slot, endpoint, wait);
      }
      return;
    } catch (const Error& error) {
      // Not the user's own deadline, but that for connecting to a location.
      if (wait.deadline.expired() || error.code() == Code::kCancelled) throw;
      if (!first) first = std::current_exception();
      if (!target.origin) unreachable_.insert(target.name);
      if (last) break;
    }
  }
  std::rethrow_exception(first);
}

void EndpointStream::send_ticket(Slot& slot, size_t endpoint, const Wait& wait) {
  const CallRequest request = CallRequest::for_rows("DoGet", window_, headers_);
  peer_->log_in_if_due(wait);
  PeerCall call = peer_->start_at(slot.targets[slot.target], request, wait);
  call.write(encode_ticket(info_.endpoints[endpoint].ticket), wait, true);
  const std::lock_guard lock(mutex_);
  slot.call = std::move(call);
  if (stop_.cancelled()) slot.call.cancel();
}

void EndpointStream::close_slot(size_t endpoint) {
  std::unique_ptr<Slot> gone;
  const std::lock_guard lock(mutex_);
  const auto found = slots_.find(endpoint);
  gone = std::move(found->second);
  slots_.erase(found);
}

// A call that failed before its first message is tried again where the server cannot
// have acted on it, or where the endpoint says that its ticket may be used again.
bool EndpointStream::reopen(Slot& slot, const Error& error, const Wait& wait) {
  if (slot.http != nullptr || slot.call.answered()) return false;
  const size_t endpoint = schedule_.current();
  if (peer_->prepare_retry(slot.rule, error, false, slot.call.version(), wait)) {
    send_ticket(slot, endpoint, wait);
    return true;
  }
  const bool reusable = is_reusable(endpoint);
  const bool elsewhere = slot.target + 1 < slot.targets.size();
  if (error.code() != Code::kIo || !elsewhere ||
      !(reusable || never_processed(error))) {
    return false;
  }
  ++slot.target;
  open_slot(slot, endpoint, wait);
  return true;
}

bool EndpointStream::is_reusable(size_t endpoint) const {
  const auto& expiration = info_.endpoints[endpoint].expiration_ns;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return expiration &&
         *expiration >
             std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

// A connection that was lost in the middle of an endpoint whose ticket may be used
// again: it is read from the start, and what came before is passed over.
bool EndpointStream::resume(Slot& slot, const Error& error, const Wait& wait) {
  constexpr int32_t kUnavailable = 14;
  const bool lost = error.code() == Code::kIo &&
                    (error.vendor_code() == 0 || error.vendor_code() == kUnavailable);
  if (!lost || slot.transcript == nullptr) return false;
  Backoff backoff(std::chrono::milliseconds(100), std::chrono::seconds(2));
  while (slot.attempts > 0 && is_reusable(schedule_.current())) {
    --slot.attempts;
    wait_for({}, wait, "waiting to read a result again",
             Deadline::after(backoff.next()));
    try {
      slot.transcript->begin_again();
      send_ticket(slot, schedule_.current(), wait);
      log(LogLevel::kInfo, "result: read again after: " + error.message());
      return true;
    } catch (const Error& e) {
      if (is_callers_own(e)) throw;
    }
  }
  return false;
}

// ---- waiting ----

// Calls are cancelled themselves, but before there is one somebody may be connecting.
Wait EndpointStream::stoppable(const Wait& wait) const {
  Wait out = wait;
  out.stop = &stop_;
  return out;
}

std::vector<Call*> EndpointStream::calls_but(const Slot& current) const {
  std::vector<Call*> out;
  for (const auto& [endpoint, slot] : slots_) {
    if (slot.get() != &current && slot->call) out.push_back(&slot->call.raw());
  }
  return out;
}

// False: the nap is over. The connections of all endpoints move on meanwhile.
bool EndpointStream::wait_readable(Slot& current, const Wait& wait, Deadline nap) {
  if (current.readable()) return true;
  const std::vector<Call*> others = calls_but(current);
  // Alone it is read directly, which waits as well.
  if (others.empty()) return true;
  Call* const call = &current.call.raw();
  return peer_->network().wait_any({&call, 1}, wait, nap, others) == 0;
}

// While the current call has rows at hand nobody waits, but other connections must move
// on too: their PINGs be answered, their windows opened.
void EndpointStream::drive_others(const Slot& current, const Wait& wait) {
  if (!current.readable()) return;  // waiting for it drives them
  const auto elsewhere = [&](const auto& entry) {
    return entry.second->channel() != current.channel();
  };
  if (std::none_of(slots_.begin(), slots_.end(), elsewhere)) return;
  static_cast<void>(peer_->network().wait_any({}, wait, Deadline::at(Clock::now()),
                                              calls_but(current)));
}

// ---- reading ----

Error EndpointStream::placed(const Error& error) const {
  if (info_.endpoints.size() < 2 || schedule_.done()) return error;
  return error.with_context("endpoint " + std::to_string(schedule_.current() + 1) +
                            " of " + std::to_string(info_.endpoints.size()));
}

void EndpointStream::fail(std::exception_ptr why) {
  failure_ = std::move(why);
  std::map<size_t, std::unique_ptr<Slot>> gone;
  const std::lock_guard lock(mutex_);
  gone.swap(slots_);
}

void EndpointStream::take_schema(const ArrowSchema& schema) {
  if (schema_->release != nullptr) {
    const auto difference = schema_difference(*schema_.get(), schema);
    if (!difference.empty()) {
      invalid("the endpoints of one result have different schemas: " + difference);
    }
    return;
  }
  // Servers that leave column metadata out of the data may have it in the FlightInfo.
  if (!info_.schema.empty() && !has_metadata(schema)) {
    try {
      UniqueSchema told = decode_schema(as_octets(info_.schema));
      if (schema_difference(*told.get(), schema).empty()) {
        schema_ = std::move(told);
        return;
      }
    } catch (const Error&) {
      // The data's own schema is what counts.
    }
  }
  NANOARROW_THROW_NOT_OK(ArrowSchemaDeepCopy(&schema, schema_.get()));
}

EndpointStream::Step EndpointStream::take_message(Slot& slot, Message message,
                                                  Batch& out) {
  bytes_.fetch_add(static_cast<int64_t>(message.wire_size), std::memory_order_relaxed);
  const FlightDataHead head = decode_flight_data_head(as_text(message.head));
  if (!head.app_metadata.empty()) app_metadata_ = head.app_metadata;
  if (head.header.empty()) {
    if (message.body.size() > 0) invalid("the server sent a body without a header");
    return Step::kOther;
  }
  return take_ipc(slot, as_octets(head.header), std::move(message.body), out);
}

EndpointStream::Step EndpointStream::take_ipc(Slot& slot,
                                              std::span<const uint8_t> header,
                                              Body body, Batch& out) {
  switch (slot.reader.read(header, std::move(body))) {
    case IpcMessage::kSchema:
      take_schema(slot.reader.schema());
      return Step::kOther;
    case IpcMessage::kBatch:
      break;
    case IpcMessage::kDictionary:
      return Step::kOther;
    case IpcMessage::kOther:
      // Passed over, what it holds would be missing without a word.
      invalid(
          "the server sent an Arrow message that is no schema, dictionary or batch");
  }
  out.rows = slot.reader.take_batch();
  out.ops.clear();
  rows_.fetch_add(out.rows->length, std::memory_order_relaxed);
  return Step::kBatch;
}

void EndpointStream::finish_rows() {
  ended_ = true;
  if (schema_->release == nullptr) {
    schema_ =
        info_.schema.empty() ? empty_schema() : decode_schema(as_octets(info_.schema));
  }
  const int64_t rows = rows_.load(std::memory_order_relaxed);
  if (peer_->options().check_total_records && info_.total_records > 0 &&
      rows != info_.total_records) {
    invalid("the server announced " + std::to_string(info_.total_records) +
            " rows and sent " + std::to_string(rows) + " (the result is not complete)");
  }
}

EndpointStream::Step EndpointStream::step(Batch& out, const Wait& wait, Deadline nap) {
  if (schedule_.done()) {
    finish_rows();
    return Step::kEnd;
  }
  const auto found = slots_.find(schedule_.current());
  open_ahead(wait, found != slots_.end() && found->second->readable());
  if (const auto failure = schedule_.failure()) std::rethrow_exception(failure);
  Slot& slot = *slots_.at(schedule_.current());
  drive_others(slot, wait);
  if (slot.http != nullptr) {
    return wait_http(slot, wait, nap) ? read_http(slot, out, wait) : Step::kNap;
  }
  if (!wait_readable(slot, wait, nap)) return Step::kNap;
  Message message;
  bool napped = false;
  bool more = false;
  try {
    more = slot.call.read(message, wait, nap, &napped);
  } catch (const Error& error) {
    if (is_callers_own(error)) throw;
    if (!reopen(slot, error, wait) && !resume(slot, error, wait)) throw;
    return Step::kOther;
  }
  if (napped) return Step::kNap;
  if (more && slot.transcript != nullptr) {
    switch (slot.transcript->take(message)) {
      case Transcript::Verdict::kRepeated:
        return Step::kOther;
      case Transcript::Verdict::kOther:
        not_as_before();
      case Transcript::Verdict::kNew:
        slot.attempts = kMostResumes;
    }
  }
  if (more) return take_message(slot, std::move(message), out);
  if (slot.transcript != nullptr && !slot.transcript->caught_up()) not_as_before();
  return end_slot(slot.reader.has_schema());
}

// False: the nap is over. Connections of other endpoints move on meanwhile.
bool EndpointStream::wait_http(Slot& slot, const Wait& wait, Deadline nap) {
  const std::vector<Call*> others = calls_but(slot);
  while (true) {
    const Deadline soon =
        others.empty() ? Deadline::never() : Deadline::after(std::chrono::seconds(1));
    if (slot.http->wait_readable(wait, nap.earlier(soon))) return true;
    if (nap.expired()) return false;
    static_cast<void>(
        peer_->network().wait_any({}, wait, Deadline::at(Clock::now()), others));
  }
}

EndpointStream::Step EndpointStream::read_http(Slot& slot, Batch& out,
                                               const Wait& wait) {
  HttpRows& http = *slot.http;
  const bool was_known = http.schema() != nullptr;
  HttpRows::Step step = HttpRows::Step::kOther;
  try {
    step = http.next(out, [this] { return known_schema(); }, wait);
  } catch (const Error& error) {
    if (is_callers_own(error) || !read_elsewhere(slot, error, wait)) throw;
    return Step::kOther;
  }
  bytes_.fetch_add(http.take_bytes(), std::memory_order_relaxed);
  const ArrowSchema* schema = http.schema();
  if (!was_known && schema != nullptr) take_schema(*schema);
  if (step == HttpRows::Step::kEnd) return end_slot(schema != nullptr);
  if (step == HttpRows::Step::kOther) return Step::kOther;
  out.ops.clear();
  rows_.fetch_add(out.rows->length, std::memory_order_relaxed);
  return Step::kBatch;
}

// The next location, where the one that was asked has given nothing.
bool EndpointStream::read_elsewhere(Slot& slot, const Error& error, const Wait& wait) {
  if (!slot.http->untouched() || slot.target + 1 == slot.targets.size()) return false;
  log(LogLevel::kInfo, "result: read elsewhere after: " + error.message());
  slot.http.reset();
  ++slot.target;
  try {
    open_slot(slot, schedule_.current(), wait);
  } catch (const Error& e) {
    if (is_callers_own(e) && (wait.deadline.expired() || stop_.cancelled())) throw;
    throw error;  // the first place says most
  }
  return true;
}

// What the columns have to be, as far as anybody has told.
const ArrowSchema* EndpointStream::known_schema() {
  if (schema_->release != nullptr) return schema_.get();
  if (info_.schema.empty()) return nullptr;
  if (told_->release == nullptr) told_ = decode_schema(as_octets(info_.schema));
  return told_.get();
}

EndpointStream::Step EndpointStream::end_slot(bool has_schema) {
  // A call without a message: no rows, if anything else tells the schema.
  if (!has_schema && info_.schema.empty() && info_.endpoints.size() == 1) {
    invalid("the server ended the result without a schema");
  }
  close_slot(schedule_.current());
  schedule_.ended();
  return Step::kOther;
}

EndpointStream::Step EndpointStream::step_guarded(Batch& out, const Wait& wait,
                                                  Deadline nap) {
  try {
    return step(out, stoppable(wait), nap);
  } catch (const Error& error) {
    if (stop_.cancelled()) {
      fail(std::make_exception_ptr(Error(Code::kCancelled, "result: cancelled")));
    } else if (is_callers_own(error)) {
      throw;
    } else {
      fail(std::make_exception_ptr(placed(error)));
    }
    std::rethrow_exception(failure_);
  }
}

const ArrowSchema& EndpointStream::schema(const Wait& wait) {
  const ForkGate::Pass pass;
  if (schema_->release != nullptr) return *schema_.get();
  check_usable();
  while (schema_->release == nullptr) {
    Batch batch;
    if (step_guarded(batch, wait, Deadline::never()) == Step::kBatch) {
      ready_.push_back(std::move(batch));
    }
  }
  return *schema_.get();
}

Next EndpointStream::next(Batch& out, const Wait& wait, Deadline nap) {
  const ForkGate::Pass pass;
  check_usable();
  if (!ready_.empty()) {
    out = std::move(ready_.front());
    ready_.erase(ready_.begin());
    return Next::kBatch;
  }
  while (!ended_) {
    switch (step_guarded(out, wait, nap)) {
      case Step::kBatch:
        return Next::kBatch;
      case Step::kNap:
        return Next::kNothingYet;
      default:
        break;
    }
  }
  return Next::kEnd;
}

}  // namespace fletching
