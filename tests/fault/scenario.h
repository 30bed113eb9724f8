// SPDX-License-Identifier: Apache-2.0
// The scenarios: what the server does when SQL text says `scenario:NAME key=value ...`,
// or the header `x-scenario` says NAME for what has no SQL (logging in, SqlInfo).
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peer.h"

namespace fletching::fault {

// Where a scenario is played.
enum class Place { kGet, kInfo, kPut, kHeader };

struct Context {
  Host& host;
  const Request& request;
  Place place = Place::kGet;
  std::string sql;
  std::map<std::string, std::vector<std::string>> args;
  std::string descriptor;  // FlightDescriptor as it came
  int endpoint = 0;
  int attempt = 1;  // how often this RPC with this text has come since the reset

  [[nodiscard]] std::string arg(const std::string& name,
                                const std::string& otherwise = "") const;
  [[nodiscard]] int64_t number(const std::string& name, int64_t otherwise) const;
  // The statement did not run this time, so it is not counted.
  void not_executed();
};

using Play = Script (*)(Context&);

struct Scenario {
  std::string_view name;
  std::string_view does;
  std::string_view client_must;
  Play play = nullptr;  // nullptr: the plain answer
  // Where `play` happens; `at=info` or `at=get` in the text moves it between those two.
  Place place = Place::kGet;
  Play info = nullptr;  // GetFlightInfo when `play` is elsewhere
};

[[nodiscard]] std::span<const Scenario> row_scenarios();
[[nodiscard]] std::span<const Scenario> ipc_scenarios();
[[nodiscard]] std::span<const Scenario> ipc_buffer_scenarios();
[[nodiscard]] std::span<const Scenario> grpc_scenarios();
[[nodiscard]] std::span<const Scenario> connection_scenarios();
[[nodiscard]] std::span<const Scenario> update_scenarios();
// Only documentation: they are played by the service itself.
[[nodiscard]] std::span<const Scenario> header_scenarios();

[[nodiscard]] const Scenario* find_scenario(std::string_view name);
// All of them and all modes, for documentation and for tests of completeness.
[[nodiscard]] std::string scenarios_json();

// ---- what scenarios are made of ----

// id: int64 from `first`; name: utf8 "row ID".
[[nodiscard]] std::vector<Column> plain_columns(int64_t first, int64_t count);
[[nodiscard]] Ipc plain_schema();
[[nodiscard]] Ipc plain_batch(int64_t first, int64_t count);
// Schema and rows=3 rows in each of batches=1 batches; ids go on over batches, and over
// endpoints when there are several.
[[nodiscard]] Script plain_get(Context& context);
// Headers and the first batch, open for what comes.
[[nodiscard]] Script first_rows(Context& context);
[[nodiscard]] Script stream_of(const std::vector<Ipc>& messages);

struct InfoSpec {
  std::string schema;  // encapsulated, or ""
  int endpoints = 1;
  std::vector<std::string> locations;  // of each endpoint
  int64_t total_records = -1;
  bool ordered = false;
};
[[nodiscard]] std::string info_message(const Context& context, const InfoSpec& spec);
// A FlightInfo with the plain schema and one endpoint.
[[nodiscard]] Script plain_info(Context& context);
// A FlightInfo without schema: it comes with the rows.
[[nodiscard]] Script bare_info(Context& context);
[[nodiscard]] Script unary(const std::string& message);
// Replaces {authority}, {port}, {dead}, {plain} and {tls}.
[[nodiscard]] std::string expand(const Context& context, std::string text);

}  // namespace fletching::fault
