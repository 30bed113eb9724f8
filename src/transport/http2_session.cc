// SPDX-License-Identifier: Apache-2.0
#include "transport/http2_session.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <utility>

#include "base/log.h"

namespace fletching {
namespace {

constexpr uint32_t kMaxFrame = 1u << 20;
constexpr int32_t kConnectionWindow = 0x7fffffff;
// One header beyond 64 KiB would end the whole session (a limit of nghttp2), so servers
// are told not to send such.
constexpr uint32_t kMaxHeaderList = 64 * 1024;
constexpr size_t kMaxRequestHeaders = size_t{1} << 20;

std::string_view view(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

uint8_t* bytes_of(const std::string& text) {
  // nghttp2 takes non-const pointers and only reads.
  return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
}

// Never put into a compression table, whose contents an attacker could guess.
bool is_sensitive(std::string_view name) {
  return name == "authorization" || name == "cookie" || name == "proxy-authorization" ||
         name.find("token") != std::string_view::npos ||
         name.find("secret") != std::string_view::npos;
}

}  // namespace

// The C callbacks; no exception may cross nghttp2.
struct Http2Callbacks {
  template <class F>
  static int guard(void* user_data, F&& body) noexcept {
    auto& self = *static_cast<Http2Session*>(user_data);
    try {
      return body(self);
    } catch (const std::exception& e) {
      self.failure_ = std::string("out of memory or the like: ") + e.what();
      return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
  }

  static int header(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                    size_t name_size, const uint8_t* value, size_t value_size, uint8_t,
                    void* user_data) {
    return guard(user_data, [&](Http2Session& self) {
      if (CallStream* s = self.find(frame->hd.stream_id)) {
        s->response.on_header(view(name, name_size), view(value, value_size));
      }
      return 0;
    });
  }

  // Characters that HTTP does not allow. Dropped and told, but never the server's
  // explanation of an error.
  static int invalid_header(nghttp2_session*, const nghttp2_frame* frame,
                            const uint8_t* name, size_t name_size, const uint8_t* value,
                            size_t value_size, uint8_t, void* user_data) {
    return guard(user_data, [&](Http2Session& self) {
      CallStream* s = self.find(frame->hd.stream_id);
      if (view(name, name_size) == "grpc-message" && s != nullptr) {
        s->response.on_header("grpc-message", view(value, value_size));
      } else {
        log(LogLevel::kWarning, "http2: dropped an invalid header '" +
                                    std::string(view(name, name_size)) + "'");
      }
      return 0;
    });
  }

  static int frame_begins(nghttp2_session*, const nghttp2_frame_hd* frame,
                          void* user_data) {
    auto& self = *static_cast<Http2Session*>(user_data);
    const bool plain =
        frame->type == NGHTTP2_DATA && (frame->flags & NGHTTP2_FLAG_PADDED) == 0;
    self.data_stream_ = frame->stream_id;
    self.data_left_ = plain ? frame->length : 0;
    return 0;
  }

  static int data_chunk(nghttp2_session* session, uint8_t, int32_t id,
                        const uint8_t* data, size_t size, void* user_data) {
    return guard(user_data, [&](Http2Session& self) {
      ++self.call_frames_;
      self.data_left_ -= std::min(self.data_left_, size);
      nghttp2_session_consume_connection(session, size);
      if (CallStream* s = self.find(id)) {
        s->last_byte = Clock::now();
        s->response.on_data({data, size});
        self.credit(*s);
        self.after_event(*s);
      }
      return 0;
    });
  }

  static int frame_received(nghttp2_session*, const nghttp2_frame* frame,
                            void* user_data) {
    return guard(user_data, [&](Http2Session& self) {
      switch (frame->hd.type) {
        case NGHTTP2_SETTINGS:
          if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) {
            self.settings_were_acknowledged();
          } else {
            self.settings_received_ = true;
          }
          break;
        case NGHTTP2_PING:
          if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) {
            uint64_t payload = 0;
            std::memcpy(&payload, frame->ping.opaque_data, sizeof payload);
            self.last_pong_ = payload;
          }
          break;
        case NGHTTP2_GOAWAY:
          self.goaway(frame->goaway.last_stream_id, frame->goaway.error_code,
                      view(frame->goaway.opaque_data, frame->goaway.opaque_data_len));
          break;
        case NGHTTP2_HEADERS:
        case NGHTTP2_DATA:
          stream_frame(self, *frame);
          break;
        default:
          break;
      }
      return 0;
    });
  }

  static void stream_frame(Http2Session& self, const nghttp2_frame& frame) {
    ++self.call_frames_;
    CallStream* s = self.find(frame.hd.stream_id);
    if (s == nullptr) return;
    s->last_byte = Clock::now();
    if (frame.hd.type == NGHTTP2_HEADERS) s->response.on_headers_end();
    if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) s->response.on_end();
    self.after_event(*s);
  }

  static int invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int error,
                           void* user_data) {
    return guard(user_data, [&](Http2Session& self) {
      if (CallStream* s = self.find(frame->hd.stream_id)) {
        s->response.end({Grpc::kInternal, std::string("the server broke HTTP/2: ") +
                                              nghttp2_strerror(error)});
        s->update_readable();
      }
      return 0;
    });
  }

  static int frame_sent(nghttp2_session* session, const nghttp2_frame* frame,
                        void* user_data) {
    return guard(user_data, [&](Http2Session& self) {
      if (frame->hd.type == NGHTTP2_RST_STREAM)
        self.reset_was_sent(frame->hd.stream_id);
      if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != 0) {
        self.fail(frame->goaway.error_code == NGHTTP2_COMPRESSION_ERROR
                      ? "the server sent a header or trailer that cannot be decoded "
                        "(one over 64 KiB, perhaps a long error message?)"
                      : "the server broke HTTP/2 (" +
                            std::string(http2_error_name(frame->goaway.error_code)) +
                            ")");
      }
      if (frame->hd.type == NGHTTP2_HEADERS) {
        CallStream* s = self.find(frame->hd.stream_id);
        if (s != nullptr && s->window != 0 && s->window != self.stream_window_) {
          nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, s->id,
                                                static_cast<int32_t>(s->window));
        }
      }
      return 0;
    });
  }

  static int frame_not_sent(nghttp2_session*, const nghttp2_frame* frame, int error,
                            void* user_data) {
    return guard(user_data, [&](Http2Session& self) {
      if (frame->hd.type == NGHTTP2_HEADERS) {
        self.not_sent(frame->hd.stream_id, nghttp2_strerror(error));
      }
      return 0;
    });
  }

  static int stream_closed(nghttp2_session*, int32_t id, uint32_t code,
                           void* user_data) {
    return guard(user_data, [&](Http2Session& self) {
      self.close(id, code);
      return 0;
    });
  }

  static ssize_t read_length(nghttp2_session*, uint8_t, int32_t, int32_t connection,
                             int32_t stream, uint32_t max_frame, void*) {
    const int64_t most = std::min<int64_t>({connection, stream, max_frame, kMaxFrame});
    return static_cast<ssize_t>(std::max<int64_t>(most, 1));
  }

  static ssize_t read_body(nghttp2_session*, int32_t, uint8_t*, size_t length,
                           uint32_t* flags, nghttp2_data_source* source, void*) {
    const RequestBody& body = static_cast<CallStream*>(source->ptr)->body;
    const size_t n = std::min(length, body.pending());
    if (n == 0 && !body.half_closed()) return NGHTTP2_ERR_DEFERRED;
    if (n > 0) *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (n == body.pending() && body.half_closed()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(n);
  }

  static int send_data(nghttp2_session*, nghttp2_frame*, const uint8_t* header,
                       size_t length, nghttp2_data_source* source, void* user_data) {
    return guard(user_data, [&](Http2Session& self) {
      if (self.out_.size() >= self.out_limit_) return int{NGHTTP2_ERR_WOULDBLOCK};
      self.out_.add_copy({header, 9});
      auto& stream = *static_cast<CallStream*>(source->ptr);
      stream.body.take(length, self.out_);
      stream.last_sent = Clock::now();
      return 0;
    });
  }

  static int error(nghttp2_session*, int, const char* text, size_t size, void*) {
    log(LogLevel::kInfo, "http2: " + std::string(text, size));
    return 0;
  }
};

namespace {

nghttp2_session* new_session(Http2Session* self) {
  nghttp2_session_callbacks* cb = nullptr;
  nghttp2_option* option = nullptr;
  if (nghttp2_session_callbacks_new(&cb) != 0) throw std::bad_alloc();
  const std::unique_ptr<nghttp2_session_callbacks, void (*)(nghttp2_session_callbacks*)>
      cb_owner(cb, nghttp2_session_callbacks_del);
  if (nghttp2_option_new(&option) != 0) throw std::bad_alloc();
  const std::unique_ptr<nghttp2_option, void (*)(nghttp2_option*)> option_owner(
      option, nghttp2_option_del);

  using C = Http2Callbacks;
  nghttp2_session_callbacks_set_on_header_callback(cb, C::header);
  nghttp2_session_callbacks_set_on_invalid_header_callback(cb, C::invalid_header);
  nghttp2_session_callbacks_set_on_begin_frame_callback(cb, C::frame_begins);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(cb, C::data_chunk);
  nghttp2_session_callbacks_set_on_frame_recv_callback(cb, C::frame_received);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(cb, C::invalid_frame);
  nghttp2_session_callbacks_set_on_frame_send_callback(cb, C::frame_sent);
  nghttp2_session_callbacks_set_on_frame_not_send_callback(cb, C::frame_not_sent);
  nghttp2_session_callbacks_set_on_stream_close_callback(cb, C::stream_closed);
  nghttp2_session_callbacks_set_data_source_read_length_callback(cb, C::read_length);
  nghttp2_session_callbacks_set_send_data_callback(cb, C::send_data);
  nghttp2_session_callbacks_set_error_callback2(cb, C::error);

  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_no_closed_streams(option, 1);
  nghttp2_option_set_max_send_header_block_length(option, kMaxRequestHeaders);
#if NGHTTP2_VERSION_NUM >= 0x013200
  // gRPC does not escape blanks in grpc-message, and the check would drop the whole
  // header.
  nghttp2_option_set_no_rfc9113_leading_and_trailing_ws_validation(option, 1);
#endif
  nghttp2_session* session = nullptr;
  if (nghttp2_session_client_new2(&session, cb, self, option) != 0) {
    throw std::bad_alloc();
  }
  return session;
}

}  // namespace

Http2Session::Http2Session(uint32_t stream_window)
    : session_(new_session(this)),
      stream_window_(std::clamp<uint32_t>(stream_window, 65535, 0x7fffffff)) {
  const std::array<nghttp2_settings_entry, 4> settings = {{
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, stream_window_},
      {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, kMaxFrame},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kMaxHeaderList},
  }};
  if (nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(),
                              settings.size()) != 0 ||
      nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                            kConnectionWindow) != 0) {
    nghttp2_session_del(session_);
    throw std::bad_alloc();
  }
}

Http2Session::~Http2Session() { nghttp2_session_del(session_); }

CallStream* Http2Session::find(int32_t id) const {
  const auto it = streams_.find(id);
  return it == streams_.end() ? nullptr : it->second.get();
}

void Http2Session::submit(const std::shared_ptr<CallStream>& stream) {
  std::vector<nghttp2_nv> fields;
  fields.reserve(stream->request.size());
  for (const auto& [name, value] : stream->request) {
    const auto flags =
        is_sensitive(name) ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE;
    fields.push_back({bytes_of(name), bytes_of(value), name.size(), value.size(),
                      static_cast<uint8_t>(flags)});
  }
  nghttp2_data_provider body{};
  body.source.ptr = stream.get();
  body.read_callback = Http2Callbacks::read_body;
  const int32_t id = nghttp2_submit_request(session_, nullptr, fields.data(),
                                            fields.size(), &body, nullptr);
  if (id < 0) {
    stream->closed = true;
    stream->response.end(
        {Grpc::kUnavailable,
         std::string("the connection takes no more calls: ") + nghttp2_strerror(id),
         CallStatus::Processed::kNever});
    stream->update_readable();
    return;
  }
  stream->id = id;
  stream->sent_at = stream->last_sent = stream->last_byte = Clock::now();
  streams_.emplace(id, stream);
}

void Http2Session::resume(CallStream& stream) {
  if (stream.id != 0 && !stream.closed)
    nghttp2_session_resume_data(session_, stream.id);
}

void Http2Session::reset(CallStream& stream, uint32_t http2_code) {
  if (stream.id == 0 || stream.closed) return;
  stream.body.abandon();
  out_.detach(&stream.body);
  if (resetting_.count(stream.id) != 0) return;
  uint64_t may_come = 0;
  if (!stream.response.remote_closed() && stream.headers_at != CallStream::kNowhere) {
    const int32_t window =
        nghttp2_session_get_stream_local_window_size(session_, stream.id);
    may_come = static_cast<uint64_t>(std::max(window, 0));
  }
  resetting_[stream.id] = may_come;
  dead_bytes_ += may_come;
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id, http2_code);
}

// SETTINGS are acknowledged in order (RFC 9113 6.5.3), so the acknowledgement of one
// sent after a RST proves that nothing more comes for that stream.
void Http2Session::reset_was_sent(int32_t id) {
  const auto it = resetting_.find(id);
  if (it == resetting_.end()) return;
  const uint64_t bytes = it->second;
  resetting_.erase(it);
  if (bytes == 0) return;
  barriers_.push_back({probe(), bytes});
}

void Http2Session::settings_were_acknowledged() {
  ++settings_acked_;
  while (!barriers_.empty() && barriers_.front().settings <= settings_acked_) {
    dead_bytes_ -= barriers_.front().bytes;
    barriers_.pop_front();
  }
}

void Http2Session::credit(CallStream& stream) {
  const uint64_t bytes = stream.response.take_credit();
  if (bytes == 0 || stream.id == 0 || stream.closed || stream.response.ended()) return;
  nghttp2_session_consume_stream(session_, stream.id, static_cast<size_t>(bytes));
}

// The first end decides: stop whichever side is still open.
void Http2Session::after_event(CallStream& stream) {
  stream.update_readable();
  if (!stream.response.ended()) return;
  if (!stream.response.remote_closed()) {
    reset(stream, NGHTTP2_CANCEL);
  } else if (!stream.body.half_closed() || stream.body.pending() > 0) {
    reset(stream, NGHTTP2_NO_ERROR);
  }
}

void Http2Session::close(int32_t id, uint32_t http2_code) {
  // Our RST was not needed: the server was first, and nothing more comes.
  if (const auto it = resetting_.find(id); it != resetting_.end()) {
    dead_bytes_ -= it->second;
    resetting_.erase(it);
  }
  const auto it = streams_.find(id);
  if (it == streams_.end()) return;
  const std::shared_ptr<CallStream> stream = std::move(it->second);
  streams_.erase(it);
  stream->closed = true;
  stream->body.abandon();
  out_.detach(&stream->body);
  if (goaway_received_ && id > goaway_last_ && http2_code == NGHTTP2_REFUSED_STREAM) {
    stream->response.end(
        {Grpc::kUnavailable,
         "the server is closing the connection (" + goaway_reason_ + ")",
         CallStatus::Processed::kNever});
  }
  stream->response.on_reset(http2_code);
  stream->update_readable();
}

void Http2Session::not_sent(int32_t id, const char* why) {
  CallStream* s = find(id);
  if (s == nullptr) return;
  s->response.end({Grpc::kUnavailable,
                   std::string("the call could not be sent: ") + why,
                   CallStatus::Processed::kNever});
  close(id, NGHTTP2_REFUSED_STREAM);
}

void Http2Session::goaway(int32_t last_stream, uint32_t code, std::string_view debug) {
  goaway_received_ = true;
  goaway_last_ = last_stream;
  goaway_reason_ = http2_error_name(code);
  if (!debug.empty()) goaway_reason_ += ": " + std::string(debug.substr(0, 200));
}

bool Http2Session::receive(std::span<const uint8_t> bytes) {
  const ssize_t n = nghttp2_session_mem_recv(session_, bytes.data(), bytes.size());
  if (n < 0) fail(std::string("HTTP/2: ") + nghttp2_strerror(static_cast<int>(n)));
  return n >= 0 && !over();
}

std::span<uint8_t> Http2Session::landing() const {
  const CallStream* s = data_left_ > 0 ? find(data_stream_) : nullptr;
  if (s == nullptr) return {};
  const auto body = s->response.landing();
  return body.first(std::min(body.size(), data_left_));
}

void Http2Session::gather(size_t limit) {
  out_limit_ = limit;
  while (out_.size() < limit) {
    const uint8_t* data = nullptr;
    const ssize_t n = nghttp2_session_mem_send(session_, &data);
    if (n < 0) fail(std::string("HTTP/2: ") + nghttp2_strerror(static_cast<int>(n)));
    if (n <= 0) return;
    const auto size = static_cast<size_t>(n);
    constexpr size_t kFrameHeader = 9;  // length 3, type 1, flags 1, stream id 4
    if (size >= kFrameHeader && data[3] == NGHTTP2_HEADERS) {
      const int32_t id =
          (data[5] & 0x7f) << 24 | data[6] << 16 | data[7] << 8 | data[8];
      if (CallStream* s = find(id)) s->headers_at = out_.added();
    }
    out_.add_copy({data, size});
  }
}

bool Http2Session::wants_write() const noexcept {
  return !out_.empty() || nghttp2_session_want_write(session_) != 0;
}

void Http2Session::ping(uint64_t payload) {
  std::array<uint8_t, 8> bytes{};
  std::memcpy(bytes.data(), &payload, bytes.size());
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, bytes.data());
}

uint64_t Http2Session::probe() noexcept {
  const bool queued =
      nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0) == 0;
  return queued ? ++settings_sent_ : settings_acked_;
}

void Http2Session::go_away() {
  nghttp2_session_terminate_session(session_, NGHTTP2_NO_ERROR);
}

bool Http2Session::over() const noexcept {
  return nghttp2_session_want_read(session_) == 0 &&
         nghttp2_session_want_write(session_) == 0;
}

void Http2Session::fail(std::string reason) {
  if (failure_.empty()) failure_ = std::move(reason);
}

CallStatus::Processed Http2Session::processed_if_lost(const CallStream& s) const {
  return out_.sent() > s.headers_at ? CallStatus::Processed::kLost
                                    : CallStatus::Processed::kNever;
}

void Http2Session::fail_all(const CallStatus& status) {
  const auto streams = std::exchange(streams_, {});
  for (const auto& [id, stream] : streams) {
    CallStatus own = status;
    own.processed = processed_if_lost(*stream);
    stream->response.end(std::move(own));
    stream->closed = true;
    stream->body.abandon();
    stream->update_readable();
  }
  out_.clear();
}

}  // namespace fletching
