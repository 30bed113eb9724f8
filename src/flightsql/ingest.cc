// SPDX-License-Identifier: Apache-2.0
#include "flightsql/ingest.h"

#include "base/fork_gate.h"
#include "flightsql/batch_writer.h"
#include "flightsql/commands.h"
#include "flightsql/update.h"

namespace fletching {
namespace {

BatchWriter::Written teller(const ProgressCallback& progress,
                            const ResultStream& source) {
  if (!progress) return {};
  return [&progress, &source](int64_t rows, int64_t bytes) {
    Progress now = source.progress();
    now.rows = rows;
    now.bytes = bytes;
    const ForkGate::Outside outside;  // the face's code
    progress(now);
  };
}

}  // namespace

int64_t ingest_rows(FlightClient& client, const IngestTarget& target,
                    std::string_view transaction, ResultStream& rows,
                    const ProgressCallback& progress, const Wait& wait) {
  try {
    const auto put = client.do_put(statement_ingest(target, transaction), wait);
    BatchWriter writer(*put, {.max_message = target.max_message, .merge = true},
                       teller(progress, rows));
    writer.write_all(rows, wait);
    return sum_of_counts(put->finish(wait));
  } catch (const Error& error) {
    throw error.with_context("ingest into " + target.table);
  }
}

}  // namespace fletching
