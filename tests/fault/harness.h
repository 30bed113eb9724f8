// SPDX-License-Identifier: Apache-2.0
// Runs the fault server for a C++ test and reads results of the driver under test.
#pragma once

#include <fletching/driver.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace fletching::fault {

// What tests allow of time beyond what the product promises: sanitizers are slow.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr int kPatience = 4;
#else
inline constexpr int kPatience = 1;
#endif

class FaultServer {
 public:
  FaultServer();  // finds the program by FLETCHING_FAULT_SERVER, set by CTest
  ~FaultServer();
  FaultServer(const FaultServer&) = delete;
  FaultServer& operator=(const FaultServer&) = delete;

  // One for the process, started at first use.
  static FaultServer& shared();

  [[nodiscard]] const std::string& uri() const { return uri_; }
  [[nodiscard]] const std::string& roots() const { return roots_; }  // a PEM file
  [[nodiscard]] std::string ask(const std::string& command);
  [[nodiscard]] std::string listen(const std::string& mode);      // grpc://...
  [[nodiscard]] std::string listen_tls(const std::string& mode);  // grpc+tls://...
  void reset() { (void)ask("reset"); }
  [[nodiscard]] int64_t executions(const std::string& sql);
  [[nodiscard]] int64_t rpcs(const std::string& name);
  [[nodiscard]] int64_t count(const std::string& name);
  [[nodiscard]] bool alive() const;

 private:
  int pid_ = 0, control_ = -1;
  std::string directory_, uri_, roots_, pending_;
};

// A Database whose waits end in an error after 25 s of one test: a client that hangs
// fails its test and lets the others run.
[[nodiscard]] Database database(const std::string& uri, const OptionMap& options = {});

// A whole result: its rows and the first column as text (NULL for a null).
struct Table {
  int64_t rows = 0, affected = -1;
  std::vector<std::vector<std::string>> columns;

  [[nodiscard]] std::vector<std::string> column(size_t i) const {
    return i < columns.size() ? columns[i] : std::vector<std::string>();
  }
};

// values: also convert the columns that are int64, text or dictionaries of text.
Table read_all(Result result, bool values = true);

// The Error that `body` throws, or nullopt.
[[nodiscard]] std::optional<Error> error_of(const std::function<void()>& body);

}  // namespace fletching::fault
