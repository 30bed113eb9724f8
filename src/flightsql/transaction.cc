// SPDX-License-Identifier: Apache-2.0
#include "flightsql/transaction.h"

#include <algorithm>

#include "flightsql/actions.h"

namespace fletching {
namespace {

[[noreturn]] void out_of_place(const char* what, const char* sqlstate) {
  throw Error(Code::kInvalidState, what, sqlstate);
}

std::string first_id(const std::vector<ActionResult>& answers, const char* doing) {
  std::string id = answers.empty() ? "" : decode_id(answers.front().body);
  // Sent back, it would mean "no transaction": everything would commit by itself.
  if (id.empty()) {
    throw Error(Code::kInvalidData,
                std::string(doing) + ": the server gave no id for it");
  }
  return id;
}

// Nobody can say whether the server has done it.
bool lost_its_answer(const Error& error) {
  const bool may_have = error.code() == Code::kIo || error.code() == Code::kTimeout ||
                        error.code() == Code::kCancelled;
  return may_have && !never_processed(error);
}

}  // namespace

Transaction::Transaction(std::shared_ptr<FlightClient> client)
    : client_(std::move(client)) {}

void Transaction::begin(const Wait& wait) {
  {
    const std::lock_guard lock(mutex_);
    if (beginning_ || !id_.empty()) {
      out_of_place("begin: a transaction is open already (commit or roll back first)",
                   "25001");
    }
    beginning_ = true;
  }
  std::string id;
  try {
    id =
        first_id(client_->do_action("BeginTransaction", begin_transaction_body(), wait),
                 "begin");
  } catch (...) {
    const std::lock_guard lock(mutex_);
    beginning_ = false;
    throw;
  }
  const std::lock_guard lock(mutex_);
  beginning_ = false;
  id_ = std::move(id);
  ++number_;
}

std::string Transaction::take() {
  const std::lock_guard lock(mutex_);
  savepoints_.clear();
  return std::exchange(id_, {});
}

// Without this the server would keep the transaction's locks until its own time is up.
void Transaction::end_later(const std::string& id) noexcept {
  try {
    client_->close_later("EndTransaction",
                         end_transaction_body(id, EndTransaction::kRollback));
  } catch (...) {
    // Out of memory; then it is up to the server.
  }
}

void Transaction::commit(const Wait& wait) {
  const std::string id = take();
  if (id.empty()) return;
  try {
    static_cast<void>(client_->do_action(
        "EndTransaction", end_transaction_body(id, EndTransaction::kCommit), wait));
  } catch (const Error& error) {
    if (lost_its_answer(error)) {
      throw Error(Code::kIo,
                  "commit: the answer was lost, so it may have happened (look at the "
                  "data before you try again): " +
                      error.message(),
                  "08007", error.vendor_code(), error.details());
    }
    end_later(id);
    throw error.with_context("commit");
  }
}

void Transaction::rollback(const Wait& wait) {
  const std::string id = take();
  if (id.empty()) return;
  try {
    static_cast<void>(client_->do_action(
        "EndTransaction", end_transaction_body(id, EndTransaction::kRollback), wait));
  } catch (const Error& error) {
    // It does not know the transaction any more: that is what was wanted. Go servers
    // call the id an invalid argument.
    if (error.code() == Code::kNotFound || error.code() == Code::kInvalidArgument) {
      return;
    }
    end_later(id);
    if (error.code() != Code::kIo) throw error.with_context("rollback");
  } catch (...) {  // the tick's: the user is impatient
    end_later(id);
    throw;
  }
}

void Transaction::abandon() noexcept {
  try {
    const std::string id = take();
    if (!id.empty()) end_later(id);
  } catch (...) {
    // As in end_later().
  }
}

void Transaction::savepoint(std::string_view name, const Wait& wait) {
  const std::string transaction = id();
  if (transaction.empty()) {
    out_of_place("savepoint: no transaction is open (begin one first)", "25P01");
  }
  std::string made =
      first_id(client_->do_action("BeginSavepoint",
                                  begin_savepoint_body(transaction, name), wait),
               "savepoint");
  const std::lock_guard lock(mutex_);
  if (id_ == transaction) savepoints_.push_back({std::string(name), std::move(made)});
}

std::string Transaction::known_savepoint(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(savepoints_.rbegin(), savepoints_.rend(),
                                  [&](const Savepoint& s) { return s.name == name; });
  if (found == savepoints_.rend()) {
    throw Error(Code::kInvalidArgument,
                "savepoint " + std::string(name) + ": there is none of this name",
                "3B001");
  }
  return found->id;
}

void Transaction::forget_savepoints(const std::string& id, bool itself) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(savepoints_.begin(), savepoints_.end(),
                                  [&](const Savepoint& s) { return s.id == id; });
  if (found == savepoints_.end()) return;
  // Releasing ends this one alone, rolling back ends those made after it.
  if (itself) {
    savepoints_.erase(found);
  } else {
    savepoints_.erase(found + 1, savepoints_.end());
  }
}

void Transaction::rollback_to(std::string_view name, const Wait& wait) {
  const std::string id = known_savepoint(name);
  static_cast<void>(client_->do_action(
      "EndSavepoint", end_savepoint_body(id, EndSavepoint::kRollback), wait));
  forget_savepoints(id, false);
}

void Transaction::release(std::string_view name, const Wait& wait) {
  const std::string id = known_savepoint(name);
  static_cast<void>(client_->do_action(
      "EndSavepoint", end_savepoint_body(id, EndSavepoint::kRelease), wait));
  forget_savepoints(id, true);
}

std::string Transaction::id() const {
  const std::lock_guard lock(mutex_);
  return id_;
}

uint64_t Transaction::number() const {
  const std::lock_guard lock(mutex_);
  return id_.empty() ? 0 : number_;
}

}  // namespace fletching
