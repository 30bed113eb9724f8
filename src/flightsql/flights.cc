// SPDX-License-Identifier: Apache-2.0
#include "flightsql/flights.h"

#include <utility>

#include "flightsql/commands.h"
#include "flightsql/prepared.h"
#include "flightsql/update.h"

namespace fletching {
namespace {

class FlightTicketStream : public TicketStream {
 public:
  explicit FlightTicketStream(std::unique_ptr<FlightStream> stream)
      : stream_(std::move(stream)) {}

  const ArrowSchema& schema(const Wait& wait) override { return stream_->schema(wait); }
  Next next(Batch& out, const Wait& wait, Deadline nap) override {
    return stream_->next(out, wait, nap);
  }
  [[nodiscard]] bool runs_foreign_code() const override {
    return stream_->runs_foreign_code();
  }
  [[nodiscard]] Progress progress() const override { return stream_->progress(); }
  void cancel() noexcept override { stream_->cancel(); }
  std::string take_app_metadata() override { return stream_->take_app_metadata(); }

 private:
  const std::unique_ptr<FlightStream> stream_;
};

class SqlPreparedFlight : public PreparedFlight {
 public:
  explicit SqlPreparedFlight(std::unique_ptr<PreparedStatement> prepared)
      : prepared_(std::move(prepared)) {}

  [[nodiscard]] const ArrowSchema* parameter_schema() const override {
    return prepared_->parameter_schema();
  }
  [[nodiscard]] const ArrowSchema* dataset_schema() const override {
    return prepared_->dataset_schema();
  }
  std::string info(ResultStream* parameters, const Wait& wait) override {
    return prepared_->info(parameters, wait).serialized;
  }
  std::optional<int64_t> update(ResultStream* parameters, const Wait& wait) override {
    return prepared_->execute_update(parameters, wait);
  }

 private:
  const std::unique_ptr<PreparedStatement> prepared_;
};

class SqlFlights : public Flights {
 public:
  SqlFlights(std::shared_ptr<Remote> remote, CallHeaders headers)
      : remote_(std::move(remote)),
        client_(headers.empty() ? remote_->client
                                : remote_->client->with_headers(std::move(headers))) {}

  std::string info(std::string_view sql, const Wait& wait) override {
    remote_->keeper.ensure(wait);
    return client_
        ->get_flight_info(statement_query(sql, remote_->transaction.id()), wait)
        .serialized;
  }

  std::string info(const SubstraitPlan& plan, const Wait& wait) override {
    remote_->keeper.ensure(wait);
    return client_
        ->get_flight_info(statement_plan(plan, remote_->transaction.id()), wait)
        .serialized;
  }

  std::string metadata(const MetadataRequest& request, const Wait& wait) override {
    remote_->keeper.ensure(wait);
    constexpr bool kRetrySafe = true;  // metadata commands change nothing
    return client_->get_flight_info(metadata_command(request), wait, kRetrySafe)
        .serialized;
  }

  std::optional<int64_t> update(std::string_view sql, const Wait& wait) override {
    remote_->keeper.ensure(wait);
    return put_update(*client_, statement_update(sql, remote_->transaction.id()),
                      nullptr, wait);
  }

  std::unique_ptr<PreparedFlight> prepare(std::string_view sql,
                                          const Wait& wait) override {
    return std::make_unique<SqlPreparedFlight>(
        prepare_statement(remote_, client_, sql, wait));
  }

  std::unique_ptr<TicketStream> read(std::string ticket,
                                     std::vector<std::string> locations,
                                     std::string schema, const Wait& wait) override {
    FlightInfo one;
    one.schema = std::move(schema);
    one.endpoints.push_back(
        {.ticket = std::move(ticket), .locations = std::move(locations)});
    return std::make_unique<FlightTicketStream>(client_->read(std::move(one), wait));
  }

  std::unique_ptr<TicketStream> exchange(const FlightDescriptor& descriptor,
                                         std::unique_ptr<ResultStream> rows,
                                         ExchangeRows how, const Wait& wait) override {
    remote_->keeper.ensure(wait);
    std::string encoded = descriptor.path.empty()
                              ? encode_descriptor(descriptor.command)
                              : encode_path_descriptor(descriptor.path);
    return std::make_unique<FlightTicketStream>(client_->do_exchange(
        std::move(encoded), std::move(rows), how == ExchangeRows::kAndMetadata, wait));
  }

 private:
  const std::shared_ptr<Remote> remote_;
  const std::shared_ptr<FlightClient> client_;
};

}  // namespace

std::unique_ptr<Flights> make_flights(std::shared_ptr<Remote> remote,
                                      CallHeaders headers) {
  return std::make_unique<SqlFlights>(std::move(remote), std::move(headers));
}

}  // namespace fletching
