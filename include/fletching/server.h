// SPDX-License-Identifier: Apache-2.0
// What a server is: what it says of itself (SqlInfo), corrected by its profile where
// that is known to be wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fletching {

// Unset or empty: nobody says.
struct ServerDescription {
  std::string name, version, arrow_version;
  std::string profile;  // in use: "generic" where the server's name is not known
  std::string dialect;  // of its SQL, as the profile has it
  // How parameters are bound: "server" (many rows at once), "server_one_row",
  // "client" (written into the text).
  std::string binding;
  std::string transactions;  // "none", "transactions", "savepoints"
  std::optional<bool> read_only, cancel, bulk_ingestion, ingest_transactions;
  std::optional<bool> substrait;  // it takes plans (fletching/substrait.h)
  std::optional<std::string> identifier_quote, search_escape;
  // Of names without and with quotes: "insensitive", "upper", "lower".
  std::string identifier_case, quoted_identifier_case;
  std::vector<std::string> keywords;  // beside those of SQL-92
  int64_t max_message = 0;            // the largest it accepts, bytes
};

}  // namespace fletching
