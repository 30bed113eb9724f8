// SPDX-License-Identifier: Apache-2.0
// ping: what a connection finds on its way, in words a person can act on.
#include <cstdio>

#include "cli/commands.h"
#include "cli/installed.h"
#include "cli/sql_info_texts.h"
#include "driver/settings.h"

namespace fletching::cli {
namespace {

void say(const char* label, const std::string& text) {
  std::printf("%-12s %s\n", label, text.c_str());
  std::fflush(stdout);
}

std::string milliseconds(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f ms", seconds * 1e3);
  return text;
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
  say("latency",
      milliseconds(latency_of(connection)) + " (round trip of an RPC, median)");
}

void say_server(Connection& connection) {
  try {
    auto info = sql_info_texts(connection);
    if (info.empty()) {
      say("server", "it names neither itself nor its version (no SqlInfo rows)");
    } else {
      say("server", info[0] + (info[1].empty() ? "" : " " + info[1]) +
                        (info[2].empty() ? "" : ", Arrow " + info[2]));
      if (info[3] == "true") say("read only", "yes");
    }
  } catch (const Error& e) {
    if (is_refusal(e)) throw;
    // Flink has no SqlInfo, and says who it is in its own way.
    if (const ServerDescription told = connection.server(); !told.name.empty()) {
      say("server", told.name + " " + told.version);
      return;
    }
    say("server", "it does not answer GetSqlInfo (" + std::string(code_name(e.code())) +
                      "): fine, queries may work all the same");
  }
}

}  // namespace

int run_ping(const Arguments& arguments) {
  for (const std::string& clash : import_name_clashes(own_prefix())) {
    say("warning", clash);
  }
  say("url", shown_url(arguments.words.at(0)));
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
