// SPDX-License-Identifier: Apache-2.0
// The gateway's session under its statements: opened, set up, opened again where the
// server has forgotten it.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "flink/rest.h"
#include "flink/session_replay.h"

namespace fletching::flink {

inline constexpr int kNewestGatewayVersion = 4;

// Thread-safe.
class GatewaySession {
 public:
  // Asks for the version and opens the session.
  GatewaySession(const Options& options, const Wait& wait);

  [[nodiscard]] const Rest& rest() const noexcept { return rest_; }
  [[nodiscard]] int version() const noexcept { return version_; }
  [[nodiscard]] std::string handle() const;
  // "/sessions/HANDLE", in which every path begins.
  [[nodiscard]] static std::string path_of(const std::string& handle);
  [[nodiscard]] std::string path() const { return path_of(handle()); }

  // Runs body(handle); where the server does not know the session any more (so that
  // nothing has run) once again with another one.
  template <class Body>
  auto with_handle(Body&& body, const Wait& wait) {
    const std::string mine = handle();
    try {
      return body(mine);
    } catch (const Error& e) {
      if (!is_lost(e, mine)) throw;
      reopen(mine, wait);
    }
    return body(handle());
  }
  // "Session 'HANDLE' does not exist".
  [[nodiscard]] static bool is_lost(const Error& error, const std::string& handle);

  // The statement has been handed over. True if it may have changed the session.
  bool note(std::string_view sql);
  // Runs text without rows: configure-session, or a statement where v1 has no such
  // thing.
  void configure(const std::string& handle, std::string_view sql, const Wait& wait);

  // The session and what is left in it.
  void close(const Wait& wait);
  // Hangs up; the server ends the session once it has idled for a while.
  void leave() noexcept { rest_.close(); }

 private:
  [[nodiscard]] int choose_version(const Wait& wait);
  [[nodiscard]] HttpResponse ask_versions(const char* doing, const Wait& wait);
  [[nodiscard]] std::string open(const Wait& wait);
  void set_place(const std::string& handle, const Wait& wait);
  void reopen(const std::string& lost, const Wait& wait);
  void run_statement(const std::string& handle, std::string_view sql, const Wait& wait);

  const Options options_;
  Rest rest_;
  int version_ = 1;
  mutable std::mutex mutex_;  // held for moments
  std::string handle_;
  SessionReplay replay_;
};

}  // namespace fletching::flink
