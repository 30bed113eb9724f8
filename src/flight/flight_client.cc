// SPDX-License-Identifier: Apache-2.0
#include "flight/flight_client.h"

#include "base/fork_gate.h"
#include "flight/endpoint_stream.h"
#include "flight/exchange_stream.h"
#include "flight/peer.h"
#include "flight/put_stream.h"

namespace fletching {
namespace {

class Client final : public FlightClient {
 public:
  explicit Client(std::shared_ptr<FlightPeer> peer) : peer_(std::move(peer)) {}
  Client(std::shared_ptr<FlightClient> of, std::shared_ptr<FlightPeer> peer,
         Headers headers)
      : of_(std::move(of)), peer_(std::move(peer)), headers_(std::move(headers)) {}

  ~Client() override {
    if (of_ != nullptr || peer_->generation() != ForkGate::generation()) return;
    const ForkGate::Pass pass;
    peer_->give_back();
  }

  std::shared_ptr<FlightClient> with_headers(Headers headers) override {
    check_headers(headers);
    return std::make_shared<Client>(shared_from_this(), peer_, std::move(headers));
  }

  FlightInfo get_flight_info(std::string_view command, const Wait& wait,
                             bool retry_safe) override {
    const ForkGate::Pass pass;
    return decode_flight_info(
        only(call("GetFlightInfo", encode_descriptor(command), wait, retry_safe),
             "GetFlightInfo"));
  }

  std::string get_schema(std::string_view command, const Wait& wait) override {
    const ForkGate::Pass pass;
    return decode_schema_result(
        only(call("GetSchema", encode_descriptor(command), wait, true), "GetSchema"));
  }

  std::vector<ActionResult> do_action(std::string_view type, std::string_view body,
                                      const Wait& wait, bool retry_safe) override {
    const ForkGate::Pass pass;
    std::vector<ActionResult> out;
    try {
      for (const auto& answer :
           call("DoAction", encode_action(type, body), wait, retry_safe)) {
        out.push_back(decode_result(answer));
      }
    } catch (const Error& error) {
      peer_->actions().learn(type, error);
      throw;
    }
    return out;
  }

  std::vector<std::pair<std::string, std::string>> list_actions(
      const Wait& wait) override {
    const ForkGate::Pass pass;
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& answer : call("ListActions", "", wait, true)) {
      out.push_back(decode_action_type(answer));
    }
    return out;
  }

  PollInfo poll_flight_info(std::string_view descriptor, const Wait& wait,
                            bool retry_safe) override {
    const ForkGate::Pass pass;
    return decode_poll_info(
        only(call("PollFlightInfo", descriptor, wait, retry_safe), "PollFlightInfo"));
  }

  CancelStatus cancel_flight_info(const FlightInfo& info, const Wait& wait) override {
    const auto answers =
        do_action("CancelFlightInfo", encode_cancel_flight_info(info), wait, true);
    return answers.empty() ? CancelStatus::kUnspecified
                           : decode_cancel_result(answers.front().body);
  }

  FlightEndpoint renew_endpoint(const FlightEndpoint& endpoint,
                                const Wait& wait) override {
    const auto answers =
        do_action("RenewFlightEndpoint", encode_renew_endpoint(endpoint), wait, true);
    if (answers.empty()) {
      throw Error(Code::kInternal,
                  "RenewFlightEndpoint: the server reported success without an answer");
    }
    return decode_endpoint(answers.front().body);
  }

  std::unique_ptr<PutStream> do_put(std::string_view command,
                                    const Wait& wait) override {
    const ForkGate::Pass pass;
    auto put = std::make_unique<FlightPut>(peer_, command, headers_);
    put->begin(wait);
    return put;
  }

  std::unique_ptr<FlightStream> do_exchange(std::string descriptor,
                                            std::unique_ptr<ResultStream> rows,
                                            bool messages, const Wait& wait) override {
    const ForkGate::Pass pass;
    peer_->check_usable();
    auto stream = std::make_unique<ExchangeStream>(peer_, std::move(descriptor),
                                                   std::move(rows), messages, headers_);
    stream->begin(wait);
    return stream;
  }

  std::unique_ptr<FlightStream> read(FlightInfo info, const Wait& wait) override {
    const ForkGate::Pass pass;
    peer_->check_usable();
    auto stream = std::make_unique<EndpointStream>(peer_, std::move(info), headers_);
    stream->begin(wait);
    return stream;
  }

  [[nodiscard]] const PeerInfo& peer() const override { return peer_->peer_info(); }
  [[nodiscard]] const FlightOptions& options() const override {
    return peer_->options();
  }
  [[nodiscard]] std::string auth_description() const override {
    const ForkGate::Pass pass;
    return peer_->auth_description();
  }

  [[nodiscard]] std::string session_mark() const override {
    const ForkGate::Pass pass;
    return peer_->session_mark();
  }
  [[nodiscard]] bool has_cookies() const override {
    const ForkGate::Pass pass;
    return peer_->has_cookies();
  }
  [[nodiscard]] bool lacks_action(std::string_view type) const override {
    const ForkGate::Pass pass;
    return peer_->actions().lacks(type);
  }

  void close_later(std::string type, std::string body) noexcept override {
    peer_->close_later(std::move(type), std::move(body));
  }

  void close(const Wait& wait) override {
    const ForkGate::Pass pass;
    peer_->close(wait);
  }

 private:
  std::vector<std::string> call(std::string_view method, std::string_view message,
                                const Wait& wait, bool retry_safe) {
    CallRequest request;
    request.method = method;
    request.retry_safe = retry_safe;
    request.headers = &headers_;
    return peer_->exchange(request, message, wait);
  }

  static const std::string& only(const std::vector<std::string>& answers,
                                 const char* doing) {
    if (answers.empty()) {
      throw Error(
          Code::kInternal,
          std::string(doing) + ": the server reported success without an answer");
    }
    return answers.front();
  }

  const std::shared_ptr<FlightClient> of_;  // whose peer it is; null: this one's
  const std::shared_ptr<FlightPeer> peer_;
  const Headers headers_;
};

}  // namespace

std::shared_ptr<FlightClient> connect_flight(const FlightOptions& options,
                                             std::shared_ptr<Network> network,
                                             const Wait& wait) {
  const ForkGate::Pass pass;
  auto peer = std::make_shared<FlightPeer>(options, std::move(network));
  peer->open(wait);
  return std::make_shared<Client>(std::move(peer));
}

std::shared_ptr<FlightClient> FlightClient::connect(const FlightOptions& options,
                                                    const Wait& wait) {
  return connect_flight(options, real_network(), wait);
}

}  // namespace fletching
