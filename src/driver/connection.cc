// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "driver/state.h"

namespace fletching {
namespace {

constexpr std::chrono::seconds kCloseTime{2};

}  // namespace

Connection::State::~State() {
  if (generation != ForkGate::generation()) {
    // Inherited: the parent's session must not notice, so it is left alone for ever.
    static_cast<void>(new std::shared_ptr<Session>(std::move(session)));
    return;
  }
  const ForkGate::Pass pass;
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
  return {.uri = state_->settings.uri,
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
  const auto session = state_->open_session();
  const SharedToken token = new_token();
  state_->tokens.add(token);
  Wait wait = state_->wait(state_->settings.flight.channel.connect_timeout);
  wait.cancel = token.get();
  return std::chrono::duration<double>(session->ping(wait)).count();
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
  session->close(state_->wait(kCloseTime));
}

}  // namespace fletching
