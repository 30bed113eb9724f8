// SPDX-License-Identifier: Apache-2.0
#include "flightsql/query.h"

#include <utility>

#include "arrow/ipc_reader.h"
#include "flight/wire.h"
#include "flightsql/cancelling_stream.h"
#include "flightsql/commands.h"
#include "flightsql/polling.h"
#include "flightsql/update.h"

namespace fletching {
namespace {

class FlightSqlQuery : public Query {
 public:
  FlightSqlQuery(std::shared_ptr<Remote> remote, std::string query, std::string update)
      : remote_(std::move(remote)),
        query_(std::move(query)),
        update_(std::move(update)) {}

  std::unique_ptr<ResultStream> execute(const Wait& wait) override {
    remote_->keeper.ensure(wait);
    // Some servers run the statement right here, so this is never sent twice.
    FlightInfo info = progress_ && !remote_->memory->lacks_polling()
                          ? poll_to_end(*remote_, query_, progress_, wait)
                          : remote_->client->get_flight_info(query_, wait);
    return read_cancelling(remote_, std::move(info), wait);
  }

  std::optional<int64_t> execute_update(const Wait& wait) override {
    remote_->keeper.ensure(wait);
    return put_update(*remote_->client, update_, nullptr, wait);
  }

  UniqueSchema result_schema(const Wait& wait) override {
    remote_->keeper.ensure(wait);
    std::string bytes;
    try {
      bytes = remote_->client->get_schema(query_, wait);
    } catch (const Error& e) {
      if (!is_unimplemented(e)) throw;
    }
    if (bytes.empty()) bytes = remote_->client->get_flight_info(query_, wait).schema;
    if (bytes.empty()) {
      throw Error(Code::kNotImplemented,
                  "schema of a query: the server tells it only with the rows (execute "
                  "the query)");
    }
    return decode_schema(as_octets(bytes));
  }

  void report_progress(ProgressCallback callback) override {
    progress_ = std::move(callback);
  }

 private:
  const std::shared_ptr<Remote> remote_;
  const std::string query_, update_;  // commands of the transaction of its making
  ProgressCallback progress_;
};

}  // namespace

std::unique_ptr<Query> make_query(std::shared_ptr<Remote> remote,
                                  std::string_view sql) {
  const std::string transaction = remote->transaction.id();
  return std::make_unique<FlightSqlQuery>(std::move(remote),
                                          statement_query(sql, transaction),
                                          statement_update(sql, transaction));
}

std::unique_ptr<Query> make_plan_query(std::shared_ptr<Remote> remote,
                                       const SubstraitPlan& plan) {
  std::string command = statement_plan(plan, remote->transaction.id());
  return std::make_unique<FlightSqlQuery>(std::move(remote), command, command);
}

}  // namespace fletching
