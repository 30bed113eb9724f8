// SPDX-License-Identifier: Apache-2.0
#include "flink/statements.h"

#include "driver/state.h"
#include "fletching/flink.h"

namespace fletching {
namespace {

FlinkStatement to_public(flink::Statement statement) {
  FlinkStatement out{.name = std::move(statement.name),
                     .phase = std::move(statement.phase_text),
                     .detail = std::move(statement.detail),
                     .json = std::move(statement.json)};
  if (statement.traits) {
    out.sql_kind = std::move(statement.traits->sql_kind);
    out.bounded = statement.traits->bounded;
    out.append_only = statement.traits->append_only;
  }
  return out;
}

// Runs body(statements, wait) as an operation that the connection can cancel.
template <class Body>
auto with_statements(Connection::State& connection, Body&& body) {
  const Entry entry(connection.generation);
  const Operation run = connection.operation(connection.settings.query_timeout);
  const auto statements = run.session->flink_statements();
  return std::forward<Body>(body)(*statements, run.wait);
}

}  // namespace

FlinkStatements::FlinkStatements(const Connection& connection)
    : connection_(connection.state_) {}

FlinkStatement FlinkStatements::get(std::string_view name) {
  return with_statements(*connection_, [&](auto& all, const Wait& wait) {
    return to_public(all.status(std::string(name), wait));
  });
}

std::vector<FlinkStatement> FlinkStatements::list(const FlinkStatementFilter& filter) {
  return with_statements(*connection_, [&](auto& all, const Wait& wait) {
    std::vector<FlinkStatement> found;
    const flink::Filter asked{.label = filter.label,
                              .compute_pool = filter.compute_pool,
                              .name_contains = filter.name_contains};
    for (flink::Statement& one : all.list(asked, wait)) {
      found.push_back(to_public(std::move(one)));
    }
    return found;
  });
}

void FlinkStatements::stop(std::string_view name) {
  with_statements(*connection_, [&](auto& all, const Wait& wait) {
    all.stop(std::string(name), wait);
  });
}

void FlinkStatements::remove(std::string_view name) {
  with_statements(*connection_, [&](auto& all, const Wait& wait) {
    all.remove(std::string(name), wait);
  });
}

FlinkStatement FlinkStatements::resume(std::string_view name,
                                       std::string_view compute_pool,
                                       std::string_view principal) {
  const auto given = [](std::string_view text) {
    return text.empty() ? std::nullopt : std::optional<std::string>(text);
  };
  return with_statements(*connection_, [&](auto& all, const Wait& wait) {
    return to_public(all.update(std::string(name), false, given(compute_pool),
                                given(principal), wait));
  });
}

std::vector<FlinkException> FlinkStatements::exceptions(std::string_view name) {
  return with_statements(*connection_, [&](auto& all, const Wait& wait) {
    std::vector<FlinkException> found;
    for (flink::ExceptionRecord& one : all.exceptions(std::string(name), wait)) {
      found.push_back({.kind = std::move(one.kind),
                       .name = std::move(one.name),
                       .message = std::move(one.message),
                       .timestamp = std::move(one.timestamp)});
    }
    return found;
  });
}

}  // namespace fletching
