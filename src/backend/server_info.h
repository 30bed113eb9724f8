// SPDX-License-Identifier: Apache-2.0
// What a server says of itself, whatever its protocol calls it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fletching {

enum class TransactionSupport : uint8_t { kUnknown, kNone, kTransactions, kSavepoints };

// How the server stores names written without or with quotes
// (SqlSupportedCaseSensitivity).
enum class NameCase : uint8_t { kUnknown, kInsensitive, kUpper, kLower };

// Unset or empty: it does not say.
struct ServerInfo {
  std::string name, version, arrow_version;
  std::optional<bool> read_only, cancel, bulk_ingestion, ingest_transactions;
  std::optional<bool> substrait;
  TransactionSupport transactions = TransactionSupport::kUnknown;
  std::optional<std::string> identifier_quote, search_escape;
  NameCase identifier_case = NameCase::kUnknown, quoted_case = NameCase::kUnknown;
  std::vector<std::string> keywords;
};

}  // namespace fletching
