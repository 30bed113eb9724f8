// SPDX-License-Identifier: Apache-2.0
#include "driver/state.h"
#include "flightsql/backend.h"

namespace fletching {

Database::Database(std::string_view uri, const OptionMap& options)
    : state_(std::make_shared<State>()) {
  Settings settings = settings_from_url(uri);
  for (const auto& [name, value] : options) {
    apply_option(settings, name, value, OptionLevel::kDatabase);
  }
  check_settings(settings);
  state_->backend = make_flight_sql_backend(settings.flight);
  state_->settings = std::move(settings);
}

void Database::set_tick(Tick* tick) { state_->tick.store(tick); }

Connection Database::connect() {
  const Entry entry(state_->generation);
  auto connection = std::make_shared<Connection::State>();
  connection->database = state_;
  connection->settings = state_->settings;
  const SharedToken token = new_token();
  const Wait wait{Deadline::never(), token.get(), state_->tick.load()};
  connection->session = state_->backend->open_session(wait);
  if (state_->settings.validate) connection->session->validate(wait);
  return Connection(std::move(connection));
}

}  // namespace fletching
