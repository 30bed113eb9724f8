// SPDX-License-Identifier: Apache-2.0
#include "driver/partitions.h"

#include <utility>

#include "arrow/ipc_reader.h"
#include "driver/state.h"
#include "flight/messages.h"
#include "flight/wire.h"

namespace fletching {
namespace {

// FlightInfo's fields (Flight.proto).
constexpr uint32_t kSchema = 1;
constexpr uint32_t kEndpoint = 3;
constexpr uint32_t kTotalRecords = 4;
constexpr uint32_t kTotalBytes = 5;

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
  return calls.read(std::move(endpoint.ticket), std::move(endpoint.locations)).rest();
}

std::vector<std::string> Statement::execute_partitions(std::string_view sql,
                                                       ArrowSchema* out) {
  const Entry entry(state_->generation);
  FlightCalls calls(Connection(state_->connection), {}, {});
  const std::string info = calls.info(sql);
  if (out != nullptr && !announced_schema(info, out)) execute_schema(sql, out);
  return partitions_of(info);
}

Result Connection::read_partition(std::string_view partition) {
  const Entry entry(state_->generation);
  FlightCalls calls(*this, {}, {});
  return fletching::read_partition(calls, partition);
}

}  // namespace fletching
