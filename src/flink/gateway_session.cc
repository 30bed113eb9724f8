// SPDX-License-Identifier: Apache-2.0
#include "flink/gateway_session.h"

#include <algorithm>

#include "backend/sql_dialect.h"
#include "base/backoff.h"
#include "base/log.h"
#include "flink/answer.h"
#include "flink/json_write.h"

namespace fletching::flink {
namespace {

constexpr const char* kOpening = "opening a session with the Flink SQL Gateway";

// "V3" -> 3; 0 for what is none.
int version_number(std::string_view text) {
  if (text.size() != 2 || (text[0] != 'V' && text[0] != 'v')) return 0;
  return text[1] >= '1' && text[1] <= '9' ? text[1] - '0' : 0;
}

std::string use(std::string_view what, std::string_view name) {
  return "USE " + std::string(what) + quote_identifier(name, *find_dialect("flink"));
}

}  // namespace

GatewaySession::GatewaySession(const Options& options, const Wait& wait)
    : options_(options), rest_(options, options.path) {
  rest_.connect(wait);
  version_ = options.api_version != 0 ? options.api_version : choose_version(wait);
  rest_.set_prefix(options.path + "/v" + std::to_string(version_));
  if (!options.catalog.empty()) replay_.leave_memory();
  handle_ = open(wait);
}

HttpResponse GatewaySession::ask_versions(const char* doing, const Wait& wait) {
  try {
    return rest_.get("/api_versions", doing, wait);
  } catch (const Error& e) {
    if (e.code() != Code::kNotFound) throw;
    throw Error(
        Code::kIo,
        e.message() +
            " (is this a Flink SQL Gateway's REST port, 8083 if nothing else is "
            "set? Option rest_path names a path before its API)",
        "08001");
  }
}

int GatewaySession::choose_version(const Wait& wait) {
  constexpr const char* kDoing = "asking for the gateway's API versions";
  const HttpResponse response = ask_versions(kDoing, wait);
  int best = 0;
  Answer(response.body, kDoing).each_text("/versions", [&](std::string_view text) {
    const int number = version_number(text);
    if (number <= kNewestGatewayVersion) best = std::max(best, number);
  });
  if (best == 0) {
    throw Error(Code::kNotImplemented,
                std::string(kDoing) +
                    ": it names none of v1 to v4 (is this a Flink SQL Gateway?)");
  }
  return best;
}

std::string GatewaySession::handle() const {
  const std::lock_guard lock(mutex_);
  return handle_;
}

std::string GatewaySession::path_of(const std::string& handle) {
  return "/sessions/" + path_segment(handle);
}

std::string GatewaySession::open(const Wait& wait) {
  Properties properties = options_.properties;
  // What TIMESTAMP_LTZ is written in, so that it is known.
  properties.try_emplace("table.local-time-zone", options_.time_zone);
  const std::string body = JsonObject().texts("properties", properties).str();
  const auto response = rest_.post("/sessions", body, kOpening, wait);
  std::string handle = Answer(response.body, kOpening).needed("/sessionHandle");
  set_place(handle, wait);
  return handle;
}

void GatewaySession::set_place(const std::string& handle, const Wait& wait) {
  if (!options_.catalog.empty()) {
    configure(handle, use("CATALOG ", options_.catalog), wait);
  }
  if (!options_.database.empty()) {
    configure(handle, use("", options_.database), wait);
  }
}

bool GatewaySession::is_lost(const Error& error, const std::string& handle) {
  return error.message().find("Session '" + handle + "' does not exist") !=
         std::string::npos;
}

bool GatewaySession::note(std::string_view sql) {
  const std::lock_guard lock(mutex_);
  return replay_.note(sql);
}

void GatewaySession::reopen(const std::string& lost, const Wait& wait) {
  std::vector<std::string> statements;
  {
    const std::lock_guard lock(mutex_);
    if (handle_ != lost) return;  // another thread has done it
    statements = replay_.statements();
  }
  log(LogLevel::kWarning,
      "Flink: the gateway's session had expired; it is opened again and set up with " +
          std::to_string(statements.size()) + " statements");
  const std::string fresh = open(wait);
  for (const std::string& sql : statements) {
    try {
      run_statement(fresh, sql, wait);
    } catch (const Error& e) {
      if (e.code() == Code::kCancelled || e.code() == Code::kTimeout) throw;
      log(LogLevel::kWarning, "Flink: setting up the new session: " + e.message());
    }
  }
  const std::lock_guard lock(mutex_);
  if (handle_ == lost) handle_ = fresh;
}

void GatewaySession::configure(const std::string& handle, std::string_view sql,
                               const Wait& wait) {
  if (version_ < 2) {
    run_statement(handle, sql, wait);
    return;
  }
  const std::string body = JsonObject().text("statement", sql).str();
  static_cast<void>(rest_.post(path_of(handle) + "/configure-session", body,
                               "setting up the Flink session", wait));
}

// As a statement, whose result says when it is done.
void GatewaySession::run_statement(const std::string& handle, std::string_view sql,
                                   const Wait& wait) {
  constexpr const char* kDoing = "setting up the Flink session";
  const std::string body = JsonObject().text("statement", sql).str();
  const auto response = rest_.post(path_of(handle) + "/statements", body, kDoing, wait);
  const std::string operation =
      path_of(handle) + "/operations/" +
      path_segment(Answer(response.body, kDoing).needed("/operationHandle"));
  Backoff pause(std::chrono::milliseconds(5), std::chrono::seconds(1), 1.5);
  while (true) {
    const auto page = rest_.get(operation + "/result/0", kDoing, wait);
    if (Answer(page.body, kDoing).text("/resultType") != "NOT_READY") break;
    wait_for({}, wait, kDoing, Deadline::after(pause.next()));
  }
  static_cast<void>(
      rest_.send({.method = "DELETE", .target = operation + "/close"}, wait));
}

void GatewaySession::close(const Wait& wait) {
  static_cast<void>(rest_.send({.method = "DELETE", .target = path()}, wait));
  rest_.close();
}

}  // namespace fletching::flink
