// SPDX-License-Identifier: Apache-2.0
#include "flightsql/update.h"

#include "flightsql/batch_writer.h"
#include "flightsql/commands.h"
#include "flightsql/remote.h"

namespace fletching {
namespace {

UniqueSchema schema_without_columns() {
  UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  if (ArrowSchemaSetTypeStruct(schema.get(), 0) != NANOARROW_OK) throw std::bad_alloc();
  return schema;
}

}  // namespace

std::vector<std::string> put_rows(FlightClient& client, std::string_view command,
                                  ResultStream* rows, const Wait& wait) {
  const auto put = client.do_put(command, wait);
  if (rows == nullptr) {
    // Servers of the C++ and Java families want a schema message before the end of the
    // stream, so an empty one is sent.
    const UniqueSchema empty = schema_without_columns();
    put->write(IpcWriter(*empty.get()).schema(), wait);
  } else {
    BatchWriter(*put, {}).write_all(*rows, wait);
  }
  return put->finish(wait);
}

int64_t sum_of_counts(const std::vector<std::string>& results) {
  int64_t total = -1;
  for (const std::string& result : results) {
    const int64_t count = update_count(result);
    if (count < 0) continue;
    // A server's numbers: their sum must not overflow.
    if (total > INT64_MAX - count) return -1;
    total = (total < 0 ? 0 : total) + count;
  }
  return total;
}

std::optional<int64_t> put_update(FlightClient& client, std::string_view command,
                                  ResultStream* rows, const Wait& wait) {
  try {
    return sum_of_counts(put_rows(client, command, rows, wait));
  } catch (const Error& error) {
    if (is_unimplemented(error)) return std::nullopt;
    throw;
  }
}

}  // namespace fletching
