// SPDX-License-Identifier: Apache-2.0
#include "driver/transactions.h"

#include <algorithm>
#include <array>

#include "backend/sql_text.h"

namespace fletching {
namespace {

constexpr std::array<std::string_view, 16> kOutside = {
    "begin",  "start",  "commit", "rollback",  "end",       "abort",
    "use",    "set",    "reset",  "pragma",    "savepoint", "release",
    "vacuum", "attach", "detach", "checkpoint"};

TransactionSupport support_of(Connection::State& state, Session& session,
                              const Wait& wait) {
  const ServerProfile& profile = state.profile(session, wait);
  if (profile.transactions != TransactionSupport::kUnknown) return profile.transactions;
  return state.server_info(session, wait).transactions;
}

Autocommit mode_of(Connection::State& state) {
  const std::lock_guard lock(state.mutex);
  return state.autocommit;
}

void set_mode(Connection::State& state, Autocommit mode) {
  const std::lock_guard lock(state.mutex);
  state.autocommit = mode;
}

[[noreturn]] void no_transactions() {
  throw Error(Code::kNotImplemented,
              "autocommit: it cannot be switched off, since this server has no "
              "transactions");
}

// The right to begin, for one thread at a time: nobody may hold a lock while waiting.
class Beginner {
 public:
  Beginner(Connection::State& state, const Wait& wait) : state_(state) {
    constexpr std::chrono::milliseconds kNap{5};
    while (!take()) {
      wait_for({}, wait, "waiting for another thread's BEGIN", Deadline::after(kNap));
    }
  }
  ~Beginner() {
    const std::lock_guard lock(state_.mutex);
    state_.beginning = false;
  }
  Beginner(const Beginner&) = delete;
  Beginner& operator=(const Beginner&) = delete;

 private:
  bool take() {
    const std::lock_guard lock(state_.mutex);
    return !std::exchange(state_.beginning, true);
  }
  Connection::State& state_;
};

}  // namespace

bool needs_transaction(std::string_view sql, const SqlDialect& dialect) noexcept {
  const std::string_view word = first_keyword(sql, dialect);
  const auto is = [word](std::string_view keyword) {
    return is_keyword(word, keyword);
  };
  if (std::any_of(kOutside.begin(), kOutside.end(), is)) return false;
  return !is_read_statement(sql, dialect);
}

void enter_transaction(Connection::State& state, Session& session, const Wait& wait) {
  const Autocommit mode = mode_of(state);
  if (mode == Autocommit::kOn || session.transaction() != 0) return;
  const TransactionSupport support = support_of(state, session, wait);
  if (support == TransactionSupport::kNone) {
    if (mode == Autocommit::kOff) no_transactions();
    return set_mode(state, Autocommit::kOn);
  }
  // One that does not say has none, unless somebody insists.
  if (support == TransactionSupport::kUnknown && mode == Autocommit::kIfNone) {
    return set_mode(state, Autocommit::kOn);
  }
  const Beginner beginner(state, wait);
  if (session.transaction() != 0) return;
  try {
    session.begin(wait);
  } catch (const Error& e) {
    // A server that tells of transactions and has none: nobody insisted on one.
    if (mode != Autocommit::kIfNone || e.code() != Code::kNotImplemented) throw;
    set_mode(state, Autocommit::kOn);
  }
}

void Connection::set_autocommit(bool on) {
  if (shutting_down()) return;  // as rollback(): a pool gives a connection back
  const Entry entry(state_->generation);
  const Operation run = state_->operation(state_->settings.update_timeout);
  if (on) {
    if (run.session->transaction() != 0) run.session->commit(run.wait);
    return set_mode(*state_, Autocommit::kOn);
  }
  if (support_of(*state_, *run.session, run.wait) == TransactionSupport::kNone) {
    no_transactions();
  }
  set_mode(*state_, Autocommit::kOff);
}

bool Connection::autocommit() const {
  if (shutting_down()) return true;
  const Entry entry(state_->generation);
  return mode_of(*state_) == Autocommit::kOn;
}

void Connection::begin() {
  const Entry entry(state_->generation);
  const Operation run = state_->operation(state_->settings.update_timeout);
  const Beginner beginner(*state_, run.wait);
  if (run.session->transaction() != 0) {
    throw Error(Code::kInvalidState,
                "begin: a transaction is open already (commit or roll it back first)",
                "25001");
  }
  run.session->begin(run.wait);
}

void Connection::commit() {
  const Entry entry(state_->generation);
  const Operation run = state_->operation(state_->settings.update_timeout);
  if (run.session->transaction() != 0) run.session->commit(run.wait);
}

void Connection::rollback() {
  // Pools do this last of all; the server does it when the connection ends.
  if (shutting_down()) return;
  const Entry entry(state_->generation);
  const Operation run = state_->operation(state_->settings.update_timeout);
  if (run.session->transaction() != 0) run.session->rollback(run.wait);
}

bool Connection::in_transaction() const {
  const Entry entry(state_->generation);
  return state_->open_session()->transaction() != 0;
}

void Connection::savepoint(std::string_view name) {
  const Entry entry(state_->generation);
  const Operation run = state_->operation(state_->settings.update_timeout);
  enter_transaction(*state_, *run.session, run.wait);
  run.session->savepoint(name, run.wait);
}

void Connection::rollback_to(std::string_view name) {
  const Entry entry(state_->generation);
  const Operation run = state_->operation(state_->settings.update_timeout);
  run.session->rollback_to(name, run.wait);
}

void Connection::release(std::string_view name) {
  const Entry entry(state_->generation);
  const Operation run = state_->operation(state_->settings.update_timeout);
  run.session->release(name, run.wait);
}

}  // namespace fletching
