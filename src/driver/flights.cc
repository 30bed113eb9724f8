// SPDX-License-Identifier: Apache-2.0
#include "driver/flights.h"

#include <nanoarrow/nanoarrow.hpp>

#include <utility>

#include "arrow/c_stream.h"
#include "driver/row_cap.h"
#include "driver/state.h"

namespace fletching {
namespace {

// Destroyed here, left alone in a forked child.
template <class T>
void drop(std::unique_ptr<T>& held, uint32_t generation) noexcept {
  if (held == nullptr) return;
  if (generation != ForkGate::generation()) {
    static_cast<void>(held.release());
    return;
  }
  const ForkGate::Pass pass;
  held.reset();
}

int64_t count_of(std::optional<int64_t> updated) {
  if (updated) return *updated;
  throw Error(Code::kNotImplemented,
              "update: the server has no such command (run it as a query)");
}

std::unique_ptr<ResultStream> rows_of(ArrowArrayStream* parameters) {
  if (parameters == nullptr) return nullptr;
  UniqueArrayStream taken;
  ArrowArrayStreamMove(parameters, taken.get());
  return import_stream(std::move(taken));
}

bool copy(const ArrowSchema* from, ArrowSchema* to) {
  if (from == nullptr) return false;
  NANOARROW_THROW_NOT_OK(ArrowSchemaDeepCopy(from, to));
  return true;
}

}  // namespace

// ---- one ticket ----

struct FlightReader::State {
  const uint32_t generation = ForkGate::generation();
  std::shared_ptr<Connection::State> connection;  // outlives the stream
  Settings settings;
  std::unique_ptr<TicketStream> stream;  // null once closed or given away
  SharedToken token;
  Wait wait;

  ~State() { drop(stream, generation); }

  TicketStream& open() {
    if (stream != nullptr) return *stream;
    throw Error(Code::kInvalidState,
                "the rows of this ticket were read already, or the reader is closed");
  }
};

FlightReader::FlightReader(std::shared_ptr<State> state) : state_(std::move(state)) {}

const ArrowSchema& FlightReader::schema() {
  const Entry entry(state_->generation);
  return state_->open().schema(state_->wait);
}

bool FlightReader::next(ArrowArray* out, std::string& app_metadata) {
  const Entry entry(state_->generation);
  TicketStream& stream = state_->open();
  Batch batch;
  const bool more = stream.next(batch, state_->wait) == Next::kBatch;
  app_metadata = stream.take_app_metadata();
  if (more) ArrowArrayMove(batch.rows.get(), out);
  return more;
}

Result FlightReader::rest() {
  const Entry entry(state_->generation);
  static_cast<void>(state_->open());
  return make_result(state_->connection, state_->settings, state_->token,
                     std::move(state_->stream), state_->wait.deadline);
}

void FlightReader::cancel() noexcept {
  quietly(state_->generation, [this] { state_->token->cancel(); });
}

void FlightReader::close() noexcept { drop(state_->stream, state_->generation); }

// ---- prepared ----

struct PreparedCalls::State {
  const uint32_t generation = ForkGate::generation();
  std::shared_ptr<Connection::State> connection;
  std::shared_ptr<Flights> flights;
  std::unique_ptr<PreparedFlight> prepared;  // null once closed
  std::chrono::nanoseconds timeout{0};

  ~State() { drop(prepared, generation); }

  PreparedFlight& open() {
    if (prepared != nullptr) return *prepared;
    throw Error(Code::kInvalidState, "the prepared statement is closed");
  }
};

PreparedCalls::PreparedCalls(std::shared_ptr<State> state) : state_(std::move(state)) {}

bool PreparedCalls::parameter_schema(ArrowSchema* out) const {
  const Entry entry(state_->generation);
  return copy(state_->open().parameter_schema(), out);
}

bool PreparedCalls::dataset_schema(ArrowSchema* out) const {
  const Entry entry(state_->generation);
  return copy(state_->open().dataset_schema(), out);
}

std::string PreparedCalls::info(ArrowArrayStream* parameters) {
  const Entry entry(state_->generation);
  const auto rows = rows_of(parameters);
  const Operation run = state_->connection->operation(state_->timeout);
  return state_->open().info(rows.get(), run.wait);
}

int64_t PreparedCalls::update(ArrowArrayStream* parameters) {
  const Entry entry(state_->generation);
  const auto rows = rows_of(parameters);
  const Operation run = state_->connection->operation(state_->timeout);
  return count_of(state_->open().update(rows.get(), run.wait));
}

void PreparedCalls::close() noexcept { drop(state_->prepared, state_->generation); }

// ---- calls ----

FlightCalls::FlightCalls(const Connection& connection, const CallHeaders& headers,
                         std::chrono::nanoseconds timeout)
    : connection_(connection.state_), timeout_(timeout) {
  const Entry entry(connection_->generation);
  flights_ = connection_->open_session()->flights(headers);
}

std::string FlightCalls::info(std::string_view sql) {
  const Entry entry(connection_->generation);
  const Operation run = connection_->operation(limit(&Settings::query_timeout));
  return flights_->info(capped(sql), run.wait);
}

std::string FlightCalls::info(const SubstraitPlan& plan) {
  const Entry entry(connection_->generation);
  const Operation run = connection_->operation(limit(&Settings::query_timeout));
  return flights_->info(plan, run.wait);
}

std::string FlightCalls::metadata(const MetadataRequest& request) {
  const Entry entry(connection_->generation);
  const Operation run = connection_->operation(limit(&Settings::query_timeout));
  return flights_->metadata(request, run.wait);
}

int64_t FlightCalls::update(std::string_view sql) {
  const Entry entry(connection_->generation);
  const Operation run = connection_->operation(limit(&Settings::update_timeout));
  return count_of(flights_->update(sql, run.wait));
}

PreparedCalls FlightCalls::prepare(std::string_view sql) {
  const Entry entry(connection_->generation);
  const auto timeout = limit(&Settings::query_timeout);
  const Operation run = connection_->operation(timeout);
  auto state = std::make_shared<PreparedCalls::State>();
  state->connection = connection_;
  state->flights = flights_;
  state->timeout = timeout;
  state->prepared = flights_->prepare(capped(sql), run.wait);
  return PreparedCalls(std::move(state));
}

std::shared_ptr<FlightReader::State> FlightCalls::begin_reading() {
  Operation run = connection_->operation(limit(&Settings::fetch_timeout));
  auto state = std::make_shared<FlightReader::State>();
  state->connection = connection_;
  {
    const std::lock_guard lock(connection_->mutex);
    state->settings = connection_->settings;
  }
  state->token = std::move(run.token);
  state->wait = run.wait;
  return state;
}

FlightReader FlightCalls::read(std::string ticket, std::vector<std::string> locations,
                               std::string schema) {
  const Entry entry(connection_->generation);
  auto state = begin_reading();
  state->stream = flights_->read(std::move(ticket), std::move(locations),
                                 std::move(schema), state->wait);
  return FlightReader(std::move(state));
}

FlightReader FlightCalls::exchange(const FlightDescriptor& descriptor,
                                   std::unique_ptr<ResultStream> rows,
                                   ExchangeRows how) {
  const Entry entry(connection_->generation);
  auto state = begin_reading();
  state->stream = flights_->exchange(descriptor, std::move(rows), how, state->wait);
  return FlightReader(std::move(state));
}

std::string FlightCalls::capped(std::string_view sql) const {
  const ServerProfile* profile = connection_->known_profile();
  const std::lock_guard lock(connection_->mutex);
  const RowCap cap = row_cap(connection_->settings, profile);
  return CappedSql(sql, cap, dialect_of(profile)).sql();
}

std::chrono::nanoseconds FlightCalls::limit(
    std::chrono::nanoseconds Settings::* usual) const {
  if (timeout_.count() != 0) return timeout_;
  const std::lock_guard lock(connection_->mutex);
  return connection_->settings.*usual;
}

}  // namespace fletching
