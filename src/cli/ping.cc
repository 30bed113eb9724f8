// SPDX-License-Identifier: Apache-2.0
// ping: what a connection finds on its way, in words a person can act on.
#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <vector>

#include "arrow/owned.h"
#include "base/uri.h"
#include "cli/cell.h"
#include "cli/commands.h"

namespace fletching::cli {
namespace {

constexpr int kPings = 5;

void say(const char* label, const std::string& text) {
  std::printf("%-12s %s\n", label, text.c_str());
  std::fflush(stdout);
}

std::string milliseconds(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f ms", seconds * 1e3);
  return text;
}

// SqlInfo by id; values as text whatever the union's type ids are.
std::map<uint32_t, std::string> read_sql_info(Connection& connection) {
  std::map<uint32_t, std::string> out;
  Result result = connection.get_sql_info({0, 1, 2, 3, 8});
  const ArrowSchema& schema = result.schema();
  if (schema.n_children < 2) return out;
  CellWriter ids(*schema.children[0]);
  CellWriter values(*schema.children[1]);
  for (UniqueArray rows; result.next(rows.get()); rows.reset()) {
    ids.set_array(*rows->children[0]);
    values.set_array(*rows->children[1]);
    for (int64_t i = 0; i < rows->length; ++i) {
      std::string id;
      ids.append(id, i, CellStyle::kText);
      std::string value;
      if (!values.is_null(i)) values.append(value, i, CellStyle::kText);
      out[static_cast<uint32_t>(std::strtoul(id.c_str(), nullptr, 10))] = value;
    }
  }
  return out;
}

void say_tls(const ConnectionInfo& info) {
  if (info.tls_version.empty()) {
    say("tls", "none: plaintext, as the URL says");
    return;
  }
  say("tls", info.tls_version + ", " + info.tls_cipher);
  if (!info.certificate.empty()) say("certificate", info.certificate);
  say("alpn",
      info.alpn.empty() ? "none (accepted; a proxy may have removed it)" : info.alpn);
}

void say_latency(Connection& connection) {
  std::vector<double> times;
  for (int i = 0; i < kPings; ++i) times.push_back(connection.ping());
  std::sort(times.begin(), times.end());
  say("latency", milliseconds(times[kPings / 2]) +
                     " (round trip of an RPC, median of " + std::to_string(kPings) +
                     ")");
}

bool refused(const Error& e) {
  return e.code() == Code::kUnauthenticated || e.code() == Code::kUnauthorized;
}

void say_server(Connection& connection) {
  try {
    auto info = read_sql_info(connection);
    if (info.empty()) {
      say("server", "it names neither itself nor its version (no SqlInfo rows)");
    } else {
      say("server", info[0] + (info[1].empty() ? "" : " " + info[1]) +
                        (info[2].empty() ? "" : ", Arrow " + info[2]));
      if (info[3] == "true") say("read only", "yes");
    }
  } catch (const Error& e) {
    if (refused(e)) throw;
    say("server", "it does not answer GetSqlInfo (" + std::string(code_name(e.code())) +
                      "): fine, queries may work all the same");
  }
}

}  // namespace

int run_ping(const Arguments& arguments) {
  say("url", redact_uri(arguments.words.at(0)));
  Connection connection = connect(arguments);
  const ConnectionInfo info = connection.info();
  say("address",
      info.address + (info.proxy.empty() ? "" : " through proxy " + info.proxy));
  say_tls(info);
  say("auth", info.auth);
  say("connect", "name " + milliseconds(info.resolve_seconds) + ", tcp " +
                     milliseconds(info.connect_seconds) + ", tls " +
                     milliseconds(info.tls_seconds));
  say_latency(connection);
  say_server(connection);
  connection.close();
  say("result", "reachable");
  return 0;
}

}  // namespace fletching::cli
