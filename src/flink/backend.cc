// SPDX-License-Identifier: Apache-2.0
#include "flink/backend.h"

#include <utility>

#include "backend/sql_text.h"
#include "flink/metadata.h"
#include "flink/query.h"
#include "flink/statements.h"

namespace fletching {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + '\'';
}

std::string text_of(const std::string& name, const SessionValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* yes = std::get_if<bool>(&value)) return *yes ? "true" : "false";
  if (const auto* number = std::get_if<int64_t>(&value)) return std::to_string(*number);
  throw Error(
      Code::kInvalidArgument,
      "session option " + name + ": Flink takes text, a whole number or a bool");
}

class FlinkBackendSession final : public Session {
 public:
  explicit FlinkBackendSession(std::shared_ptr<flink::Statements> statements)
      : statements_(std::move(statements)) {}

  std::unique_ptr<Query> query(std::string_view sql) override {
    return flink::make_query(statements_, sql);
  }

  std::unique_ptr<ResultStream> metadata(const MetadataRequest& request,
                                         const Wait& wait) override {
    return flink::read_metadata(statements_, request, wait);
  }

  std::shared_ptr<flink::Statements> flink_statements() override { return statements_; }

  std::unique_ptr<ResultStream> attach(std::string_view statement,
                                       const flink::StatementOptions& options,
                                       const Wait& wait) override {
    return flink::attach_to_statement(statements_, statement, options, wait);
  }

  ServerInfo server_info(const Wait& wait) override {
    return statements_->server(wait);
  }

  void set_session_options(const SessionOptions& options, const Wait& wait) override {
    if (!statements_->capabilities().session_state) {
      Session::set_session_options(options, wait);  // refuses
    }
    for (const auto& [name, value] : options) {
      const bool erase = std::holds_alternative<std::monostate>(value);
      statements_->configure(
          erase ? "RESET " + quoted(name)
                : "SET " + quoted(name) + " = " + quoted(text_of(name, value)),
          wait);
    }
  }

  SessionOptions session_options(const Wait& wait) override {
    SessionOptions options;
    for (auto& [name, value] : statements_->properties(wait)) {
      options.emplace(name, std::move(value));
    }
    return options;
  }

  [[nodiscard]] SessionInfo info() const override { return statements_->info(); }

  std::chrono::nanoseconds ping(const Wait& wait) override {
    const auto start = Clock::now();
    validate(wait);
    return Clock::now() - start;
  }

  void validate(const Wait& wait) override { statements_->validate(wait); }

  void settle(const Wait& wait) override { statements_->settle(wait); }
  void close(const Wait& wait) override { statements_->close(wait); }

 private:
  const std::shared_ptr<flink::Statements> statements_;
};

class FlinkBackend final : public Backend {
 public:
  explicit FlinkBackend(flink::Options options) : options_(std::move(options)) {}

  std::unique_ptr<Session> open_session(const Wait& wait) override {
    return std::make_unique<FlinkBackendSession>(
        flink::Statements::open(options_, wait));
  }

 private:
  const flink::Options options_;
};

}  // namespace

std::unique_ptr<Backend> make_flink_backend(flink::Options options) {
  return std::make_unique<FlinkBackend>(std::move(options));
}

}  // namespace fletching
