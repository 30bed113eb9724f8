// SPDX-License-Identifier: Apache-2.0
#include "transport/grpc_response.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "transport/base64.h"

namespace fletching {
namespace {

constexpr size_t kMaxHeaderBytes = size_t{1} << 20;
constexpr size_t kPerHeader = 32;  // RFC 9113 section 6.5.2 counts so
constexpr size_t kExcerpt = 240;
constexpr uint64_t kPrefix = 5;

bool is_grpc_type(std::string_view type) {
  constexpr std::string_view kType = "application/grpc";
  if (!type.starts_with(kType)) return false;
  type.remove_prefix(kType.size());
  return type.empty() || type[0] == '+' || type[0] == ';';
}

// A -bin value may be several, joined with commas.
void add_binary(Headers& block, std::string_view name, std::string_view value) {
  while (true) {
    const size_t comma = value.find(',');
    const std::string_view one = value.substr(0, comma);
    auto decoded = base64_decode(one);
    block.emplace_back(std::string(name), decoded ? *decoded : std::string(one));
    if (comma == std::string_view::npos) return;
    value.remove_prefix(comma + 1);
  }
}

std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (blank) {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else {
      out += c > 0x20 && c < 0x7f ? c : '?';
    }
  }
  return out;
}

}  // namespace

GrpcResponse::GrpcResponse(uint32_t split_field, int64_t max_message)
    : assembler_(split_field, max_message) {}

void GrpcResponse::on_header(std::string_view name, std::string_view value) {
  header_bytes_ += name.size() + value.size() + kPerHeader;
  if (header_bytes_ > kMaxHeaderBytes) {
    end({Grpc::kResourceExhausted, "the server sent more than 1 MiB of headers"});
    return;
  }
  if (name == ":status") {
    std::from_chars(value.data(), value.data() + value.size(), http_status_);
  } else if (is_binary_header(name)) {
    add_binary(block_, name, value);
  } else {
    block_.emplace_back(std::string(name), std::string(value));
  }
}

void GrpcResponse::on_headers_end() {
  if (state_ == State::kHeaders) {
    if (http_status_ >= 100 && http_status_ < 200) {
      block_.clear();  // informational, the real ones follow
      return;
    }
    first_headers();
  } else {
    trailers_ = std::exchange(block_, {});
    if (state_ == State::kMessages) state_ = State::kTrailers;
  }
}

void GrpcResponse::first_headers() {
  headers_ = std::exchange(block_, {});
  has_headers_ = true;
  const auto type = find_header(headers_, "content-type");
  const bool has_status = find_header(headers_, "grpc-status").has_value();
  const bool grpc = type ? is_grpc_type(*type) : has_status;
  if (!has_status && (!grpc || http_status_ != 200)) {
    state_ = State::kForeign;
    return;
  }
  state_ = State::kMessages;
  if (const auto encoding = find_header(headers_, "grpc-encoding")) {
    assembler_.set_encoding(*encoding);
  }
}

void GrpcResponse::on_data(std::span<const uint8_t> bytes) {
  received_ += bytes.size();
  if (ended_) return;
  if (state_ == State::kForeign) {
    const size_t n = std::min(bytes.size(), kExcerpt - excerpt_.size());
    excerpt_.append(reinterpret_cast<const char*>(bytes.data()), n);
    if (excerpt_.size() == kExcerpt) end_foreign();
    return;
  }
  arrived_.clear();
  auto bad = assembler_.push(bytes, arrived_);
  for (auto& message : arrived_) messages_.push_back(std::move(message));
  if (bad) end(std::move(*bad));
}

void GrpcResponse::end_foreign() {
  CallStatus status;
  status.code = grpc_of_http_status(http_status_);
  const auto type = find_header(headers_, "content-type");
  status.message = "the answer is not gRPC: HTTP status " +
                   std::to_string(http_status_) + ", content-type " +
                   (type ? one_line(*type) : "missing");
  if (!excerpt_.empty()) status.message += ", beginning '" + one_line(excerpt_) + "'";
  status.message += " (is this the address of a Flight SQL server, or of a proxy?)";
  end(std::move(status));
}

void GrpcResponse::on_end() {
  remote_closed_ = true;
  if (ended_) return;
  if (state_ == State::kForeign) return end_foreign();
  if (state_ == State::kHeaders) {
    return end({Grpc::kInternal, "the server ended the stream without an answer"});
  }
  if (state_ == State::kMessages) trailers_ = headers_;  // a trailers-only answer
  CallStatus status = status_of_trailers(trailers_);
  if (status.code == Grpc::kOk && assembler_.inside_message()) {
    status = {Grpc::kInternal,
              "the server ended the stream within a message (truncated)"};
  }
  end(std::move(status));
}

void GrpcResponse::on_reset(uint32_t http2_code) {
  remote_closed_ = true;
  end(status_of_reset(http2_code));
}

void GrpcResponse::end(CallStatus status) {
  if (ended_) return;
  ended_ = true;
  status_ = std::move(status);
}

Message GrpcResponse::pop() {
  Message message = std::move(messages_.front());
  messages_.pop_front();
  taken_ += message.wire_size + kPrefix;
  return message;
}

uint64_t GrpcResponse::take_credit() {
  const uint64_t target = messages_.empty() ? received_ : std::max(taken_, credited_);
  return target - std::exchange(credited_, target);
}

}  // namespace fletching
