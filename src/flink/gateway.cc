// SPDX-License-Identifier: Apache-2.0
#include "flink/gateway.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <mutex>
#include <random>
#include <set>

#include "base/backoff.h"
#include "base/log.h"
#include "flink/answer.h"
#include "flink/gateway_session.h"
#include "flink/grace.h"
#include "flink/json_write.h"
#include "flink/server_error.h"

namespace fletching::flink {
namespace {

constexpr const char* kStopping = "stopping a Flink statement";
constexpr const char* kReading = "reading a Flink result";

// The server's own error where a page holds what JSON cannot carry: a MAP whose keys
// are no strings, a VARIANT.
bool json_cannot_carry(const HttpResponse& response) {
  return response.status == 500 &&
         response.body.find("Could not map response to JSON") != std::string::npos;
}

// Without reading the page, which may be large.
bool says(const HttpResponse& response, std::string_view type) {
  return std::string_view(response.body).substr(0, 64).find(type) !=
         std::string_view::npos;
}

// A job that is cancelled before its tasks have opened the sink takes Flink's
// TaskManager with it (a NullPointerException of CollectSinkFunction.close(), seen with
// 2.3.0). Nothing tells when that is but its first rows; by then it surely is.
constexpr std::chrono::milliseconds kOpening{1500};

bool is_submitting(std::string_view status) {
  return status == "INITIALIZED" || status == "PENDING" || status == "RUNNING";
}

Phase phase_of(std::string_view status) {
  if (is_submitting(status)) return Phase::kPending;
  if (status == "FINISHED") return Phase::kRunning;  // its rows can be read
  if (status == "ERROR" || status == "TIMEOUT") return Phase::kFailed;
  if (status == "CANCELED") return Phase::kStopped;
  if (status == "CLOSED") return Phase::kDeleted;
  return Phase::kUnknown;
}

std::string random_tag() {
  static constexpr char kHex[] = "0123456789abcdef";
  std::random_device device;
  std::string tag = "fletching-";
  for (int i = 0; i < 12; ++i) tag += kHex[device() & 15];
  return tag;
}

// The token of a position: the last segment of its path, digits alone.
std::string token_of(const std::string& position) {
  if (position.empty()) return "0";
  const std::string path = position.substr(0, position.find('?'));
  std::string token = path.substr(path.rfind('/') + 1);
  if (token.empty() || token.size() > 19 ||
      token.find_first_not_of("0123456789") != std::string::npos) {
    throw Error(Code::kInvalidData, std::string(kReading) +
                                        ": the server named a next page without a "
                                        "number");
  }
  return token;
}

// "Expecting token to be 5 or 4, but found 0" -> 4. Both can be had; the page of the
// lower one may not have reached anybody.
std::optional<std::string> last_page_of(std::string_view error) {
  static constexpr std::string_view kWords = "Expecting token to be ";
  const size_t found = error.find(kWords);
  if (found == std::string_view::npos) return std::nullopt;
  const char* begin = error.data() + found + kWords.size();
  int64_t current = 0;
  const auto read = std::from_chars(begin, error.data() + error.size(), current);
  if (read.ec != std::errc() || current < 1) return std::nullopt;
  return std::to_string(current - 1);
}

class Gateway final : public Statements {
 public:
  Gateway(const Options& options, const Wait& wait)
      : options_(options), session_(options, wait) {
    capabilities_.completion = session_.version() >= 2;
    capabilities_.session_state = true;
    capabilities_.row_formats = session_.version() >= 2;
  }

  [[nodiscard]] const Capabilities& capabilities() const noexcept override {
    return capabilities_;
  }
  [[nodiscard]] const Options& options() const noexcept override { return options_; }

  std::string time_zone(const Wait& wait) override {
    {
      const std::lock_guard lock(mutex_);
      if (zone_) return *zone_;
    }
    const Properties known = properties(wait);
    const auto found = known.find("table.local-time-zone");
    // "default" is the zone of the server's machine, which nobody tells.
    std::string zone = found == known.end() ? options_.time_zone : found->second;
    const std::lock_guard lock(mutex_);
    zone_ = zone;
    return zone;
  }

  Statement submit(std::string_view sql, const StatementOptions& options,
                   const Wait& wait) override {
    settle(wait);
    const std::string tag = random_tag();
    const std::string body = JsonObject()
                                 .text("statement", sql)
                                 .texts("executionConfig", config_of(options, tag))
                                 .str();
    constexpr const char* kDoing = "submitting a statement to Flink";
    Statement statement;
    Grace grace(wait);  // or a statement would run of which nobody knows
    session_.with_handle(
        [&](const std::string& handle) {
          const auto response =
              session_.rest().post(GatewaySession::path_of(handle) + "/statements",
                                   body, kDoing, grace.wait());
          statement.json = response.body;
          // Under which session it is, as one opened later does not know it.
          statement.name =
              handle + "/" + Answer(response.body, kDoing).needed("/operationHandle");
        },
        wait);
    const bool session_changes = session_.note(sql);
    {
      const std::lock_guard lock(mutex_);
      if (session_changes) zone_.reset();
      live_.insert(statement.name);
      tags_[statement.name] = tag;
    }
    grace.check(kDoing, [&] { remove_later(statement.name); });
    return statement;
  }

  Statement status(const std::string& name, const Wait& wait) override {
    constexpr const char* kDoing = "asking for a Flink statement's status";
    const auto response = session_.rest().get(path_of(name) + "/status", kDoing, wait);
    Statement statement{.name = name, .json = response.body};
    statement.phase_text = Answer(response.body, kDoing).needed("/status");
    statement.phase = phase_of(statement.phase_text);
    return statement;
  }

  // Its pages tell the same at once.
  Statement ready(Statement statement, const Wait&) override {
    statement.phase = Phase::kRunning;
    return statement;
  }

  RawPage fetch(const std::string& name, const std::string& position, RowFormat format,
                const Wait& wait) override {
    const std::string target = path_of(name) + "/result/" + token_of(position);
    bool plain = format == RowFormat::kPlainText;
    HttpResponse response = get_page(target, plain, wait);
    if (position.empty() && response.status == 500) {
      // Another reader has begun it: its last page is still there.
      if (const auto last = last_page_of(response.body)) {
        return fetch(name, path_of(name) + "/result/" + *last, format, wait);
      }
    }
    if (!plain && json_cannot_carry(response) && capabilities_.row_formats &&
        format == RowFormat::kAuto) {
      // The page is still there: its token is the current one.
      plain = true;
      response = get_page(target, plain, wait);
    }
    Rest::check(response, kReading);
    note_page(name, response);
    return {.plain_text = plain,
            .json = std::move(response.body),
            .retry_after = retry_after(response)};
  }

  // Closing while it is being submitted could leave its job behind for ever.
  void stop(const std::string& name, const Wait& wait) override {
    static constexpr std::chrono::milliseconds kPatience{500};
    const Deadline patience = Deadline::after(kPatience);
    Backoff pause(std::chrono::milliseconds(10), std::chrono::milliseconds(500), 1.5);
    while (!is_submitted(name)) {
      const std::string state = status_or_gone(name, wait);
      if (state.empty() || state == "ERROR") break;
      if (!is_submitting(state)) {
        note_submitted(name);
        break;
      }
      if (patience.expired() && stop_job(name, wait)) break;
      wait_for({}, wait, kStopping, Deadline::after(pause.next()));
    }
    if (const Deadline open = open_at(name); !open.is_never()) {
      wait_for({}, wait, kStopping, open);
    }
    static_cast<void>(session_.rest().send(
        {.method = "DELETE", .target = path_of(name) + "/close", .repeatable = true},
        wait));
    forget(name);
  }

  void remove(const std::string& name, const Wait& wait) override { stop(name, wait); }

  void leave(const std::string& name) noexcept override {
    forget(name);
    // One of another session ends with that.
    if (name.starts_with(session_.handle() + "/")) stays_.store(true);
  }

  void remove_later(std::string name) noexcept override {
    try {
      const std::lock_guard lock(mutex_);
      if (live_.count(name) != 0) waiting_.push_back(std::move(name));
    } catch (const std::bad_alloc&) {
      // The server ends it with the session.
    }
  }

  void settle(const Wait& wait) override {
    std::vector<std::string> waiting;
    {
      const std::lock_guard lock(mutex_);
      waiting.swap(waiting_);
    }
    for (const std::string& name : waiting) {
      try {
        stop(name, wait);
      } catch (const Error& e) {
        remove_later(name);
        if (e.code() == Code::kCancelled || e.code() == Code::kTimeout) throw;
        log(LogLevel::kInfo, e.message());
      } catch (...) {
        remove_later(name);
        throw;
      }
    }
  }

  void configure(std::string_view sql, const Wait& wait) override {
    session_.with_handle(
        [&](const std::string& handle) { session_.configure(handle, sql, wait); },
        wait);
    session_.note(sql);
    const std::lock_guard lock(mutex_);
    zone_.reset();
  }

  std::vector<std::string> complete(std::string_view sql, int64_t position,
                                    const Wait& wait) override {
    if (!capabilities_.completion) return Statements::complete(sql, position, wait);
    static constexpr const char* kDoing = "completing a statement";
    std::vector<std::string> candidates;
    session_.with_handle(
        [&](const std::string& handle) {
          const auto response = session_.rest().send(
              {.target = GatewaySession::path_of(handle) + "/complete-statement",
               .body = JsonObject()
                           .text("statement", sql)
                           .number("position", position)
                           .str(),
               .repeatable = true},
              wait);
          Rest::check(response, kDoing);
          Answer(response.body, kDoing).each_text("/candidates", [&](auto text) {
            candidates.emplace_back(text);
          });
        },
        wait);
    return candidates;
  }

  Properties properties(const Wait& wait) override {
    static constexpr const char* kDoing =
        "asking for the properties of the Flink session";
    Properties found;
    session_.with_handle(
        [&](const std::string& handle) {
          const auto response =
              session_.rest().get(GatewaySession::path_of(handle), kDoing, wait);
          Answer(response.body, kDoing)
              .each_member(
                  "/properties", [&](std::string_view name, std::string value) {
                    found.insert_or_assign(std::string(name), std::move(value));
                  });
        },
        wait);
    return found;
  }

  void heartbeat(const std::string& name, const Wait& wait) override {
    beat(name.substr(0, name.find('/')), wait);
  }

  void validate(const Wait& wait) override {
    session_.with_handle([&](const std::string& handle) { beat(handle, wait); }, wait);
  }

  [[nodiscard]] SessionInfo info() const override {
    return session_info(session_.rest());
  }

  ServerInfo server(const Wait& wait) override {
    constexpr const char* kDoing = "asking the Flink SQL Gateway who it is";
    const auto response = session_.rest().get("/info", kDoing, wait);
    const Answer answer(response.body, kDoing);
    ServerInfo info;
    info.name = answer.text("/productName").value_or("Apache Flink");
    info.version = answer.text("/version").value_or("");
    info.transactions = TransactionSupport::kNone;
    info.cancel = true;
    info.bulk_ingestion = false;
    info.identifier_quote = "`";
    return info;
  }

  // What is still being submitted when the time is over is left to the server, which
  // ends an idle session: closing it now could leave the job behind.
  void close(const Wait& wait) override {
    if (closed_.exchange(true)) return;
    try {
      for (const std::string& name : live()) stop(name, wait);
      // A session takes its statements along; left alone it ends after a while.
      if (stays_.load()) {
        session_.leave();
      } else {
        session_.close(wait);
      }
    } catch (const Error& e) {
      log(LogLevel::kInfo, "Flink: closing the session: " + e.message());
    }
  }

 private:
  void beat(const std::string& handle, const Wait& wait) const {
    static_cast<void>(
        session_.rest().post(GatewaySession::path_of(handle) + "/heartbeat", "{}",
                             "keeping the Flink session alive", wait));
  }

  // "SESSION/OPERATION" -> the operation's path.
  static std::string path_of(const std::string& name) {
    const size_t slash = name.find('/');
    if (slash == std::string::npos) {
      throw Error(Code::kInvalidArgument,
                  "'" + name + "' is no statement of this Flink session");
    }
    return GatewaySession::path_of(name.substr(0, slash)) + "/operations/" +
           path_segment(name.substr(slash + 1));
  }

  Properties config_of(const StatementOptions& options, const std::string& tag) const {
    Properties config = options.properties;
    if (options.mode == Mode::kBatch || options.mode == Mode::kAuto) {
      config.try_emplace("execution.runtime-mode", "batch");
    } else if (options.mode == Mode::kStreaming) {
      config.try_emplace("execution.runtime-mode", "streaming");
    }
    // The job's name, by which it is found again.
    if (options_.properties.count("pipeline.name") == 0) {
      config.try_emplace("pipeline.name", tag);
    }
    return config;
  }

  HttpResponse get_page(const std::string& target, bool plain, const Wait& wait) {
    std::string query;
    if (capabilities_.row_formats) {
      query = plain ? "?rowFormat=PLAIN_TEXT" : "?rowFormat=JSON";
    } else if (plain) {
      throw Error(Code::kNotImplemented,
                  std::string(kReading) + ": this gateway's API (v1) has JSON alone");
    }
    return session_.rest().send({.target = target + query, .repeatable = true}, wait);
  }

  // Empty: the server does not know it any more.
  std::string status_or_gone(const std::string& name, const Wait& wait) {
    const auto response = session_.rest().send(
        {.target = path_of(name) + "/status", .repeatable = true}, wait);
    const bool gone = response.status == 404 || response.status == 500;
    if (gone) return "";
    Rest::check(response, kStopping);
    return Answer(response.body, kStopping).needed("/status");
  }

  // A statement that waits for its job (table.dml-sync) stays "submitting" as long as
  // that runs: the job is stopped by the name that it was given. True once it is.
  bool stop_job(const std::string& name, const Wait& wait) {
    std::string tag;
    {
      const std::lock_guard lock(mutex_);
      const auto found = tags_.find(name);
      if (found == tags_.end()) return false;
      tag = found->second;
    }
    const auto job = job_named(tag, wait);
    if (!job) return false;
    run_for_rows("STOP JOB '" + *job + "'", wait, [](const std::string&) {});
    return true;
  }

  std::optional<std::string> job_named(const std::string& tag, const Wait& wait) {
    std::optional<std::string> id;
    run_for_rows("SHOW JOBS", wait, [&](const std::string& row) {
      const Answer fields(row, kStopping);
      if (fields.text("/fields/1") == tag && fields.text("/fields/2") == "RUNNING") {
        id = fields.text("/fields/0");
      }
    });
    if (id && id->find('\'') != std::string::npos) id.reset();
    return id;
  }

  // A short statement of our own; `take` gets the JSON of each row.
  void run_for_rows(const std::string& sql, const Wait& wait,
                    const std::function<void(const std::string&)>& take) {
    const std::string handle = session_.handle();
    const auto response = session_.rest().post(
        GatewaySession::path_of(handle) + "/statements",
        JsonObject().text("statement", sql).str(), kStopping, wait);
    const std::string name =
        handle + "/" + Answer(response.body, kStopping).needed("/operationHandle");
    Backoff pause(std::chrono::milliseconds(5), std::chrono::milliseconds(500), 1.5);
    std::string position;
    while (true) {
      const RawPage page = fetch(name, position, RowFormat::kJson, wait);
      const Answer answer(page.json, kStopping);
      const std::string type = answer.needed("/resultType");
      answer.each("/results/data", take);
      if (type == "EOS") break;
      position = answer.text("/nextResultUri").value_or("");
      if (type == "NOT_READY") {
        wait_for({}, wait, kStopping, Deadline::after(pause.next()));
      }
    }
    static_cast<void>(session_.rest().send(
        {.method = "DELETE", .target = path_of(name) + "/close"}, wait));
  }

  // Its submission is over: it may be closed once its job has opened its sink.
  void note_submitted(const std::string& name) {
    const std::lock_guard lock(mutex_);
    if (tags_.erase(name) != 0) opening_[name] = Deadline::after(kOpening);
  }
  void note_page(const std::string& name, const HttpResponse& response) {
    if (says(response, "\"NOT_READY\"")) return;
    note_submitted(name);
    const bool is_empty = says(response, "\"PAYLOAD\"") &&
                          response.body.find("\"data\":[]") != std::string::npos;
    if (is_empty) return;
    const std::lock_guard lock(mutex_);
    opening_.erase(name);
  }
  [[nodiscard]] bool is_submitted(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    return live_.count(name) != 0 && tags_.count(name) == 0;
  }
  // When its job has surely opened its sink; never: it has.
  [[nodiscard]] Deadline open_at(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = opening_.find(name);
    return found == opening_.end() ? Deadline::never() : found->second;
  }

  void forget(const std::string& name) noexcept {
    const std::lock_guard lock(mutex_);
    live_.erase(name);
    tags_.erase(name);
    opening_.erase(name);
    std::erase(waiting_, name);
  }

  [[nodiscard]] std::vector<std::string> live() const {
    const std::lock_guard lock(mutex_);
    return {live_.begin(), live_.end()};
  }

  const Options options_;
  Capabilities capabilities_;
  GatewaySession session_;
  mutable std::mutex mutex_;  // held for moments
  std::optional<std::string> zone_;
  std::set<std::string> live_;  // not closed yet
  std::map<std::string, std::string>
      tags_;  // the jobs' names of those under submission
  std::map<std::string, Deadline> opening_;  // submitted, and without rows so far
  std::vector<std::string> waiting_;         // to be closed
  std::atomic<bool> stays_{false};           // a statement is to outlive this
  std::atomic<bool> closed_{false};
};

}  // namespace

std::shared_ptr<Statements> open_gateway(const Options& options, const Wait& wait) {
  return std::make_shared<Gateway>(options, wait);
}

}  // namespace fletching::flink
