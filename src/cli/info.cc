// SPDX-License-Identifier: Apache-2.0
// info: what a server is and what it can do, in its own words and those of its profile.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <utility>

#include "arrow/owned.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/sql_info_texts.h"

namespace fletching::cli {
namespace {

constexpr size_t kLabelWidth = 24;
constexpr size_t kTextWidth = 72;

// One line for people, one member for programs.
struct Fact {
  std::string key;
  Value value;
  std::string words;  // for people; empty: the value's own, or "not told"
};
using Facts = std::vector<Fact>;

Value text_or_null(const std::string& text) {
  return text.empty() ? Value() : Value(text);
}

Value flag(const std::optional<bool>& told) { return told ? Value(*told) : Value(); }

std::string milliseconds(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f ms", seconds * 1e3);
  return text;
}

// ---- what it says of itself ----

std::string binding_words(const std::string& binding) {
  if (binding == "client") return "here: values are written into the text";
  if (binding == "server_one_row") return "by the server, one row at a time";
  return "by the server, many rows at once";
}

std::string case_words(const std::string& names) {
  if (names == "upper") return "kept in upper case";
  if (names == "lower") return "kept in lower case";
  return names.empty() ? "" : "does not count";
}

void add_identity(Connection& connection, const ServerDescription& server, Facts& out) {
  const ConnectionInfo found = connection.info();
  out.push_back({"url", found.uri, ""});
  out.push_back({"address", found.address, ""});
  out.push_back({"tls", text_or_null(found.tls_version),
                 found.tls_version.empty() ? "none" : ""});
  out.push_back({"auth", found.auth, ""});
  out.push_back({"server", text_or_null(server.name), ""});
  out.push_back({"version", text_or_null(server.version), ""});
  out.push_back({"arrow_version", text_or_null(server.arrow_version), ""});
  const bool is_generic = server.profile == "generic";
  out.push_back(
      {"profile", server.profile,
       server.profile + (is_generic ? " (nothing is known of this server)" : "")});
  out.push_back({"sql_dialect", server.dialect, ""});
}

void add_abilities(const ServerDescription& server, Facts& out) {
  const bool has_savepoints = server.transactions == "savepoints";
  const bool is_told = !server.transactions.empty();
  const bool has_transactions = is_told && server.transactions != "none";
  out.push_back({"transactions", is_told ? Value(has_transactions) : Value(), ""});
  out.push_back({"savepoints", is_told ? Value(has_savepoints) : Value(), ""});
  out.push_back({"read_only", flag(server.read_only), ""});
  out.push_back({"parameters", server.binding, binding_words(server.binding)});
  out.push_back({"bulk_ingestion", flag(server.bulk_ingestion), ""});
  out.push_back({"substrait", flag(server.substrait), ""});
  out.push_back({"ingest_in_transactions", flag(server.ingest_transactions), ""});
  out.push_back({"cancel", flag(server.cancel), ""});
  out.push_back({"identifier_quote",
                 server.identifier_quote ? Value(*server.identifier_quote) : Value(),
                 ""});
  out.push_back({"identifier_case", text_or_null(server.identifier_case),
                 case_words(server.identifier_case)});
  out.push_back({"quoted_identifier_case", text_or_null(server.quoted_identifier_case),
                 case_words(server.quoted_identifier_case)});
  out.push_back({"search_escape",
                 server.search_escape ? Value(*server.search_escape) : Value(), ""});
}

// ---- limits: ids of FlightSql.proto's SqlInfo; 0 is "none, or not known" ----

constexpr std::array<std::pair<uint32_t, const char*>, 10> kLimits = {
    {{100, "statement_timeout_ms"},
     {101, "transaction_timeout_ms"},
     {543, "column_name_length"},
     {547, "columns_in_select"},
     {548, "columns_in_table"},
     {549, "connections"},
     {552, "schema_name_length"},
     {557, "statement_length"},
     {559, "table_name_length"},
     {560, "tables_in_select"}}};

void add_limits(Connection& connection, const ServerDescription& server, Facts& out) {
  std::vector<std::string> limits = {"message_bytes " +
                                     std::to_string(server.max_message)};
  try {
    const auto told = sql_info_texts(connection);
    for (const auto& [id, name] : kLimits) {
      const auto found = told.find(id);
      if (found == told.end()) continue;
      const long long limit = std::strtoll(found->second.c_str(), nullptr, 10);
      if (limit > 0) limits.push_back(name + (" " + std::to_string(limit)));
    }
  } catch (const Error& error) {
    if (is_refusal(error)) throw;  // else the profile's word is all there is
  }
  out.push_back({"limits", std::move(limits), ""});
}

// ---- what it holds ----

int64_t count_rows(Result result) {
  int64_t count = 0;
  for (UniqueArray rows; result.next(rows.get()); rows.reset()) count += rows->length;
  return count;
}

std::vector<std::string> first_texts(Result result) {
  std::vector<std::string> out;
  for (UniqueArray rows; result.next(rows.get()); rows.reset()) {
    UniqueArrayView view;
    const ArrowSchema& field = *result.schema().children[0];
    if (ArrowArrayViewInitFromSchema(view.get(), &field, nullptr) != NANOARROW_OK ||
        ArrowArrayViewSetArray(view.get(), rows->children[0], nullptr) !=
            NANOARROW_OK) {
      continue;
    }
    for (int64_t i = 0; i < rows->length; ++i) {
      const ArrowStringView text = ArrowArrayViewGetStringUnsafe(view.get(), i);
      out.emplace_back(text.data, static_cast<size_t>(text.size_bytes));
    }
  }
  return out;
}

// What the server cannot tell is said so; only a refusal of the caller ends the
// command.
void ask(Facts& out, const char* key, const std::function<Value()>& question) {
  try {
    out.push_back({key, question(), ""});
  } catch (const Error& error) {
    if (is_refusal(error) || error.vendor_code() == 0) throw;
    out.push_back({key, Value(),
                   "it does not say (" + std::string(code_name(error.code())) + ")"});
  }
}

void add_contents(Connection& connection, Facts& out) {
  ask(out, "table_types",
      [&] { return Value(first_texts(connection.get_table_types())); });
  ask(out, "catalogs", [&] { return Value(count_rows(connection.get_catalogs())); });
  ask(out, "schemas", [&] {
    return Value(count_rows(connection.get_db_schemas(std::nullopt, std::nullopt)));
  });
  ask(out, "tables", [&] { return Value(count_rows(connection.get_tables({}))); });
  ask(out, "actions", [&] {
    auto names = connection.actions();
    std::sort(names.begin(), names.end());
    return Value(std::move(names));
  });
}

// ---- printing ----

void print_lines(const Facts& facts) {
  std::string out;
  for (const Fact& fact : facts) {
    std::string label = fact.key;
    std::replace(label.begin(), label.end(), '_', ' ');
    std::string text = fact.words.empty() ? value_text(fact.value) : fact.words;
    if (text.empty()) {
      const bool is_null = std::holds_alternative<std::monostate>(fact.value);
      text = is_null ? "not told" : "none";
    }
    label.resize(std::max(kLabelWidth, label.size() + 1), ' ');
    out += label + wrapped(printable(text), kTextWidth, kLabelWidth) + '\n';
  }
  write_all(stdout, out);
  flush_all(stdout);
}

}  // namespace

int run_info(const Arguments& arguments) {
  Connection connection = connect(arguments);
  const double latency = latency_of(connection);
  const ServerDescription server = connection.server();
  Facts facts;
  add_identity(connection, server, facts);
  facts.push_back({"latency_ms", latency * 1e3, milliseconds(latency)});
  add_abilities(server, facts);
  add_limits(connection, server, facts);
  add_contents(connection, facts);
  connection.close();
  if (!arguments.format_given || arguments.output.format == Format::kTable) {
    print_lines(facts);
    return 0;
  }
  Records records;
  records.rows.emplace_back();
  for (Fact& fact : facts) {
    records.columns.push_back(fact.key);
    records.rows.front().push_back(std::move(fact.value));
  }
  print_records(records, arguments);
  return 0;
}

}  // namespace fletching::cli
