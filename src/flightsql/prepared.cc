// SPDX-License-Identifier: Apache-2.0
#include "flightsql/prepared.h"

#include <utility>

#include "arrow/ipc_reader.h"
#include "flight/wire.h"
#include "flightsql/actions.h"
#include "flightsql/cancelling_stream.h"
#include "flightsql/commands.h"
#include "flightsql/polling.h"
#include "flightsql/update.h"

namespace fletching {
namespace {

// What a server says of schemas before it has run anything need not be right, so a
// schema that cannot be read is one that it did not say.
UniqueSchema schema_or_none(const std::string& bytes) {
  if (!bytes.empty()) {
    try {
      return decode_schema(as_octets(bytes));
    } catch (const Error&) {
      // As above.
    }
  }
  return {};
}

const ArrowSchema* get_if(const UniqueSchema& schema) {
  return schema->release == nullptr ? nullptr : schema.get();
}

class FlightSqlPrepared : public PreparedStatement {
 public:
  FlightSqlPrepared(std::shared_ptr<Remote> remote,
                    std::shared_ptr<FlightClient> client, PreparedResult told)
      : remote_(std::move(remote)),
        client_(std::move(client)),
        handle_(std::move(told.handle)),
        dataset_schema_(schema_or_none(told.dataset_schema)),
        parameter_schema_(schema_or_none(told.parameter_schema)),
        is_update_(told.is_update) {}

  ~FlightSqlPrepared() override {
    try {
      client_->close_later("ClosePreparedStatement", close_prepared_body(handle_));
    } catch (...) {
      // Out of memory: the server forgets the handle in its own time.
    }
  }

  [[nodiscard]] const ArrowSchema* parameter_schema() const override {
    return get_if(parameter_schema_);
  }
  [[nodiscard]] const ArrowSchema* dataset_schema() const override {
    return get_if(dataset_schema_);
  }
  [[nodiscard]] std::optional<bool> is_update() const override { return is_update_; }
  [[nodiscard]] bool cannot_bind() const override { return cannot_bind_; }
  void report_progress(ProgressCallback callback) override {
    progress_ = std::move(callback);
  }

  std::unique_ptr<ResultStream> execute(ResultStream* parameters,
                                        const Wait& wait) override {
    return read_cancelling(remote_, info(parameters, wait), wait);
  }

  FlightInfo info(ResultStream* parameters, const Wait& wait) override {
    if (parameters != nullptr) bind(*parameters, wait);
    const std::string command = prepared_query(handle_);
    if (progress_ && !remote_->memory->lacks_polling()) {
      return poll_to_end(*remote_, command, progress_, wait);
    }
    return client_->get_flight_info(command, wait);
  }

  std::optional<int64_t> execute_update(ResultStream* parameters,
                                        const Wait& wait) override {
    const auto changed =
        put_update(*client_, prepared_update(handle_), parameters, wait);
    has_bound_ = has_bound_ || (changed && parameters != nullptr);
    return changed;
  }

 private:
  // Stateless servers put the values into a new handle, which stands for the statement
  // from now on, up to its close.
  void bind(ResultStream& parameters, const Wait& wait) {
    for (const std::string& result : put_parameters(parameters, wait)) {
      if (auto handle = updated_handle(result)) handle_ = std::move(*handle);
    }
  }

  std::vector<std::string> put_parameters(ResultStream& parameters, const Wait& wait) {
    try {
      auto results = put_rows(*client_, prepared_query(handle_), &parameters, wait);
      has_bound_ = true;
      return results;
    } catch (const Error& error) {
      cannot_bind_ = !has_bound_ && is_unimplemented(error);
      throw;
    }
  }

  const std::shared_ptr<Remote> remote_;
  const std::shared_ptr<FlightClient> client_;
  std::string handle_;  // never empty
  UniqueSchema dataset_schema_, parameter_schema_;
  std::optional<bool> is_update_;
  ProgressCallback progress_;
  bool has_bound_ = false, cannot_bind_ = false;
};

std::unique_ptr<PreparedStatement> prepare_by(std::shared_ptr<Remote> remote,
                                              std::shared_ptr<FlightClient> client,
                                              std::string_view action,
                                              const std::string& body,
                                              const Wait& wait) {
  const auto answers = client->do_action(action, body, wait);
  PreparedResult told;
  if (!answers.empty()) told = decode_prepared_result(answers.front().body);
  // With an empty one some servers close every statement of the user (ClickHouse).
  if (told.handle.empty()) {
    throw Error(Code::kInvalidData, "prepare: the server gave no handle");
  }
  return std::make_unique<FlightSqlPrepared>(std::move(remote), std::move(client),
                                             std::move(told));
}

}  // namespace

std::unique_ptr<PreparedStatement> prepare_statement(
    std::shared_ptr<Remote> remote, std::shared_ptr<FlightClient> client,
    std::string_view sql, const Wait& wait) {
  remote->keeper.ensure(wait);
  const std::string body = create_prepared_body(sql, remote->transaction.id());
  return prepare_by(std::move(remote), std::move(client), "CreatePreparedStatement",
                    body, wait);
}

std::unique_ptr<PreparedStatement> prepare_plan(std::shared_ptr<Remote> remote,
                                                std::shared_ptr<FlightClient> client,
                                                const SubstraitPlan& plan,
                                                const Wait& wait) {
  remote->keeper.ensure(wait);
  const std::string body = create_prepared_plan_body(plan, remote->transaction.id());
  return prepare_by(std::move(remote), std::move(client), "CreatePreparedSubstraitPlan",
                    body, wait);
}

}  // namespace fletching
