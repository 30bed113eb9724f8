// SPDX-License-Identifier: Apache-2.0
// What is known of the servers that people run: how each differs from what the protocol
// promises, as data. One file a server in profiles/, each naming its sources.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "backend/server_info.h"

namespace fletching {

struct ServerProfile {
  enum class Binding : uint8_t {
    kServer,        // any number of rows of parameters
    kServerOneRow,  // one row at a time
    kClient,        // not at all: literals are written into the text
  };
  // How a connection's catalog or schema is chosen.
  enum class Choice : uint8_t { kNone, kSessionOption, kHeader, kUseStatement };
  // What proves that the server is there.
  enum class Ping : uint8_t { kRpc, kSql };

  std::string_view name;     // "datafusion"
  std::string_view product;  // what SqlInfo's server name contains, in lower case
  std::string_view dialect;  // of SqlDialect
  Binding binding = Binding::kServer;
  Choice catalog_by = Choice::kSessionOption, schema_by = Choice::kSessionOption;
  std::string_view catalog_header, schema_header;  // for kHeader
  Ping ping = Ping::kRpc;
  std::string_view ping_sql;                                       // for kSql
  TransactionSupport transactions = TransactionSupport::kUnknown;  // kUnknown: asks
  bool has_update = true;            // DoPut with statement updates
  bool has_ingest = true;            // CommandStatementIngest
  bool has_prepared = true;          // prepared statements
  bool has_session_close = true;     // CloseSession
  bool share_token = true;           // false: the token carries the session
  bool read_only = false;            // every statement is a read: safe to send again
  bool one_query_at_a_time = false;  // per session
  int64_t max_message = int64_t{16} << 20;  // largest it accepts, bytes
};

// By name; null for an unknown one.
[[nodiscard]] const ServerProfile* find_profile(std::string_view name) noexcept;
[[nodiscard]] const ServerProfile& generic_profile() noexcept;
// The one whose product the server's name contains; else the generic one.
[[nodiscard]] const ServerProfile& detect_profile(const ServerInfo& info) noexcept;
// All, in the order of their names.
[[nodiscard]] std::span<const ServerProfile* const> all_profiles() noexcept;

}  // namespace fletching
