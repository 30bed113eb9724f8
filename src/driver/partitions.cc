// SPDX-License-Identifier: Apache-2.0
#include "driver/partitions.h"

#include <utility>

#include "arrow/c_stream.h"
#include "arrow/ipc_reader.h"
#include "arrow/row_slices.h"
#include "driver/state.h"
#include "driver/statement_run.h"
#include "flight/messages.h"
#include "flight/wire.h"

namespace fletching {
namespace {

// FlightInfo's fields (Flight.proto).
constexpr uint32_t kSchema = 1;
constexpr uint32_t kEndpoint = 3;
constexpr uint32_t kTotalRecords = 4;
constexpr uint32_t kTotalBytes = 5;

// The text with the row of parameters in it.
std::string written_out(const PreparedText& text, ParameterRows& rows,
                        const Wait& wait) {
  const auto stream = rows.stream(wait);
  LiteralText literals(text, stream->schema(wait));
  RowCursor cursor(rows, wait);
  static_cast<void>(cursor.next(wait));
  return literals.of(cursor.batch(), cursor.place());
}

// Of a text or a plan.
template <class Query>
std::vector<std::string> run_in_parts(
    Statement& statement, const std::shared_ptr<Connection::State>& connection,
    const Query& query, ArrowSchema* out) {
  const std::string info = FlightCalls(Connection(connection), {}, {}).info(query);
  if (out != nullptr && !announced_schema(info, out)) {
    statement.execute_schema(query, out);
  }
  return partitions_of(info);
}

}  // namespace

std::vector<std::string> partitions_of(std::string_view flight_info) {
  const FlightInfo info = decode_flight_info(flight_info);
  std::vector<std::string> partitions;
  for (const FlightEndpoint& endpoint : info.endpoints) {
    ProtoWriter part;
    part.add_bytes_if(kSchema, info.schema);
    part.add_bytes(kEndpoint, encode_endpoint(endpoint));
    // How many of the whole are here, nobody says.
    part.add_int64(kTotalRecords, -1).add_int64(kTotalBytes, -1);
    partitions.push_back(std::move(part).str());
  }
  return partitions;
}

bool announced_schema(std::string_view flight_info, ArrowSchema* out) {
  const FlightInfo info = decode_flight_info(flight_info);
  if (info.schema.empty()) return false;
  const auto* bytes = reinterpret_cast<const uint8_t*>(info.schema.data());
  UniqueSchema schema = decode_schema({bytes, info.schema.size()});
  ArrowSchemaMove(schema.get(), out);
  return true;
}

Result read_partition(FlightCalls& calls, std::string_view partition) {
  FlightInfo info;
  try {
    info = decode_flight_info(partition);
  } catch (const Error& e) {
    throw Error(Code::kInvalidArgument, "partition: " + e.message());
  }
  if (info.endpoints.size() != 1) {
    throw Error(Code::kInvalidArgument,
                "partition: a FlightInfo with one endpoint is needed, this has " +
                    std::to_string(info.endpoints.size()));
  }
  FlightEndpoint& endpoint = info.endpoints.front();
  return calls
      .read(std::move(endpoint.ticket), std::move(endpoint.locations),
            std::move(info.schema))
      .rest();
}

std::vector<std::string> Statement::execute_partitions(std::string_view sql,
                                                       ArrowSchema* out) {
  const Entry entry(state_->generation);
  return run_in_parts(*this, state_->connection, sql, out);
}

std::vector<std::string> Statement::execute_partitions(const SubstraitPlan& plan,
                                                       ArrowSchema* out) {
  const Entry entry(state_->generation);
  return run_in_parts(*this, state_->connection, plan, out);
}

std::vector<std::string> Statement::execute_partitions(ArrowSchema* out) {
  const Entry entry(state_->generation);
  std::optional<PreparedText> text;
  std::unique_ptr<ResultStream> rows;
  {
    const std::lock_guard lock(state_->mutex);
    text = std::exchange(state_->prepared, std::nullopt);
    rows = std::exchange(state_->bound, nullptr);
  }
  if (!text || rows == nullptr) {
    throw Error(Code::kInvalidState,
                "partitions: prepare a text and bind a row for it first");
  }
  const Execution run = begin_execution(*state_);
  const Wait wait = run.wait(run.settings.query_timeout);
  ParameterRows parameters(std::move(rows), wait);
  if (parameters.seen() != 1) {
    throw Error(Code::kInvalidArgument,
                "partitions: a query takes one row of parameters", "07001");
  }
  if (!text->on_server) {
    return execute_partitions(written_out(*text, parameters, wait), out);
  }
  FlightCalls calls(Connection(state_->connection), {}, {});
  // Of its own, not of those that are kept for the next time: tickets may stand for it.
  auto prepared = std::make_shared<PreparedCalls>(calls.prepare(text->sent));
  auto bound = export_stream(fit_to_slots(parameters.stream(wait), *text, wait),
                             [wait] { return wait; });
  const std::string info = prepared->info(bound.get());
  if (out != nullptr && !announced_schema(info, out) &&
      !prepared->dataset_schema(out)) {
    throw Error(Code::kNotImplemented,
                "partitions: the server does not tell the schema before the rows");
  }
  const std::lock_guard lock(state_->mutex);
  state_->partitioned = std::move(prepared);
  if (!state_->prepared) state_->prepared = std::move(text);
  return partitions_of(info);
}

Result Connection::read_partition(std::string_view partition) {
  const Entry entry(state_->generation);
  FlightCalls calls(*this, {}, {});
  return fletching::read_partition(calls, partition);
}

}  // namespace fletching
