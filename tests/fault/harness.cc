// SPDX-License-Identifier: Apache-2.0
#include "harness.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <nanoarrow/nanoarrow.hpp>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <stdexcept>

namespace fletching::fault {
namespace {

std::string read_line(int fd) {
  std::string line;
  char c = 0;
  while (::read(fd, &c, 1) == 1 && c != '\n') line += c;
  return line;
}

void check(int code, const char* what) {
  if (code != NANOARROW_OK) throw std::runtime_error(std::string("nanoarrow: ") + what);
}

std::string cell(const ArrowArrayView& view, int64_t row) {
  if (ArrowArrayViewIsNull(&view, row) != 0) return "NULL";
  if (view.dictionary != nullptr) {
    return cell(*view.dictionary, ArrowArrayViewGetIntUnsafe(&view, row));
  }
  switch (view.storage_type) {
    case NANOARROW_TYPE_STRING:
    case NANOARROW_TYPE_STRING_VIEW: {
      auto text = ArrowArrayViewGetStringUnsafe(&view, row);
      return {text.data, static_cast<size_t>(text.size_bytes)};
    }
    case NANOARROW_TYPE_INT64:
    case NANOARROW_TYPE_INT32:
    case NANOARROW_TYPE_UINT32:
      return std::to_string(ArrowArrayViewGetIntUnsafe(&view, row));
    default:
      return "?";
  }
}

void append(Table& table, const ArrowSchema& schema, const ArrowArray& batch) {
  ArrowArrayView view;
  check(ArrowArrayViewInitFromSchema(&view, &schema, nullptr), "schema");
  check(ArrowArrayViewSetArray(&view, &batch, nullptr), "array");
  check(ArrowArrayViewValidate(&view, NANOARROW_VALIDATION_LEVEL_FULL, nullptr),
        "the driver gave an invalid batch");
  table.columns.resize(static_cast<size_t>(view.n_children));
  for (int64_t i = 0; i < view.n_children; ++i) {
    for (int64_t row = 0; row < batch.length; ++row) {
      table.columns[static_cast<size_t>(i)].push_back(
          cell(*view.children[i], row + view.offset));
    }
  }
  ArrowArrayViewReset(&view);
}

class Watchdog final : public Tick {
 public:
  void tick() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex_);
    if (test != test_) begun_ = now;
    test_ = test;
    if (now - begun_ > kMost) throw Error(Code::kTimeout, "watchdog: this wait hung");
  }

 private:
  static constexpr std::chrono::seconds kMost{25};
  std::mutex mutex_;
  const testing::TestInfo* test_ = nullptr;
  std::chrono::steady_clock::time_point begun_;
};

}  // namespace

Database database(const std::string& uri, const OptionMap& options) {
  static auto* const watchdog = new Watchdog;  // outlives every wait
  Database out(uri, options);
  if (std::getenv("FLETCHING_SLOW") == nullptr) out.set_tick(watchdog);
  return out;
}

FaultServer::FaultServer() {
  const char* program = std::getenv("FLETCHING_FAULT_SERVER");
  if (program == nullptr) throw std::runtime_error("set FLETCHING_FAULT_SERVER");
  std::string pattern = std::filesystem::temp_directory_path() / "fault-XXXXXX";
  directory_ = ::mkdtemp(pattern.data());
  roots_ = directory_ + "/cert.pem";
  int pipe[2];
  if (::pipe(pipe) != 0) throw std::runtime_error("pipe");
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(pipe[1], 1);
    ::close(pipe[0]);
    ::execl(program, program, "--with-parent", "--make-certificate", directory_.c_str(),
            nullptr);
    ::_exit(127);
  }
  ::close(pipe[1]);
  auto first = read_line(pipe[0]);
  auto second = read_line(pipe[0]);
  ::close(pipe[0]);
  uri_ = first.substr(first.find("grpc"));
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port =
      htons(static_cast<uint16_t>(std::stoi(second.substr(second.rfind(':') + 1))));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  control_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(control_, reinterpret_cast<sockaddr*>(&at), sizeof(at)) != 0) {
    throw std::runtime_error("the fault server's control port does not answer");
  }
}

FaultServer::~FaultServer() {
  ::close(control_);
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  std::filesystem::remove_all(directory_);
}

FaultServer& FaultServer::shared() {
  static FaultServer server;
  return server;
}

std::string FaultServer::ask(const std::string& command) {
  auto line = command + "\n";
  if (::send(control_, line.data(), line.size(), MSG_NOSIGNAL) < 0) {
    throw std::runtime_error("the fault server is gone");
  }
  while (pending_.find('\n') == std::string::npos) {
    char buffer[65536];
    ssize_t got = ::recv(control_, buffer, sizeof(buffer), 0);
    if (got <= 0) throw std::runtime_error("the fault server is gone");
    pending_.append(buffer, static_cast<size_t>(got));
  }
  auto end = pending_.find('\n');
  auto answer = pending_.substr(0, end);
  pending_.erase(0, end + 1);
  return answer;
}

std::string FaultServer::listen(const std::string& mode) {
  return "grpc://127.0.0.1:" + ask("listen " + mode);
}

std::string FaultServer::listen_tls(const std::string& mode) {
  return "grpc+tls://127.0.0.1:" + ask("listen-tls " + mode);
}

int64_t FaultServer::executions(const std::string& sql) {
  return std::stoll(ask("executions " + sql));
}

int64_t FaultServer::rpcs(const std::string& name) {
  return std::stoll(ask("rpcs " + name));
}

int64_t FaultServer::count(const std::string& name) {
  return std::stoll(ask("count " + name));
}

bool FaultServer::alive() const { return ::waitpid(pid_, nullptr, WNOHANG) == 0; }

Table read_all(Result result, bool values) {
  Table out;
  out.affected = result.rows_affected();
  if (!result.has_rows()) return out;
  const auto& schema = result.schema();
  for (;;) {
    nanoarrow::UniqueArray batch;
    if (!result.next(batch.get())) return out;
    out.rows += batch->length;
    if (values) append(out, schema, *batch.get());
  }
}

std::optional<Error> error_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

}  // namespace fletching::fault
