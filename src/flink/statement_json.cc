// SPDX-License-Identifier: Apache-2.0
#include "flink/statement_json.h"

#include <algorithm>

#include "flink/answer.h"

namespace fletching::flink {
namespace {

std::vector<int32_t> key_columns(const Answer& answer) {
  std::vector<int32_t> columns;
  answer.each("/status/traits/upsert_columns", [&](const std::string& json) {
    constexpr size_t kDigits = 6;
    const bool number = !json.empty() && json.size() <= kDigits &&
                        json.find_first_not_of("0123456789") == std::string::npos;
    if (number) columns.push_back(std::stoi(json));
  });
  return columns;
}

std::optional<Traits> read_traits(const Answer& answer) {
  const auto sql_kind = answer.text("/status/traits/sql_kind");
  const bool there = answer.is_object("/status/traits") &&
                     answer.json("/status/traits") != std::string("{}");
  if (!there) return std::nullopt;
  Traits traits;
  traits.sql_kind = sql_kind.value_or("");
  traits.bounded = answer.boolean("/status/traits/is_bounded").value_or(false);
  traits.append_only = answer.boolean("/status/traits/is_append_only").value_or(false);
  traits.upsert_columns = key_columns(answer);
  if (answer.is_object("/status/traits/schema")) {
    traits.columns_json =
        answer.json("/status/traits/schema/columns").value_or(std::string());
    if (traits.columns_json == "[]" || traits.columns_json == "null") {
      traits.columns_json.clear();
    }
  }
  return traits;
}

// Statements that only change definitions end by themselves; their RUNNING is brief.
bool is_definition(std::string_view kind) noexcept {
  const bool changes = kind.starts_with("CREATE_") || kind.starts_with("DROP_") ||
                       kind.starts_with("ALTER_");
  return changes && kind != "CREATE_TABLE_AS";
}

}  // namespace

Statement read_statement(std::string json, std::string_view doing) {
  const Answer answer(json, doing);
  Statement statement;
  statement.name = answer.needed("/name");
  statement.phase_text = answer.needed("/status/phase");
  statement.phase = parse_phase(statement.phase_text);
  statement.detail = answer.text("/status/detail").value_or("");
  statement.pool_exhausted =
      answer.text("/status/scaling_status/scaling_state") == "POOL_EXHAUSTED";
  statement.traits = read_traits(answer);
  statement.json = std::move(json);
  return statement;
}

bool has_columns(const Statement& statement) noexcept {
  return statement.traits && !statement.traits->columns_json.empty();
}

std::string inline_page(const Statement& statement) {
  if (statement.json.find("\"result\"") == std::string::npos) return "";
  const Answer answer(statement.json, "reading a Flink result");
  if (!answer.text("/result/metadata/next") || !answer.json("/result/results/data")) {
    return "";
  }
  std::string page = answer.json("/result").value_or("");
  page.reserve(page.size() + 64);
  return page;
}

Readiness readiness(const Statement& statement, Mode mode) noexcept {
  switch (statement.phase) {
    case Phase::kFailed:
    case Phase::kDegraded:
    case Phase::kDeleted:
      return Readiness::kFailed;
    case Phase::kCompleted:
    case Phase::kStopped:
      return Readiness::kReady;
    case Phase::kRunning:
      break;
    default:
      return Readiness::kWait;
  }
  if (!statement.traits) return Readiness::kWait;
  const Traits& traits = *statement.traits;
  if (traits.columns_json.empty()) {
    const bool goes_on = mode == Mode::kStreaming && !is_definition(traits.sql_kind);
    return goes_on ? Readiness::kReady : Readiness::kWait;
  }
  // The rows of a bounded query that takes rows back are final only at its end.
  const bool unsettled =
      traits.bounded && !traits.append_only && mode != Mode::kStreaming;
  return unsettled ? Readiness::kWait : Readiness::kReady;
}

}  // namespace fletching::flink
