// SPDX-License-Identifier: Apache-2.0
// A Network whose servers are functions: for tests of the flight layer.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "flight/network.h"

namespace fletching {

struct FakeRequest {
  std::string host;    // "host:port" of the connection
  std::string method;  // "DoGet"
  Headers headers;
  std::vector<std::string> messages;
  CallOptions options;

  [[nodiscard]] std::vector<std::string> all(std::string_view name) const {
    std::vector<std::string> out;
    for (const auto& [key, value] : headers) {
      if (key == name) out.push_back(value);
    }
    return out;
  }
  [[nodiscard]] std::string header(std::string_view name) const {
    const auto values = all(name);
    return values.empty() ? "" : values.front();
  }
};

struct FakeReply {
  Headers headers;
  std::deque<Message> messages;
  Headers trailers;
  std::optional<Error> error;  // after the messages
  int not_ready = 0;           // how often wait_any passes it by first
};

[[nodiscard]] inline Message fake_message(std::string_view head,
                                          std::string_view body = {}) {
  Message out;
  out.head.assign(head.begin(), head.end());
  out.has_body = !body.empty();
  out.body = Body::allocate(body.size());
  std::copy(body.begin(), body.end(), out.body.data());
  out.wire_size = head.size() + body.size();
  return out;
}

// The Error of a server's answer with this gRPC code.
[[nodiscard]] inline Error fake_status(int code, const std::string& message,
                                       Error::Details details = {}) {
  static const std::map<int, Code> codes = {
      {1, Code::kCancelled},       {3, Code::kInvalidArgument}, {8, Code::kIo},
      {12, Code::kNotImplemented}, {13, Code::kInternal},       {14, Code::kIo},
      {16, Code::kUnauthenticated}};
  return Error(codes.at(code), message, "", code, std::move(details));
}

class FakeNetwork : public Network {
 public:
  using Server = std::function<FakeReply(const FakeRequest&)>;

  // What answers at "host:port"; connecting elsewhere fails.
  std::map<std::string, Server> servers;
  std::vector<FakeRequest> requests;  // all that were answered, in order
  std::vector<std::string> connects;  // all attempts
  std::multimap<std::string, std::shared_ptr<Channel>> pool;
  int open_calls = 0, most_open_calls = 0;
  int broken_starts = 0;   // how many starts fail with kIo
  std::string hanging;     // connecting to this "host:port" ends only with its wait
  size_t most_driven = 0;  // by one wait_any, besides those it waits for

  std::shared_ptr<Channel> take(const std::string& key) override;
  std::shared_ptr<Channel> connect(const ChannelOptions& options,
                                   const Wait& wait) override;
  void give(const std::string& key,
            std::shared_ptr<Channel> channel) noexcept override {
    pool.emplace(key, std::move(channel));
  }
  size_t wait_any(std::span<Call* const> calls, const Wait& wait, Deadline nap,
                  std::span<Call* const> drive_only) override;
};

class FakeCall final : public Call {
 public:
  FakeCall(FakeNetwork& network, FakeRequest request)
      : network_(network), request_(std::move(request)) {
    network_.most_open_calls =
        std::max(network_.most_open_calls, ++network_.open_calls);
  }
  ~FakeCall() override { --network_.open_calls; }

  bool write(Parts parts, const Wait& wait, bool last) override {
    std::string message;
    for (const auto& part : parts) message.append(part.begin(), part.end());
    request_.messages.push_back(std::move(message));
    if (last) half_close(wait);
    return true;
  }
  void half_close(const Wait&) override {
    if (reply_) return;
    network_.requests.push_back(request_);
    reply_ = network_.servers.at(request_.host)(request_);
  }
  bool read(Message& out, const Wait&, Deadline, bool* napped) override {
    if (napped != nullptr) *napped = false;
    if (cancelled_) throw fake_status(1, "cancelled");
    reply_->not_ready = 0;
    if (!reply_->messages.empty()) {
      out = std::move(reply_->messages.front());
      reply_->messages.pop_front();
      return true;
    }
    if (reply_->error) throw Error(*reply_->error);
    return false;
  }
  [[nodiscard]] bool readable() const override {
    return cancelled_ || (reply_ && reply_->not_ready == 0);
  }
  const Headers& headers(const Wait&) override { return reply_->headers; }
  [[nodiscard]] const Headers& trailers() const override { return reply_->trailers; }
  void cancel() noexcept override { cancelled_ = true; }

  void pass_by() {
    if (reply_ && reply_->not_ready > 0) --reply_->not_ready;
  }

 private:
  FakeNetwork& network_;
  FakeRequest request_;
  std::optional<FakeReply> reply_;
  bool cancelled_ = false;
};

class FakeChannel final : public Channel {
 public:
  FakeChannel(FakeNetwork& network, ChannelOptions options)
      : network_(network), options_(std::move(options)) {}

  std::unique_ptr<Call> start(CallOptions options, const Wait&) override {
    if (network_.broken_starts > 0) {
      --network_.broken_starts;
      usable_ = false;
      throw Error(Code::kIo, "connection: broken");
    }
    FakeRequest request;
    request.host = options_.host + ":" + std::to_string(options_.port);
    request.method = options.path.substr(options.path.rfind('/') + 1);
    request.headers = options.headers;
    request.options = std::move(options);
    return std::make_unique<FakeCall>(network_, std::move(request));
  }
  bool usable() noexcept override { return usable_; }
  [[nodiscard]] const PeerInfo& peer() const noexcept override { return peer_; }
  [[nodiscard]] const ChannelOptions& options() const noexcept override {
    return options_;
  }
  std::chrono::nanoseconds ping(const Wait&) override {
    return std::chrono::seconds(1);
  }
  void close() noexcept override { usable_ = false; }

 private:
  FakeNetwork& network_;
  ChannelOptions options_;
  PeerInfo peer_;
  bool usable_ = true;
};

inline std::shared_ptr<Channel> FakeNetwork::take(const std::string& key) {
  const auto found = pool.find(key);
  if (found == pool.end()) return nullptr;
  auto channel = found->second;
  pool.erase(found);
  return channel;
}

inline std::shared_ptr<Channel> FakeNetwork::connect(const ChannelOptions& options,
                                                     const Wait& wait) {
  const std::string place = options.host + ":" + std::to_string(options.port);
  connects.push_back(place);
  if (place == hanging) wait_for({}, wait, "connect");
  if (!servers.contains(place)) {
    throw Error(Code::kIo, "connect: " + place + ": refused", "08001");
  }
  return std::make_shared<FakeChannel>(*this, options);
}

inline size_t FakeNetwork::wait_any(std::span<Call* const> calls, const Wait& wait,
                                    Deadline nap, std::span<Call* const> drive_only) {
  most_driven = std::max(most_driven, drive_only.size());
  for (;;) {
    for (Call* call : drive_only) static_cast<FakeCall*>(call)->pass_by();
    for (size_t i = 0; i < calls.size(); ++i) {
      if (calls[i]->readable()) return i;
    }
    for (Call* call : calls) static_cast<FakeCall*>(call)->pass_by();
    wait.check("wait");
    if (nap.expired()) return calls.size();
  }
}

}  // namespace fletching
