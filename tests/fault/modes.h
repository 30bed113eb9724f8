// SPDX-License-Identifier: Apache-2.0
// Ports that are wrong below HTTP requests: what each does and what a client must do.
#pragma once

#include <string_view>

namespace fletching::fault {

struct Mode {
  std::string_view name, does, client_must;
};

inline constexpr Mode kModes[] = {
    {"main", "a sane HTTP/2 server", "work"},
    {"garbage", "answers with bytes that are no protocol",
     "fail at connect, naming them"},
    {"http1", "answers with HTTP/1.1 400 and a page",
     "fail at connect, naming HTTP/1.1"},
    {"ssh", "greets as an SSH server", "fail at connect, quoting the greeting"},
    {"silent", "accepts and never sends a byte", "fail within the connect timeout"},
    {"close", "accepts and closes", "fail at connect"},
    {"abort", "accepts and resets", "fail at connect"},
    {"no-settings", "reads HTTP/2, never sends SETTINGS",
     "fail within the connect timeout"},
    {"slow-settings", "sends SETTINGS after 0.7 s", "work"},
    {"goaway-at-once", "GOAWAY right after SETTINGS, with a reason",
     "fail, quoting it"},
    {"one-stream", "MAX_CONCURRENT_STREAMS 1", "read all endpoints in turn"},
    {"no-streams", "MAX_CONCURRENT_STREAMS 0", "end at the first-byte timeout"},
    {"tiny-window", "INITIAL_WINDOW_SIZE 7", "send long statements whole"},
    {"no-table", "HEADER_TABLE_SIZE 0", "work"},
    {"idle-close", "FIN 100 ms after the last stream", "connect again, unseen"},
    {"idle-abort", "TCP reset 100 ms after the last stream", "connect again, unseen"},
    {"idle-freeze", "stops reading and answering when idle for 300 ms",
     "notice by PING after an idle while, connect again, send nothing twice"},
    {"idle-goaway", "GOAWAY NO_ERROR when idle for 100 ms, socket left open",
     "connect again, unseen"},
    {"ping-strikes", "GOAWAY ENHANCE_YOUR_CALM too_many_pings at the third idle PING",
     "never be hit by it in ordinary work"},
    {"no-alpn", "TLS without ALPN", "work, with a note"},
    {"alpn-http1", "TLS for http/1.1 alone", "fail at connect, naming ALPN"},
};

// Modes that are no HTTP/2 at all.
inline bool is_raw_mode(std::string_view name) {
  for (std::string_view raw : {"garbage", "http1", "ssh", "silent", "close", "abort"}) {
    if (name == raw) return true;
  }
  return false;
}

}  // namespace fletching::fault
