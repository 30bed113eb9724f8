// SPDX-License-Identifier: Apache-2.0
// The benchmark's Confluent: one statement of the REST API (sql/v1), whose pages were
// rendered beforehand, over HTTP/1.1 with keep-alive. It takes every credential and
// every text. Built by scripts/bench flink.
//
//   pages DIRECTORY PORT
//
// DIRECTORY has columns.json and pages 0.json, 1.json, ... Prints `listening on URL`
// and serves until it is killed. Properties of a statement: `ready.ms` is how long it
// stays PENDING.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string answer(int status, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(status) +
         " OK\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

// The text behind "name": in JSON without blanks; empty where it is not.
std::string text_of(std::string_view json, std::string_view name) {
  std::string key = "\"";
  key.append(name).append("\":");
  size_t found = json.find(key);
  if (found == std::string_view::npos) return "";
  found = json.find('"', found + key.size());
  return std::string(json.substr(found + 1, json.find('"', found + 1) - found - 1));
}

class Service {
 public:
  explicit Service(const std::filesystem::path& folder)
      : columns_(read_file(folder / "columns.json")) {
    for (size_t i = 0;; ++i) {
      const auto path = folder / (std::to_string(i) + ".json");
      if (!std::filesystem::exists(path)) return;
      pages_.push_back(answer(200, read_file(path)));
    }
  }

  std::string serve(std::string_view method, std::string_view target,
                    std::string_view body) {
    if (method == "POST") return submit(body);
    if (method == "DELETE") return answer(202, "");
    if (target.find("/results") == std::string_view::npos) {
      return answer(200, statement(name_in(target)));
    }
    const size_t token = target.find("page_token=");
    const size_t page = token == std::string_view::npos
                            ? 0
                            : std::strtoul(target.data() + token + 11, nullptr, 10);
    return page < pages_.size() ? pages_[page] : answer(404, R"({"errors":[]})");
  }

 private:
  static std::string name_in(std::string_view target) {
    return std::string(target.substr(target.rfind('/') + 1));
  }

  std::string submit(std::string_view body) {
    const std::string name = text_of(body, "name");
    const std::string wait = text_of(body, "ready.ms");
    ready_[name] = Clock::now() +
                   std::chrono::milliseconds(std::strtol(wait.c_str(), nullptr, 10));
    return answer(201, statement(name));
  }

  std::string statement(const std::string& name) const {
    const auto found = ready_.find(name);
    const bool ready = found == ready_.end() || Clock::now() >= found->second;
    const std::string traits =
        ready ? R"({"sql_kind":"SELECT","is_bounded":true,"is_append_only":true,)"
                R"("upsert_columns":null,"schema":{"columns":)" +
                    columns_ + "}}"
              : "{}";
    return R"({"name":")" + name +
           R"(","organization_id":"o-1","environment_id":"env-1",)"
           R"("metadata":{"uid":"1","labels":{}},"spec":{"statement":"select",)"
           R"("properties":{"sql.snapshot.mode":"now"},"stopped":false},)"
           R"("status":{"phase":")" +
           (ready ? "RUNNING" : "PENDING") + R"(","detail":"","traits":)" + traits +
           "}}";
  }

  const std::string columns_;
  std::vector<std::string> pages_;
  std::map<std::string, Clock::time_point> ready_;
};

// Answers the whole requests that have come; false once the peer has hung up.
bool serve(int socket, std::string& text, Service& service) {
  char block[65536];
  const ssize_t got = recv(socket, block, sizeof block, 0);
  if (got <= 0) return false;
  text.append(block, static_cast<size_t>(got));
  for (;;) {
    const size_t end = text.find("\r\n\r\n");
    if (end == std::string::npos) return true;
    size_t length = 0;
    for (const char* name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
      const size_t at = text.find(name);
      if (at < end) length = std::strtoul(text.c_str() + at + 18, nullptr, 10);
    }
    if (text.size() < end + 4 + length) return true;
    const std::string_view line = std::string_view(text).substr(0, text.find("\r\n"));
    const size_t blank = line.find(' ');
    const std::string reply = service.serve(
        line.substr(0, blank), line.substr(blank + 1, line.rfind(' ') - blank - 1),
        std::string_view(text).substr(end + 4, length));
    text.erase(0, end + 4 + length);
    for (size_t sent = 0; sent < reply.size();) {
      const ssize_t part =
          send(socket, reply.data() + sent, reply.size() - sent, MSG_NOSIGNAL);
      if (part <= 0) return false;
      sent += static_cast<size_t>(part);
    }
  }
}

int listen_on_loopback(int port) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, 64) != 0) {
    std::perror("pages");
    std::exit(1);
  }
  std::printf("listening on http://127.0.0.1:%d\n", port);
  std::fflush(stdout);
  return listener;
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) {
    std::fputs("usage: pages DIRECTORY PORT\n", stderr);
    return 2;
  }
  Service service(words[1]);
  std::vector<pollfd> sockets{{listen_on_loopback(std::atoi(words[2])), POLLIN, 0}};
  std::map<int, std::string> texts;
  for (;;) {
    poll(sockets.data(), sockets.size(), -1);
    for (size_t i = sockets.size(); i-- > 1;) {
      if (sockets[i].revents == 0) continue;
      if (serve(sockets[i].fd, texts[sockets[i].fd], service)) continue;
      close(sockets[i].fd);
      texts.erase(sockets[i].fd);
      sockets.erase(sockets.begin() + static_cast<ptrdiff_t>(i));
    }
    if (sockets[0].revents != 0) {
      const int socket = accept(sockets[0].fd, nullptr, nullptr);
      const int on = 1;
      setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      sockets.push_back({socket, POLLIN, 0});
    }
  }
}
