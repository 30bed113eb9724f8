// SPDX-License-Identifier: Apache-2.0
#include "flightsql/backend.h"

#include <utility>

#include "flightsql/session.h"

namespace fletching {
namespace {

class FlightSqlBackend : public Backend {
 public:
  explicit FlightSqlBackend(FlightOptions options) : options_(std::move(options)) {}

  std::unique_ptr<Session> open_session(const Wait& wait) override {
    return make_session(FlightClient::connect(options_, wait));
  }

 private:
  FlightOptions options_;
};

}  // namespace

std::unique_ptr<Backend> make_flight_sql_backend(FlightOptions options) {
  return std::make_unique<FlightSqlBackend>(std::move(options));
}

}  // namespace fletching
