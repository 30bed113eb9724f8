// SPDX-License-Identifier: Apache-2.0
#include "driver/backends.h"

#include "flightsql/backend.h"
#include "flink/backend.h"

namespace fletching {
namespace {

// What is common to all servers is set once, as Flight's.
flink::Options flink_options(const Settings& settings) {
  flink::Options options = settings.flink;
  options.server = settings.server == ServerFamily::kConfluent
                       ? flink::ServerKind::kConfluent
                       : flink::ServerKind::kGateway;
  options.channel = settings.flight.channel;
  options.headers = settings.flight.headers;
  options.user = settings.flight.user;
  options.password = settings.flight.password;
  options.token = settings.flight.token;
  if (settings.catalog) options.catalog = *settings.catalog;
  if (settings.schema) options.database = *settings.schema;
  options.retries = settings.retries;
  if (settings.flight.first_byte_timeout.count() > 0) {
    options.silence_timeout = settings.flight.first_byte_timeout;
  }
  if (!settings.flight.authorization.empty()) {
    options.headers.emplace_back("authorization", settings.flight.authorization);
  }
  return options;
}

}  // namespace

std::unique_ptr<Backend> make_backend(const Settings& settings) {
  if (settings.server == ServerFamily::kFlight) {
    return make_flight_sql_backend(settings.flight);
  }
  return make_flink_backend(flink_options(settings));
}

}  // namespace fletching
