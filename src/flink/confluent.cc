// SPDX-License-Identifier: Apache-2.0
#include "flink/confluent.h"

#include <atomic>
#include <mutex>
#include <random>
#include <set>

#include "base/backoff.h"
#include "base/log.h"
#include "base/uri.h"
#include "flink/answer.h"
#include "flink/grace.h"
#include "flink/json_write.h"
#include "flink/rest.h"
#include "flink/server_error.h"
#include "flink/statement_json.h"

namespace fletching::flink {
namespace {

constexpr std::string_view kLabelPrefix = "user.confluent.io/";
constexpr const char* kSubmitting = "submitting a statement to Confluent";
constexpr const char* kAsking = "asking for a statement of Confluent";
constexpr const char* kStopping = "stopping a statement of Confluent";
constexpr const char* kListing = "listing the statements of Confluent";

std::string random_name() {
  static constexpr char kHex[] = "0123456789abcdef";
  std::random_device device;
  std::string name = "fletching-";
  for (int i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) name += '-';
    name += kHex[device() & 15];
  }
  return name;
}

std::string prefix_of(const Options& options) {
  return options.path + "/sql/v1/organizations/" + path_segment(options.organization) +
         "/environments/" + path_segment(options.environment);
}

// Only the query of a `next` URL counts: host and path are ours.
std::string query_of(const std::string& next) {
  const std::string target = target_of_url(next);
  const size_t mark = target.find('?');
  return mark == std::string::npos ? "" : target.substr(mark);
}

// The answer may have been lost after the request was carried out.
bool may_have_arrived(const Error& e) {
  return e.code() == Code::kIo && e.vendor_code() == 0 && e.sqlstate() == "08006";
}

std::string label_of(std::string_view label) {
  return label.starts_with(kLabelPrefix)
             ? std::string(label)
             : std::string(kLabelPrefix) + std::string(label);
}

std::string add_parameter(std::string query, std::string_view name,
                          std::string_view value) {
  query += query.empty() ? '?' : '&';
  return query.append(name).append(1, '=').append(percent_encode(value));
}

std::string query_of(const Filter& filter) {
  std::string query = "?page_size=" + std::to_string(filter.page_size);
  if (!filter.label.empty()) {
    query = add_parameter(query, "label_selector", label_of(filter.label) + "=true");
  }
  if (!filter.compute_pool.empty()) {
    query = add_parameter(query, "spec.compute_pool_id", filter.compute_pool);
  }
  if (!filter.name_contains.empty()) {
    query = add_parameter(query, "statement_name_search_query", filter.name_contains);
    query = add_parameter(query, "time_ordered", "true");  // or it is not searched
  }
  return query;
}

class Confluent final : public Statements {
 public:
  Confluent(const Options& options, const Wait& wait)
      : options_(options), rest_(options, prefix_of(options)) {
    capabilities_.named_statements = true;
    capabilities_.resume = true;
    capabilities_.traits = true;
    capabilities_.exceptions = true;
    capabilities_.dry_run = true;
    rest_.connect(wait);
  }

  [[nodiscard]] const Capabilities& capabilities() const noexcept override {
    return capabilities_;
  }
  [[nodiscard]] const Options& options() const noexcept override { return options_; }
  std::string time_zone(const Wait&) override { return options_.time_zone; }

  // A name is unique, so a second request cannot run the text a second time.
  Statement submit(std::string_view sql, const StatementOptions& options,
                   const Wait& wait) override {
    settle(wait);
    const std::string name = options.name.empty() ? random_name() : options.name;
    const std::string body = body_of(name, sql, options);
    if (!options.keep && !options.dry_run) {
      const std::lock_guard lock(mutex_);
      live_.insert(name);
    }
    for (bool again = false;; again = true) {
      try {
        return submit_once(name, body, again, wait);
      } catch (const Error& e) {
        // One that was refused was never there.
        if (!may_have_arrived(e)) leave(name);
        if (again || !may_have_arrived(e)) throw;
        log(LogLevel::kInfo, "Flink: submitting again after: " + e.message());
      }
    }
  }

  Statement status(const std::string& name, const Wait& wait) override {
    auto response = rest_.get(path_of(name), kAsking, wait);
    return read_statement(std::move(response.body), kAsking);
  }

  // Soon at first: most statements take a second, and some minutes.
  Statement ready(Statement statement, const Wait& wait) override {
    Backoff pause(std::chrono::milliseconds(50), std::chrono::seconds(2), 1.2);
    Deadline pool = Deadline::never();
    while (true) {
      const Readiness now = readiness(statement, mode_of(statement));
      if (now == Readiness::kReady) return statement;
      if (now == Readiness::kFailed) throw failure_of(statement);
      watch_pool(statement, pool, wait);
      wait_for({}, wait, "waiting for a statement of Confluent to run",
               Deadline::after(pause.next()));
      statement = status(statement.name, wait);
    }
  }

  RawPage fetch(const std::string& name, const std::string& position, RowFormat,
                const Wait& wait) override {
    const std::string query = position.empty() ? "" : query_of(position);
    auto response = rest_.get(path_of(name) + "/results" + query,
                              "reading the result of a statement of Confluent", wait);
    return {.json = std::move(response.body), .retry_after = retry_after(response)};
  }

  void stop(const std::string& name, const Wait& wait) override {
    const auto response =
        rest_.send({.method = "PATCH",
                    .target = path_of(name),
                    .body = R"([{"op":"replace","path":"/spec/stopped","value":true}])",
                    .content_type = "application/json-patch+json",
                    .repeatable = true},
                   wait);
    Rest::check(response, kStopping);
    Backoff pause(std::chrono::milliseconds(50), std::chrono::seconds(2), 1.2);
    while (!is_terminal(status(name, wait).phase)) {
      wait_for({}, wait, kStopping, Deadline::after(pause.next()));
    }
  }

  void remove(const std::string& name, const Wait& wait) override {
    const auto response = rest_.send(
        {.method = "DELETE", .target = path_of(name), .repeatable = true}, wait);
    if (response.status != 404)
      Rest::check(response, "deleting a statement of Confluent");
    const std::lock_guard lock(mutex_);
    std::erase(waiting_, name);
    live_.erase(name);
  }

  void leave(const std::string& name) noexcept override {
    const std::lock_guard lock(mutex_);
    live_.erase(name);
  }

  void remove_later(std::string name) noexcept override {
    try {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(name));
    } catch (const std::bad_alloc&) {
      // It stays, and the server's own limits end it.
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
        remove(name, wait);
      } catch (const Error& e) {
        if (e.code() == Code::kCancelled || e.code() == Code::kTimeout) {
          remove_later(name);
          throw;
        }
        log(LogLevel::kWarning,
            "Flink: statement '" + name + "' stays: " + e.message());
      }
    }
  }

  std::vector<Statement> list(const Filter& filter, const Wait& wait) override {
    std::vector<Statement> found;
    std::set<std::string> seen;
    std::string query = query_of(filter);
    while (true) {
      const auto response = rest_.get("/statements" + query, kListing, wait);
      const Answer answer(response.body, kListing);
      answer.each("/data", [&](std::string json) {
        found.push_back(read_statement(std::move(json), kListing));
      });
      const std::string next = answer.text("/metadata/next").value_or("");
      if (next.empty()) return found;
      if (!seen.insert(next).second) {
        throw Error(Code::kInvalidData, std::string(kListing) +
                                            ": the server names the same page again "
                                            "and again");
      }
      query = query_of(next);
    }
  }

  Statement update(const std::string& name, std::optional<bool> stopped,
                   std::optional<std::string> compute_pool,
                   std::optional<std::string> principal, const Wait& wait) override {
    constexpr const char* kDoing = "changing a statement of Confluent";
    const Statement now = status(name, wait);
    const Answer answer(now.json, kDoing);
    JsonObject spec;
    answer.each_member("/spec", [&](std::string_view member, const std::string&) {
      if ((member == "stopped" && stopped) ||
          (member == "compute_pool_id" && compute_pool) ||
          (member == "principal" && principal)) {
        return;
      }
      const std::string path = "/spec/" + std::string(member);
      if (const auto json = answer.json(path.c_str())) spec.raw(member, *json);
    });
    if (stopped) spec.boolean("stopped", *stopped);
    if (compute_pool) spec.text("compute_pool_id", *compute_pool);
    if (principal) spec.text("principal", *principal);
    JsonObject body;
    body.text("name", name)
        .text("organization_id", options_.organization)
        .text("environment_id", options_.environment)
        .raw("spec", spec.str());
    if (const auto metadata = answer.json("/metadata")) body.raw("metadata", *metadata);
    const auto response = rest_.send(
        {.method = "PUT", .target = path_of(name), .body = body.str()}, wait);
    Rest::check(response, kDoing);
    return status(name, wait);
  }

  std::vector<ExceptionRecord> exceptions(const std::string& name,
                                          const Wait& wait) override {
    constexpr const char* kDoing = "asking for the exceptions of a statement";
    const auto response = rest_.get(path_of(name) + "/exceptions", kDoing, wait);
    std::vector<ExceptionRecord> records;
    Answer(response.body, kDoing).each("/data", [&](const std::string& json) {
      const Answer one(json, kDoing);
      records.push_back({.kind = one.text("/kind").value_or(""),
                         .name = one.text("/name").value_or(""),
                         .message = one.text("/message").value_or(""),
                         .timestamp = one.text("/timestamp").value_or("")});
    });
    return records;
  }

  void validate(const Wait& wait) override {
    static_cast<void>(rest_.get("/statements?page_size=1", kListing, wait));
  }

  [[nodiscard]] SessionInfo info() const override { return session_info(rest_); }

  ServerInfo server(const Wait&) override {
    ServerInfo info;
    info.name = "Confluent Cloud for Apache Flink";
    info.version = "sql/v1";
    info.transactions = TransactionSupport::kNone;
    info.cancel = true;
    info.bulk_ingestion = false;
    info.identifier_quote = "`";
    return info;
  }

  void close(const Wait& wait) override {
    if (closed_.exchange(true)) return;
    try {
      settle(wait);
      for (const std::string& name : live()) remove(name, wait);
    } catch (const Error& e) {
      log(LogLevel::kInfo, "Flink: closing: " + e.message());
    }
    rest_.close();
  }

 private:
  static std::string path_of(const std::string& name) {
    return "/statements/" + path_segment(name);
  }

  [[nodiscard]] std::string body_of(const std::string& name, std::string_view sql,
                                    const StatementOptions& options) const {
    JsonObject spec;
    spec.text("statement", sql).texts("properties", properties_of(options));
    spec.boolean("stopped", false);
    const std::string& pool =
        options.compute_pool.empty() ? options_.compute_pool : options.compute_pool;
    if (!pool.empty()) spec.text("compute_pool_id", pool);
    JsonObject body;
    body.text("name", name)
        .text("organization_id", options_.organization)
        .text("environment_id", options_.environment)
        .raw("spec", spec.str());
    if (!options.labels.empty()) {
      Properties labels;
      for (const auto& label : options.labels) labels[label_of(label)] = "true";
      body.raw("metadata", JsonObject().texts("labels", labels).str());
    }
    return body.str();
  }

  [[nodiscard]] Properties properties_of(const StatementOptions& options) const {
    Properties all = options_.properties;
    for (const auto& [name, value] : options.properties) all[name] = value;
    if (options_.time_zone != "UTC") {
      all.try_emplace("sql.local-time-zone", options_.time_zone);
    }
    all["sql.current-catalog"] =
        options_.catalog.empty() ? options_.environment : options_.catalog;
    if (!options_.database.empty()) all["sql.current-database"] = options_.database;
    if (options.mode == Mode::kAuto || options.mode == Mode::kBatch) {
      all["sql.snapshot.mode"] = "now";
    }
    if (options.dry_run) all["sql.dry-run"] = "true";
    return all;
  }

  // The mode that it was submitted in, which its own properties tell.
  static Mode mode_of(const Statement& statement) {
    const Answer answer(statement.json, kAsking);
    return answer.text("/spec/properties/sql.snapshot.mode") == "now"
               ? Mode::kBatch
               : Mode::kStreaming;
  }

  Statement submit_once(const std::string& name, const std::string& body, bool again,
                        const Wait& wait) {
    Grace grace(wait);
    auto response = rest_.send(
        {.method = "POST", .target = "/statements", .body = body}, grace.wait());
    grace.check(kSubmitting, [&] { remove_later(name); });
    // The first request has arrived after all.
    if (again && response.status == 409) return status(name, wait);
    if (response.status == 429) throw too_many(response);
    Rest::check(response, kSubmitting);
    return read_statement(std::move(response.body), kSubmitting);
  }

  // Also what a private network's server answers to whoever comes by the public name.
  [[nodiscard]] Error too_many(const HttpResponse& response) const {
    const Error e = server_error(response, kSubmitting);
    return Error(e.code(),
                 e.message() +
                     " (too many requests; an environment with private networking "
                     "answers so too: name its own host by endpoint=)",
                 e.sqlstate(), e.vendor_code(), e.details());
  }

  static Error failure_of(const Statement& statement) {
    const std::string doing = "Flink statement '" + statement.name + "'";
    std::string what = statement.detail;
    if (what.empty()) what = "it is " + statement.phase_text + ", without a reason";
    return statement_error(doing, what, "", 0);
  }

  // A pool has room again when others end; after a minute somebody has to be told.
  void watch_pool(const Statement& statement, Deadline& pool, const Wait& wait) {
    if (!statement.pool_exhausted) {
      pool = Deadline::never();
      return;
    }
    if (pool.is_never()) pool = Deadline::after(std::chrono::seconds(60));
    if (!pool.expired()) return;
    remove(statement.name, wait);
    throw Error(Code::kIo,
                "Flink statement '" + statement.name +
                    "': its compute pool has no room, for a minute now (it has been "
                    "deleted; stop other statements or take another pool)",
                "53000");
  }

  [[nodiscard]] std::set<std::string> live() {
    const std::lock_guard lock(mutex_);
    return live_;
  }

  const Options options_;
  Capabilities capabilities_;
  Rest rest_;
  std::mutex mutex_;                  // held for moments
  std::set<std::string> live_;        // ours, to be deleted in the end
  std::vector<std::string> waiting_;  // to be deleted
  std::atomic<bool> closed_{false};
};

}  // namespace

std::shared_ptr<Statements> open_confluent(const Options& options, const Wait& wait) {
  return std::make_shared<Confluent>(options, wait);
}

}  // namespace fletching::flink
