// SPDX-License-Identifier: Apache-2.0
// All options of a database, connection or statement, parsed; and the one table that
// names, documents and sets them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "backend/profile.h"
#include "fletching/driver.h"
#include "flight/client.h"
#include "flink/options.h"

namespace fletching {

enum class PrefetchMode : uint8_t { kAuto, kOn, kOff };
enum class BindMode : uint8_t { kAuto, kServer, kClient };
enum class BindRows : uint8_t { kAuto, kMany, kOne };
enum class Autocommit : uint8_t {
  kOn,
  kOff,
  kIfNone,  // off where the server has transactions
};

enum class ServerFamily : uint8_t { kFlight, kFlinkGateway, kConfluent };

struct Settings {
  ServerFamily server = ServerFamily::kFlight;
  FlightOptions flight;  // what is common to all servers too
  flink::Options flink;
  flink::StatementOptions flink_statement;
  std::string uri;                            // redacted, for messages
  std::chrono::nanoseconds query_timeout{0};  // 0: none, as for all below
  std::chrono::nanoseconds fetch_timeout{0};
  std::chrono::nanoseconds update_timeout{0};
  std::chrono::nanoseconds total_timeout{0};
  bool validate = false;
  PrefetchMode prefetch = PrefetchMode::kAuto;
  const ServerProfile* profile = nullptr;  // null: found out when it matters
  BindMode bind = BindMode::kAuto;
  BindRows bind_rows = BindRows::kAuto;
  std::optional<int64_t> ingest_message;    // bytes; unset: as the profile says
  std::optional<int64_t> max_rows;          // 0: no cap; unset: as the profile says
  Autocommit autocommit = Autocommit::kOn;  // of a new connection
  bool read_only = false;                   // every statement may be sent again
  int retries = 2;
  std::chrono::nanoseconds retry_budget = std::chrono::seconds(10);
  std::optional<std::string> catalog, schema;  // chosen while connecting
  RowOptions rows;
};

enum class OptionLevel : uint8_t { kDatabase, kConnection, kStatement };

// Sets one option by full name or alias. Throws kInvalidArgument naming the option,
// what it may be and, for an unknown name, the nearest known one; kInvalidState if it
// cannot be set any more at this level.
void apply_option(Settings& settings, std::string_view name, std::string_view value,
                  OptionLevel level);

// A header to be sent on every RPC; replace: drop earlier values of the name. Throws
// kInvalidArgument if the name cannot be a header or belongs to the protocol.
void apply_header(Settings& settings, std::string_view name, std::string_view value,
                  bool replace);

// The known option one edit away from name, or empty.
[[nodiscard]] std::string_view similar_option(std::string_view name);

// What the URL says: scheme, place, credentials, parameters. Throws kInvalidArgument; a
// wrong scheme lists those that there are.
[[nodiscard]] Settings settings_from_url(std::string_view url);

// The URL for messages: without its password, and without the values of parameters that
// are not known to be harmless, as they go out as headers.
[[nodiscard]] std::string shown_url(std::string_view url);

// Faults that only all options together show (two kinds of credentials, half a client
// certificate). Throws kInvalidArgument.
void check_settings(const Settings& settings);
// The same of what may come after the options: a token provider.
void check_credentials(const Settings& settings);

}  // namespace fletching
