// SPDX-License-Identifier: Apache-2.0
// The answer of a gRPC call, cut into events as the first bytes say: headers, DATA in
// pieces, trailers, resets. Whatever comes, the call ends or waits, and window credit
// never exceeds what was received.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "transport/grpc_response.h"
#include "transport/message_inflater.h"

namespace {

class Input {
 public:
  Input(const uint8_t* data, size_t size) : rest_(data, size) {}
  [[nodiscard]] bool done() const { return rest_.empty(); }
  uint8_t byte() {
    if (rest_.empty()) return 0;
    const uint8_t value = rest_.front();
    rest_ = rest_.subspan(1);
    return value;
  }
  std::span<const uint8_t> bytes(size_t most) {
    const auto piece = rest_.first(std::min(most, rest_.size()));
    rest_ = rest_.subspan(piece.size());
    return piece;
  }
  std::string_view text(size_t most) {
    const auto piece = bytes(most);
    return {reinterpret_cast<const char*>(piece.data()), piece.size()};
  }

 private:
  std::span<const uint8_t> rest_;
};

void good_headers(fletching::GrpcResponse& response, bool gzip) {
  response.on_header(":status", "200");
  response.on_header("content-type", "application/grpc");
  if (gzip) response.on_header("grpc-encoding", "gzip");
  response.on_headers_end();
}

void read(fletching::Message message, uint32_t split_field, int64_t max_message) {
  if (!message.compressed) return;
  fletching::MessageInflater inflater;
  inflater.begin(std::move(message), split_field, max_message);
  while (true) {
    const auto step = inflater.work();
    if (step == fletching::MessageInflater::Step::kBad) return;
    if (step == fletching::MessageInflater::Step::kMore) continue;
    const auto plain = inflater.take();
    if (plain.head.size() + plain.body.size() > static_cast<size_t>(max_message)) {
      std::abort();
    }
    return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr int64_t kMaxMessage = 1 << 20;
  Input input(data, size);
  const uint8_t mode = input.byte();
  const uint32_t split_field = (mode & 1) != 0 ? 1000 : 0;
  fletching::GrpcResponse response(split_field, kMaxMessage);
  if ((mode & 2) != 0) good_headers(response, (mode & 4) != 0);
  uint64_t received = 0;
  uint64_t credited = 0;
  while (!input.done() && !response.ended()) {
    const uint8_t event = input.byte();
    if (event < 160) {
      const auto piece = input.bytes(event);
      received += piece.size();
      response.on_data(piece);
    } else if (event < 220) {
      const auto name = input.text(input.byte());
      response.on_header(name, input.text(input.byte()));
    } else if (event < 240) {
      response.on_headers_end();
    } else if (event < 250) {
      while (response.has_message()) read(response.pop(), split_field, kMaxMessage);
    } else if (event < 253) {
      response.on_end();
    } else {
      response.on_reset(input.byte());
    }
    credited += response.take_credit();
    if (credited > received) std::abort();
  }
  return 0;
}
