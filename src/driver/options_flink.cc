// SPDX-License-Identifier: Apache-2.0
// The part of the options table that is about Flink.
#include <string>

#include "base/uri.h"
#include "driver/option_row.h"
#include "driver/option_values.h"
#include "driver/url_forms.h"

namespace fletching {
namespace {

using View = std::string_view;
using flink::ChangelogRows;
using flink::Mode;
using flink::RowFormat;

std::vector<std::string> split(View text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    if (end > 0) items.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return items;
}

}  // namespace

void add_flink_options(std::vector<OptionRow>& table) {
  constexpr View kDb = "database";
  constexpr View kStatement = "statement";
  const std::vector<OptionRow> rows = {
      {{"fletching.flink.mode", "mode", "enum auto|batch|streaming|server", "auto",
        kStatement,
        "Flink: whether a query reads what is there now and ends (batch; at Confluent "
        "a "
        "snapshot), goes on for ever (streaming), or does what the server is set to "
        "(server). auto: batch, and streaming where a table has no end."},
       [](Settings& s, View n, View v) {
         s.flink_statement.mode = one_of<Mode>(n, v,
                                               {{"auto", Mode::kAuto},
                                                {"batch", Mode::kBatch},
                                                {"streaming", Mode::kStreaming},
                                                {"server", Mode::kServer}});
       }},
      {{"fletching.flink.changelog", "changelog", "enum refuse|column|auto", "refuse",
        kStatement,
        "Flink: what becomes of rows that take back or change earlier ones: an error, "
        "or a first column `op` that says of each row what it does: +I, -U, +U, -D. "
        "auto: "
        "that column in queries that go on (streaming), an error in others."},
       [](Settings& s, View n, View v) {
         s.flink_statement.changelog =
             one_of<ChangelogRows>(n, v,
                                   {{"refuse", ChangelogRows::kRefuse},
                                    {"column", ChangelogRows::kColumn},
                                    {"auto", ChangelogRows::kAuto}});
       }},
      {{"fletching.flink.row_format", "row_format", "enum auto|json|plain_text", "auto",
        kStatement,
        "Flink SQL Gateway: how it writes rows. auto: as JSON, and as plain text from "
        "the first page on that JSON cannot carry."},
       [](Settings& s, View n, View v) {
         s.flink_statement.row_format =
             one_of<RowFormat>(n, v,
                               {{"auto", RowFormat::kAuto},
                                {"json", RowFormat::kJson},
                                {"plain_text", RowFormat::kPlainText}});
       }},
      {{"fletching.flink.statement_name", "statement_name", "string", "", kStatement,
        "Confluent: the name of the next statement; it must not be taken. Default: a "
        "random one."},
       [](Settings& s, View, View v) { s.flink_statement.name = v; }},
      {{"fletching.flink.statement_labels", "statement_labels", "string", "",
        kStatement, "Confluent: labels of the statements, separated by commas."},
       [](Settings& s, View, View v) { s.flink_statement.labels = split(v); }},
      {{"fletching.flink.keep_statement", "keep_statement", "bool", "false", kStatement,
        "Flink: statements are not deleted when their results are closed. A gateway "
        "has "
        "them as long as their session, which then stays open until it has idled "
        "(10 minutes, if the gateway is set to nothing else)."},
       [](Settings& s, View n, View v) { s.flink_statement.keep = option_bool(n, v); }},
      {{"fletching.flink.heartbeat", "heartbeat", "seconds", "0", kStatement,
        "Flink SQL Gateway: while a result has more rows than were read, the thread "
        "that reads ahead tells the server so often that its session is still needed, "
        "however long nobody reads on. 0: never; a session then ends once it has idled "
        "(10 minutes, if the gateway is set to nothing else)."},
       [](Settings& s, View n, View v) {
         s.flink_statement.heartbeat = option_seconds(n, v);
       }},
      {{"fletching.flink.compute_pool", "compute_pool", "string", "", kStatement,
        "Confluent: the compute pool, lfcp-... Default: the environment's."},
       [](Settings& s, View, View v) { s.flink_statement.compute_pool = v; }},
      {{"fletching.flink.property.NAME", "", "string", "", kStatement,
        "Flink: a property of the session (given when connecting) or of statements: "
        "fletching.flink.property.table.exec.state.ttl=1h. In a URL NAME alone."},
       [](Settings&, View, View) {}},
      {{"fletching.flink.time_zone", "time_zone", "string", "UTC", kDb,
        "Flink: the session's time zone, in which it reads and writes TIMESTAMP_LTZ. "
        "Values arrive as the same instants whatever it is."},
       [](Settings& s, View, View v) { s.flink.time_zone = v; }},
      {{"fletching.flink.api_version", "api_version", "int", "0", kDb,
        "Flink SQL Gateway: the version of its REST API, 1 to 4. 0: the newest that "
        "both sides know."},
       [](Settings& s, View n, View v) {
         s.flink.api_version = static_cast<int>(option_int(n, v, 0, 4));
       }},
      {{"fletching.flink.rest_path", "rest_path", "string", "", kDb,
        "Flink: a path in front of the REST API's own, where a proxy has put one."},
       [](Settings& s, View, View v) {
         while (v.ends_with('/')) v.remove_suffix(1);
         s.flink.path =
             v.empty() || v.starts_with('/') ? std::string(v) : "/" + std::string(v);
       }},
      {{"fletching.flink.organization", "organization", "string", "", kDb,
        "Confluent: the id of the organization."},
       [](Settings& s, View, View v) { s.flink.organization = v; }},
      {{"fletching.flink.environment", "environment", "string", "", kDb,
        "Confluent: the id of the environment, env-..., which is the default catalog."},
       [](Settings& s, View, View v) { s.flink.environment = v; }},
      {{"fletching.flink.endpoint", "endpoint", "string", "", kDb,
        "Confluent: where the API is, https://host[:port], instead of the region's "
        "public host; needed for private networking."},
       [](Settings& s, View, View v) { set_endpoint(s, v); }},
      {{"fletching.flink.identity_pool", "identity_pool", "string", "", kDb,
        "Confluent, with a token of one's own identity provider: the identity pool."},
       [](Settings& s, View, View v) { s.flink.identity_pool = v; }},
  };
  table.insert(table.end(), rows.begin(), rows.end());
}

}  // namespace fletching
