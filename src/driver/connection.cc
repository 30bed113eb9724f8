// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "driver/retry_reads.h"
#include "driver/state.h"

namespace fletching {
namespace {

constexpr std::chrono::seconds kCloseTime{2};
// A job of Flink that has just begun cannot be stopped at once.
constexpr std::chrono::seconds kFlinkCloseTime{5};

std::chrono::nanoseconds close_time(const Settings& settings) {
  return settings.server == ServerFamily::kFlight ? kCloseTime : kFlinkCloseTime;
}

}  // namespace

Connection::State::~State() {
  if (generation != ForkGate::generation()) {
    // Inherited: the parent's session must not notice, so it is left alone for ever.
    static_cast<void>(new std::shared_ptr<Session>(std::move(session)));
    return;
  }
  const ForkGate::Pass pass;
  prepared->clear();
  session.reset();
}

std::shared_ptr<Session> Connection::State::open_session() {
  const std::lock_guard lock(mutex);
  if (session == nullptr) {
    throw Error(Code::kInvalidState, "the connection is closed");
  }
  return session;
}

Wait Connection::State::wait(std::chrono::nanoseconds timeout) const {
  return Wait{Deadline::after(timeout), nullptr, database->tick.load()};
}

Operation Connection::State::operation(std::chrono::nanoseconds timeout) {
  Operation run{open_session(), new_token(), wait(timeout)};
  tokens.add(run.token);
  run.wait.cancel = run.token.get();
  return run;
}

const ServerProfile* Connection::State::known_profile() {
  if (const ServerProfile* found = found_profile.load()) return found;
  const std::lock_guard lock(mutex);
  return settings.profile;
}

const ServerProfile& Connection::State::profile(Session& asked, const Wait& asking) {
  if (const ServerProfile* known = known_profile()) return *known;
  const ServerProfile& found = detect_profile(server_info(asked, asking));
  asked.adopt(found);
  found_profile.store(&found);
  return found;
}

ServerInfo Connection::State::server_info(Session& asked, const Wait& asking) {
  for (RetryReads retry = read_retries();;) {
    try {
      return asked.server_info(asking);
    } catch (const Error& e) {
      if (!retry.again(e, asking)) throw;
    }
  }
}

RetryReads Connection::State::read_retries() {
  const std::lock_guard lock(mutex);
  return {settings.retries, settings.retry_budget};
}

Connection::Connection(std::shared_ptr<State> state) : state_(std::move(state)) {}

Statement Connection::statement() {
  const Entry entry(state_->generation);
  static_cast<void>(state_->open_session());
  auto statement = std::make_shared<Statement::State>();
  statement->connection = state_;
  const std::lock_guard lock(state_->mutex);
  statement->settings = state_->settings;
  return Statement(std::move(statement));
}

Result Connection::execute(std::string_view sql) { return statement().execute(sql); }

void Connection::set_option(std::string_view name, std::string_view value) {
  const Entry entry(state_->generation);
  const std::lock_guard lock(state_->mutex);
  apply_option(state_->settings, name, value, OptionLevel::kConnection);
}

ConnectionInfo Connection::info() {
  const Entry entry(state_->generation);
  const SessionInfo found = state_->open_session()->info();
  const ServerProfile* profile = state_->known_profile();
  return {.uri = state_->settings.uri,
          .profile = std::string(profile == nullptr ? "auto" : profile->name),
          .address = found.address,
          .proxy = found.proxy,
          .tls_version = found.tls_version,
          .tls_cipher = found.tls_cipher,
          .alpn = found.alpn,
          .certificate = found.certificate,
          .auth = found.auth,
          .resolve_seconds = found.resolve_seconds,
          .connect_seconds = found.connect_seconds,
          .tls_seconds = found.tls_seconds};
}

RowOptions Connection::row_options() const {
  const Entry entry(state_->generation);
  const std::lock_guard lock(state_->mutex);
  return state_->settings.rows;
}

double Connection::ping() {
  const Entry entry(state_->generation);
  const Operation run =
      state_->operation(state_->settings.flight.channel.connect_timeout);
  return std::chrono::duration<double>(run.session->ping(run.wait)).count();
}

void Connection::set_session_options(
    const std::map<std::string, SessionOption>& options) {
  const Entry entry(state_->generation);
  const Operation run = state_->operation(state_->settings.query_timeout);
  run.session->set_session_options(options, run.wait);
}

std::map<std::string, SessionOption> Connection::session_options() {
  const Entry entry(state_->generation);
  const Operation run = state_->operation(state_->settings.query_timeout);
  return run.session->session_options(run.wait);
}

void Connection::settle() {
  // With every cursor that is closed; a Flight server is told with the next call.
  if (state_->settings.server == ServerFamily::kFlight) return;
  const Entry entry(state_->generation);
  const Operation run = state_->operation(close_time(state_->settings));
  run.session->settle(run.wait);
}

void Connection::cancel() noexcept {
  quietly(state_->generation, [this] { state_->tokens.cancel_all(); });
}

void Connection::close() {
  if (state_->generation != ForkGate::generation()) return;
  const ForkGate::Pass pass;
  std::shared_ptr<Session> session;
  {
    const std::lock_guard lock(state_->mutex);
    session.swap(state_->session);
  }
  if (session == nullptr || shutting_down()) return;
  state_->tokens.cancel_all();
  const Wait wait = state_->wait(close_time(state_->settings));
  if (session->transaction() != 0) {
    try {
      session->rollback(wait);
    } catch (const Error&) {
      // The server rolls back what nobody commits.
    }
  }
  state_->prepared->clear();  // their closing rides with the session's
  session->close(wait);
}

}  // namespace fletching
