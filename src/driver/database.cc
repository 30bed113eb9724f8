// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "driver/backends.h"
#include "driver/oauth.h"
#include "driver/place.h"
#include "driver/row_cap.h"
#include "driver/state.h"

namespace fletching {
namespace {

void choose_place_of(Connection::State& connection, const Wait& wait) {
  Settings& settings = connection.settings;
  if (!settings.catalog && !settings.schema) return;
  if (settings.server != ServerFamily::kFlight) return;  // chosen as it was opened
  const bool was_known = settings.profile != nullptr;
  const ServerProfile& profile = connection.profile(*connection.session, wait);
  if (!was_known && place_in_headers(settings, profile)) {
    connection.session->close(wait);
    connection.backend = make_backend(settings);
    connection.session = connection.backend->open_session(wait);
    connection.session->adopt(profile);
  }
  choose_place(settings, profile, *connection.session, wait);
}

GivenToken given_of(Token token) {
  GivenToken given{std::move(token.value), std::nullopt};
  // What the clock's type cannot hold has no end.
  constexpr double kLastSecond = 9e9;
  if (token.expires_at && *token.expires_at < kLastSecond) {
    const std::chrono::duration<double> since(std::max(*token.expires_at, 0.0));
    given.expires = std::chrono::system_clock::time_point(
        std::chrono::duration_cast<std::chrono::system_clock::duration>(since));
  }
  return given;
}

void set_token_source(Database::State& state, TokenSource::Ask ask) {
  auto source = std::make_shared<const TokenSource>(std::move(ask));
  if (state.settings.server == ServerFamily::kFlight) {
    state.settings.flight.token_source = std::move(source);
  } else {
    state.settings.flink.token_source =
        [tokens = std::make_shared<KeptToken>(std::move(source))](
            const std::string& refused, const Wait& wait) {
          return tokens->get(refused, wait);
        };
  }
  state.backend = make_backend(state.settings);
}

}  // namespace

Database::Database(std::string_view uri, const OptionMap& options)
    : state_(std::make_shared<State>()) {
  Settings settings = settings_from_url(uri);
  for (const auto& [name, value] : options) {
    apply_option(settings, name, value, OptionLevel::kDatabase);
  }
  check_settings(settings);
  if (settings.profile != nullptr) {
    place_in_headers(settings, *settings.profile);
    if (!settings.profile->share_token) settings.flight.share_token = false;
    // What is wrong with the variable is said here.
    static_cast<void>(row_cap(settings, settings.profile));
  }
  state_->backend = make_backend(settings);
  state_->settings = std::move(settings);
}

void Database::set_tick(Tick* tick) { state_->tick.store(tick); }

void Database::set_token_provider(TokenProvider provider) {
  const Entry entry(state_->generation);
  set_token_source(*state_, [provider = std::move(provider)](const Wait&) {
    return given_of(provider());
  });
}

void Database::set_oauth(const OAuthOptions& options) {
  const Entry entry(state_->generation);
  const auto limit = state_->settings.flight.channel.connect_timeout;
  auto provider = oauth_provider(options, limit);
  set_token_source(*state_, [provider = std::move(provider)](const Wait& wait) {
    return given_of(provider(wait));
  });
}

void Database::set_parquet_reader(ParquetReader reader) {
  const Entry entry(state_->generation);
  state_->settings.flight.parquet_reader =
      std::make_shared<const ParquetReader>(std::move(reader));
  state_->backend = make_backend(state_->settings);
}

Connection Database::connect() {
  const Entry entry(state_->generation);
  check_credentials(state_->settings);
  auto connection = std::make_shared<Connection::State>();
  connection->database = state_;
  connection->settings = state_->settings;
  connection->autocommit = state_->settings.autocommit;
  const SharedToken token = new_token();
  state_->connecting.add(token);
  if (state_->cancelled) throw Error(Code::kCancelled, "connect: cancelled", "57014");
  const Wait wait{Deadline::never(), token.get(), state_->tick.load()};
  connection->session = state_->backend->open_session(wait);
  if (const ServerProfile* profile = state_->settings.profile) {
    connection->session->adopt(*profile);
  }
  if (state_->settings.validate) connection->session->validate(wait);
  choose_place_of(*connection, wait);
  return Connection(std::move(connection));
}

void Database::cancel() noexcept {
  quietly(state_->generation, [&] {
    state_->cancelled = true;  // before: a token that is added later is asked about it
    state_->connecting.cancel_all();
  });
}

}  // namespace fletching
