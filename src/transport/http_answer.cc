// SPDX-License-Identifier: Apache-2.0
#include "transport/http_answer.h"

#include <llhttp.h>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include "transport/inflater.h"
#include "transport/preface.h"

namespace fletching {
namespace {

constexpr size_t kMaxHeaders = 256;
constexpr size_t kSlack = 64;  // HttpResponse::body promises it
// What is set aside before bytes have come, however long they are said to be.
constexpr uint64_t kMaxReserve = uint64_t{4} << 20;

Error no_http(const std::string& what) {
  return Error(Code::kIo, "HTTP: " + what, "08006");
}

Error too_much(const std::string& what, const std::string& limit) {
  return Error(Code::kInvalidData,
               "HTTP: the answer's " + what + " is longer than " + limit);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return out;
}

}  // namespace

struct HttpAnswer::State {
  State(bool to_head_request, Limits given) : to_head(to_head_request), limits(given) {
    llhttp_init(&parser, HTTP_RESPONSE, &settings());
    parser.data = this;
  }

  llhttp_t parser{};
  const bool to_head;
  const Limits limits;
  HttpResponse response;
  std::string name, value;
  std::array<uint8_t, 64> first{};  // bytes, to say what answered
  size_t first_size = 0;
  size_t head_bytes = 0;
  size_t raw_bytes = 0;  // until the head was complete
  size_t fields = 0;
  bool in_head = true;
  bool compressed = false;
  bool keeps = false;
  bool complete = false;
  Inflater inflater;
  bool inflating = false;  // compressed bytes have come
  std::exception_ptr failure;

  // llhttp is C: exceptions wait here until it has returned.
  template <class Body>
  static int guarded(llhttp_t* parser, Body&& body) noexcept {
    auto& self = *static_cast<State*>(parser->data);
    try {
      return std::forward<Body>(body)(self);
    } catch (...) {
      self.failure = std::current_exception();
      return HPE_USER;
    }
  }

  void count_head(size_t bytes) {
    head_bytes += bytes;
    if (head_bytes > limits.head) {
      throw too_much("head", std::to_string(limits.head) + " bytes");
    }
  }

  int end_of_field() {
    // The parser leaves the blanks behind a value.
    value.erase(value.find_last_not_of(" \t") + 1);
    if (++fields > kMaxHeaders) {
      throw too_much("head", std::to_string(kMaxHeaders) + " headers");
    }
    // Trailers say nothing that anybody asks for.
    if (in_head) response.headers.emplace_back(lower(name), value);
    name.clear();
    value.clear();
    return 0;
  }

  int end_of_head() {
    in_head = false;
    response.status = llhttp_get_status_code(&parser);
    if (response.status == 101) throw no_http("the server changes to another protocol");
    const auto encoding = find_header(response.headers, "content-encoding");
    const std::string word = lower(encoding.value_or(""));
    compressed = word == "gzip" || word == "x-gzip" || word == "deflate";
    if (!compressed && !word.empty() && word != "identity") {
      throw no_http("the answer is encoded as '" + word.substr(0, 40) +
                    "', which nobody asked for");
    }
    const bool length_is_known = (parser.flags & F_CONTENT_LENGTH) != 0;
    if (length_is_known && !to_head) reserve(parser.content_length);
    return to_head ? 1 : 0;
  }

  void reserve(uint64_t length) {
    if (length > static_cast<uint64_t>(limits.body)) {
      throw too_much("body", std::to_string(limits.body) + " bytes");
    }
    if (compressed) length *= 4;
    response.body.reserve(std::min(length, kMaxReserve) + kSlack);
  }

  void add_body(std::span<const uint8_t> bytes) {
    if (bytes.size() > static_cast<uint64_t>(limits.body) - response.body.size()) {
      throw too_much("body", std::to_string(limits.body) + " bytes");
    }
    response.body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }

  int take_body(std::span<const uint8_t> bytes) {
    if (!compressed) {
      add_body(bytes);
      return 0;
    }
    if (!inflating) inflater.reset();
    inflating = true;
    const auto result = inflater.push(bytes, [this](std::span<const uint8_t> plain) {
      add_body(plain);
      return true;
    });
    if (result != Inflater::Result::kOk) {
      throw no_http("the answer's compressed body is corrupt");
    }
    return 0;
  }

  int end_of_message() {
    if (response.status < 200) {  // 100 and 103 come before the answer
      response = HttpResponse();
      fields = 0;
      in_head = true;
      return 0;
    }
    if (inflating && !inflater.ended()) {
      throw no_http("the answer's compressed body was cut off");
    }
    keeps = llhttp_should_keep_alive(&parser) != 0;
    complete = true;
    return HPE_PAUSED;
  }

  // Counts what belongs to neither body nor headers that are kept.
  static int count(llhttp_t* parser, const char*, size_t size) {
    return guarded(parser, [&](State& self) {
      self.count_head(size);
      return 0;
    });
  }

  static const llhttp_settings_t& settings() {
    static const llhttp_settings_t made = [] {
      llhttp_settings_t s;
      llhttp_settings_init(&s);
      s.on_status = count;
      s.on_chunk_extension_name = count;
      s.on_chunk_extension_value = count;
      s.on_header_field = [](llhttp_t* p, const char* at, size_t size) {
        return guarded(p, [&](State& self) {
          self.count_head(size);
          self.name.append(at, size);
          return 0;
        });
      };
      s.on_header_value = [](llhttp_t* p, const char* at, size_t size) {
        return guarded(p, [&](State& self) {
          self.count_head(size);
          self.value.append(at, size);
          return 0;
        });
      };
      s.on_header_value_complete = [](llhttp_t* p) {
        return guarded(p, [](State& self) { return self.end_of_field(); });
      };
      s.on_headers_complete = [](llhttp_t* p) {
        return guarded(p, [](State& self) { return self.end_of_head(); });
      };
      s.on_body = [](llhttp_t* p, const char* at, size_t size) {
        return guarded(p, [&](State& self) {
          return self.take_body({reinterpret_cast<const uint8_t*>(at), size});
        });
      };
      s.on_message_complete = [](llhttp_t* p) {
        return guarded(p, [](State& self) { return self.end_of_message(); });
      };
      return s;
    }();
    return made;
  }

  void remember_first(std::span<const uint8_t> bytes) {
    const size_t n = std::min(bytes.size(), first.size() - first_size);
    std::copy_n(bytes.begin(), n, first.begin() + first_size);
    first_size += n;
  }

  [[noreturn]] void refuse() {
    if (failure != nullptr) std::rethrow_exception(failure);
    const std::string_view text(reinterpret_cast<const char*>(first.data()),
                                first_size);
    if (!text.starts_with("HTTP/")) {
      throw no_http("the server does not speak HTTP/1.1 here, it answered with " +
                    describe_bytes({first.data(), first_size}) +
                    " (is it the right port, and TLS or not as it expects?)");
    }
    const char* reason = llhttp_get_error_reason(&parser);
    throw no_http(std::string("the answer breaks the rules of HTTP/1.1: ") +
                  (reason == nullptr ? "?" : reason));
  }
};

HttpAnswer::HttpAnswer(bool to_head, Limits limits)
    : state_(std::make_unique<State>(to_head, limits)) {}
HttpAnswer::~HttpAnswer() = default;

size_t HttpAnswer::push(std::span<const uint8_t> bytes) {
  State& s = *state_;
  if (s.complete || bytes.empty()) return 0;
  s.remember_first(bytes);
  const auto* begin = reinterpret_cast<const char*>(bytes.data());
  const bool was_in_head = s.in_head;
  const llhttp_errno_t result = llhttp_execute(&s.parser, begin, bytes.size());
  if (s.complete && result == HPE_PAUSED) {
    return static_cast<size_t>(llhttp_get_error_pos(&s.parser) - begin);
  }
  if (result != HPE_OK) s.refuse();
  // Blank lines before the head are counted nowhere else.
  if (was_in_head && s.in_head) s.raw_bytes += bytes.size();
  if (s.raw_bytes > 2 * s.limits.head) s.count_head(s.raw_bytes);
  return bytes.size();
}

void HttpAnswer::end_of_file() {
  State& s = *state_;
  if (s.complete) return;
  const llhttp_errno_t result = llhttp_finish(&s.parser);
  if (s.failure != nullptr) std::rethrow_exception(s.failure);
  if (s.complete) {
    s.keeps = false;
    return;
  }
  if (result != HPE_OK || s.first_size > 0) {
    throw no_http("the connection ended in the middle of the answer");
  }
  throw no_http("the server closed the connection without an answer");
}

bool HttpAnswer::begun() const noexcept { return state_->first_size > 0; }
bool HttpAnswer::complete() const noexcept { return state_->complete; }
bool HttpAnswer::keeps_connection() const noexcept { return state_->keeps; }

bool HttpAnswer::has_head() const noexcept {
  return !state_->in_head && state_->response.status >= 200;
}
const HttpResponse& HttpAnswer::so_far() const noexcept { return state_->response; }
std::string HttpAnswer::take_body() noexcept {
  return std::exchange(state_->response.body, {});
}

HttpResponse HttpAnswer::take() {
  HttpResponse response = std::move(state_->response);
  if (response.body.capacity() < response.body.size() + kSlack) {
    response.body.reserve(response.body.size() + kSlack);
  }
  return response;
}

}  // namespace fletching
