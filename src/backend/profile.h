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

  std::string_view name;     // "datafusion"
  std::string_view product;  // what SqlInfo's server name contains, in lower case
  std::string_view dialect;  // of SqlDialect
  Binding binding = Binding::kServer;
  Choice catalog_by = Choice::kSessionOption, schema_by = Choice::kSessionOption;
  std::string_view catalog_header, schema_header;                  // for kHeader
  TransactionSupport transactions = TransactionSupport::kUnknown;  // kUnknown: asks
  bool has_ingest = true;         // CommandStatementIngest
  bool has_session_close = true;  // false: no CloseSession, or one without an answer
  bool share_token = true;        // false: the Handshake's token is the session
  bool read_only = false;         // every statement is a read: safe to send again
  // For a server that never ends by itself: the most rows of a query without a LIMIT,
  // and the environment variable that says otherwise. No name: there is no cap.
  std::string_view max_rows_variable;
  int64_t max_rows = 0;
  // The largest message of rows that it accepts, bytes: gRPC's own default, of Go,
  // Java, C++ and Rust alike.
  int64_t max_message = int64_t{4} << 20;
};

// By name; null for an unknown one.
[[nodiscard]] const ServerProfile* find_profile(std::string_view name) noexcept;
[[nodiscard]] const ServerProfile& generic_profile() noexcept;
// The one whose product the server's name contains; else the generic one.
[[nodiscard]] const ServerProfile& detect_profile(const ServerInfo& info) noexcept;
// All, in the order of their names.
[[nodiscard]] std::span<const ServerProfile* const> all_profiles() noexcept;

}  // namespace fletching
