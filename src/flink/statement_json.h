// SPDX-License-Identifier: Apache-2.0
// Statements as Confluent's API tells of them.
#pragma once

#include <string>
#include <string_view>

#include "flink/statements.h"

namespace fletching::flink {

// Throws kInvalidData "doing: ..." for what names no statement or has no status. Phases
// and members that are not known are no error.
[[nodiscard]] Statement read_statement(std::string json, std::string_view doing);

// The statement's columns are told and it has any; with no traits yet neither is known.
[[nodiscard]] bool has_columns(const Statement& statement) noexcept;

// The first page of rows, where the server has put it into its answer (Confluent's
// property sql.inline-result) and says what follows it. Empty: it has to be asked for.
[[nodiscard]] std::string inline_page(const Statement& statement);

// What waiting for a statement's rows, or its end, comes to (the rules of Confluent's
// own client, and what its API says of phases).
enum class Readiness : uint8_t { kWait, kReady, kFailed };
[[nodiscard]] Readiness readiness(const Statement& statement, Mode mode) noexcept;

}  // namespace fletching::flink
