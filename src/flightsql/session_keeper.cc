// SPDX-License-Identifier: Apache-2.0
#include "flightsql/session_keeper.h"

#include <algorithm>

#include "flight/session_options.h"

namespace fletching {
namespace {

[[noreturn]] void refused(const std::map<std::string, std::string>& errors) {
  std::string text = "session options: the server refused ";
  for (const auto& [name, why] : errors) {
    if (!text.ends_with("refused ")) text += ", ";
    text += name + " (" + why + ")";
  }
  throw Error(Code::kInvalidArgument, text);
}

}  // namespace

SessionKeeper::SessionKeeper(std::shared_ptr<FlightClient> client)
    : client_(std::move(client)) {}

// Setting twice is setting once, so it may be sent again.
void SessionKeeper::send(const SessionOptions& options, const Wait& wait) {
  const std::string before = client_->session_mark();
  const auto answers = client_->do_action(
      "SetSessionOptions", encode_set_session_options(options), wait, true);
  std::map<std::string, std::string> errors;
  if (!answers.empty()) {
    errors = decode_set_session_options_result(answers.front().body);
  }
  const std::string after = client_->session_mark();
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, value] : options) {
      if (errors.contains(name)) continue;
      if (std::holds_alternative<std::monostate>(value)) {
        remembered_.erase(name);
      } else {
        remembered_[name] = value;
      }
    }
    const bool all =
        std::all_of(remembered_.begin(), remembered_.end(),
                    [&](const auto& entry) { return options.contains(entry.first); });
    // A session that began with this very answer has only what was just set.
    mark_ = all || before == after ? after : std::string();
  }
  if (!errors.empty()) refused(errors);
}

void SessionKeeper::set(const SessionOptions& options, const Wait& wait) {
  if (options.empty()) return;
  ensure(wait);
  send(options, wait);
}

SessionOptions SessionKeeper::get(const Wait& wait) {
  ensure(wait);
  try {
    const auto answers = client_->do_action("GetSessionOptions", "", wait, true);
    if (answers.empty()) return {};
    return decode_get_session_options_result(answers.front().body);
  } catch (const Error& error) {
    // Without a session, asking is an error by the protocol.
    if (error.vendor_code() != 0 && (error.code() == Code::kNotImplemented ||
                                     error.code() == Code::kInvalidArgument)) {
      return {};
    }
    throw;
  }
}

void SessionKeeper::ensure(const Wait& wait) {
  {
    const std::lock_guard lock(mutex_);
    if (remembered_.empty()) return;
  }
  const std::string mark = client_->session_mark();
  SessionOptions again;
  {
    const std::lock_guard lock(mutex_);
    if (mark == mark_) return;
    again = remembered_;
  }
  try {
    send(again, wait);
  } catch (const Error& error) {
    throw error.with_context("setting again in the server's new session");
  }
}

void SessionKeeper::close_later() noexcept {
  if (never_closes_) return;
  try {
    // A token of its own is a session of its own.
    bool used = client_->has_cookies() || !client_->options().share_token;
    {
      const std::lock_guard lock(mutex_);
      used = used || !remembered_.empty();
    }
    if (used && !client_->lacks_action("CloseSession")) {
      client_->close_later("CloseSession", "");
    }
  } catch (...) {
    // Nobody is there to be told; the server ends sessions in its own time.
  }
}

}  // namespace fletching
