// SPDX-License-Identifier: Apache-2.0
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <map>

#include "peer.h"

namespace fletching::fault {
namespace {

using std::chrono::milliseconds;

struct Stream {
  Request request;
  bool answered = false;
  Script script;
  std::string out;
  size_t sent = 0;
  std::optional<Headers> trailers;  // to be sent after `out`
  bool end = false;
  bool closed = false;  // for HTTP/2; steps that are left are still played
  std::optional<Clock::time_point> until;  // a sleep or a wait for PONG
};

std::vector<nghttp2_nv> to_nv(const Headers& headers) {
  std::vector<nghttp2_nv> out;
  for (const auto& [name, value] : headers) {
    out.push_back({reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
                   reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())),
                   name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  return out;
}

class Http2Peer final : public Peer {
 public:
  Http2Peer(Host& host, std::unique_ptr<Wire> wire, std::string mode, bool tls)
      : host_(host), wire_(std::move(wire)), mode_(std::move(mode)), tls_(tls) {
    id_ = host_.next_connection();
    host_.stats().counts["connections"]++;
    start_session();
    if (mode_ == "slow-settings") settings_at_ = Clock::now() + milliseconds(700);
    if (!settings_at_ && mode_ != "no-settings") send_settings();
    if (mode_ == "goaway-at-once") {
      pump();
      Script goaway;
      goaway.goaway(0, 11, "come back tomorrow");
      wire_->send(goaway.steps.front().bytes);
    }
    pump();
  }
  ~Http2Peer() override { nghttp2_session_del(session_); }

  [[nodiscard]] int fd() const override { return wire_->fd(); }
  [[nodiscard]] bool is_client() const override { return true; }
  [[nodiscard]] bool dead() const override { return dead_; }

  [[nodiscard]] short events() const override {
    if (frozen_at_) return POLLRDHUP;
    return static_cast<short>(POLLIN | (wire_->queued() > 0 ? POLLOUT : 0));
  }

  void ready(short revents) override {
    if (frozen_at_) {
      auto kept = Clock::now() - *frozen_at_;
      host_.stats().frozen_ms.push_back(
          std::chrono::duration_cast<milliseconds>(kept).count());
      dead_ = true;
      return;
    }
    if ((revents & (POLLIN | POLLHUP | POLLERR)) != 0) receive();
    pump();
  }

  [[nodiscard]] std::optional<Clock::time_point> wake() const override {
    std::optional<Clock::time_point> first;
    auto take = [&first](const std::optional<Clock::time_point>& at) {
      if (at && (!first || *at < *first)) first = at;
    };
    if (frozen_at_) return first;
    take(settings_at_);
    take(idle_at_);
    take(closing_at_);
    for (const auto& [id, stream] : streams_) take(stream.until);
    return first;
  }

  void tick(Clock::time_point now) override {
    if (frozen_at_) return;
    if (settings_at_ && now >= *settings_at_) {
      settings_at_.reset();
      send_settings();
      receive();
    }
    if (idle_at_ && now >= *idle_at_) {
      idle_at_.reset();
      when_idle();
    }
    if (closing_at_ && now >= *closing_at_) dead_ = true;
    pump();
  }

 private:
  void start_session() {
    nghttp2_session_callbacks* cb = nullptr;
    nghttp2_session_callbacks_new(&cb);
    nghttp2_session_callbacks_set_on_begin_headers_callback(cb, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(cb, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(cb, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(cb, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(cb, on_close);
    nghttp2_option* option = nullptr;
    nghttp2_option_new(&option);
    nghttp2_option_set_max_send_header_block_length(option, 8U << 20);
    nghttp2_session_server_new2(&session_, cb, this, option);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(cb);
  }

  void send_settings() {
    std::vector<nghttp2_settings_entry> entries;
    if (mode_ == "one-stream") {
      entries.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1});
    } else if (mode_ == "no-streams") {
      entries.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 0});
    } else if (mode_ == "tiny-window") {
      entries.push_back({NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 7});
    } else if (mode_ == "no-table") {
      entries.push_back({NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, 0});
    }
    nghttp2_submit_settings(session_, 0, entries.data(), entries.size());
    settings_sent_ = true;
  }

  void receive() {
    std::string plain;
    bool open = wire_->receive(plain);
    // An answer to the client's SETTINGS would go out before our own.
    early_ += plain;
    plain.clear();
    if (settings_sent_) plain.swap(early_);
    ssize_t used = nghttp2_session_mem_recv(
        session_, reinterpret_cast<const uint8_t*>(plain.data()), plain.size());
    if (used < 0) {
      host_.stats().counts["protocol_errors"]++;
      begin_close();
    }
    if (!open) {
      host_.stats().counts["closed_by_client"]++;
      dead_ = true;
    }
  }

  // Frames and steps in turn, until neither has anything to do now.
  void pump() {
    for (bool moved = true; moved && !dead_ && !frozen_at_;) {
      moved = take_frames();
      for (auto at = streams_.begin(); at != streams_.end() && !frozen_at_;) {
        auto current = at++;
        moved = step(current->first, current->second) || moved;
        if (current->second.closed && current->second.script.steps.empty()) {
          retire(current->first);
        }
      }
      if (!wire_->flush()) dead_ = true;
    }
    if (frozen_at_) return;
    if (!wire_->flush()) dead_ = true;
    if (wire_->queued() > 0) return;
    if (wants_abort_) {
      wire_->reset_on_close();
      dead_ = true;
    } else if (wants_close_ && !closing_at_) {
      wire_->half_close();
      closing_at_ = Clock::now() + milliseconds(500);
    } else if (!closing_at_ && nghttp2_session_want_read(session_) == 0 &&
               nghttp2_session_want_write(session_) == 0) {
      begin_close();
      wire_->half_close();
      closing_at_ = Clock::now() + milliseconds(500);
    }
  }

  bool take_frames() {
    bool moved = false;
    while (wire_->queued() < (4U << 20)) {
      const uint8_t* data = nullptr;
      ssize_t size = nghttp2_session_mem_send(session_, &data);
      if (size <= 0) {
        frames_waiting_ = false;
        break;
      }
      wire_->send({reinterpret_cast<const char*>(data), static_cast<size_t>(size)});
      moved = true;
    }
    return moved;
  }

  void begin_close() { wants_close_ = true; }

  // True if something was done, so that frames may be waiting.
  bool step(int32_t id, Stream& stream) {
    bool moved = false;
    while (!stream.script.steps.empty() && stream.sent == stream.out.size() &&
           wire_->queued() < (4U << 20)) {
      auto& next = stream.script.steps.front();
      if (!may_begin(id, stream, next)) break;
      Step now = std::move(next);
      stream.script.steps.pop_front();
      moved = true;
      perform(id, stream, std::move(now));
      if (frozen_at_ || dead_) break;
    }
    return moved;
  }

  bool may_begin(int32_t id, Stream& stream, Step& step) {
    auto now = Clock::now();
    bool below_frames =
        step.kind == Step::Kind::kReset || step.kind == Step::Kind::kRaw ||
        step.kind == Step::Kind::kFreeze || step.kind == Step::Kind::kClose ||
        step.kind == Step::Kind::kAbort;
    if (below_frames && frames_waiting_) return false;
    if (step.kind == Step::Kind::kAwaitEnd) return stream.request.ended;
    if (step.kind == Step::Kind::kSleep || step.kind == Step::Kind::kAwaitPong) {
      if (!stream.until) stream.until = now + step.wait;
      if (step.kind == Step::Kind::kAwaitPong && pings_open_ == 0) {
        stream.until.reset();
        return true;
      }
      if (now < *stream.until) return false;
      stream.until.reset();
      if (step.kind == Step::Kind::kAwaitPong) {
        host_.stats().counts["pongs_missing"]++;
        nghttp2_submit_rst_stream(session_, 0, id, NGHTTP2_CANCEL);
      }
    }
    return true;
  }

  void perform(int32_t id, Stream& stream, Step step) {
    frames_waiting_ = true;
    auto fields = to_nv(step.headers);
    switch (step.kind) {
      case Step::Kind::kHeaders: {
        nghttp2_data_provider source{};
        source.source.ptr = this;
        source.read_callback = on_read;
        nghttp2_submit_response(session_, id, fields.data(), fields.size(), &source);
        return;
      }
      case Step::Kind::kHeadersEnd:
        nghttp2_submit_response(session_, id, fields.data(), fields.size(), nullptr);
        return;
      case Step::Kind::kData:
        if (step.number > 1) {
          stream.script.steps.push_front(step);
          stream.script.steps.front().number--;
        }
        stream.out = std::move(step.bytes);
        stream.sent = 0;
        break;
      case Step::Kind::kTrailers:
        stream.trailers = std::move(step.headers);
        stream.end = true;
        break;
      case Step::Kind::kEnd:
        stream.end = true;
        break;
      case Step::Kind::kReset:
        nghttp2_submit_rst_stream(session_, 0, id, step.number);
        return;
      case Step::Kind::kRaw:
        frames_waiting_ = false;  // a raw frame waits for nothing
        wire_->send(step.bytes);
        return;
      case Step::Kind::kPing:
        pings_open_++;
        nghttp2_submit_ping(session_, 0, nullptr);
        return;
      case Step::Kind::kClose:
        begin_close();
        return;
      case Step::Kind::kAbort:
        wants_abort_ = true;
        return;
      case Step::Kind::kFreeze:
        wire_->flush();
        frozen_at_ = Clock::now();
        host_.stats().counts["frozen"]++;
        return;
      case Step::Kind::kHang:
        stream.script.steps.clear();
        return;
      default:
        return;
    }
    nghttp2_session_resume_data(session_, id);
  }

  void when_idle() {
    if (mode_ == "idle-close") begin_close();
    if (mode_ == "idle-abort") wants_abort_ = true;
    if (mode_ == "idle-freeze") frozen_at_ = Clock::now();
    if (mode_ == "idle-goaway") {
      Script script;
      script.goaway(static_cast<uint32_t>(last_stream_), 0, "idle");
      wire_->send(script.steps.front().bytes);
    }
  }

  void maybe_answer(int32_t id, bool ended) {
    auto found = streams_.find(id);
    if (found == streams_.end()) return;
    auto& stream = found->second;
    stream.request.ended = stream.request.ended || ended;
    bool early = stream.request.path.ends_with("/DoPut") ||
                 stream.request.path.ends_with("/DoExchange") ||
                 stream.request.path.ends_with("/Handshake");
    if (stream.answered) return;
    if (!ended && !(early && stream.request.message())) return;
    stream.answered = true;
    stream.script = host_.answer(stream.request);
  }

  static Http2Peer& self(void* user) { return *static_cast<Http2Peer*>(user); }

  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame,
                              void* user) {
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    auto& me = self(user);
    auto& request = me.streams_[frame->hd.stream_id].request;
    request.connection = me.id_;
    request.stream = frame->hd.stream_id;
    request.mode = me.mode_;
    request.tls = me.tls_;
    me.last_stream_ = std::max(me.last_stream_, frame->hd.stream_id);
    me.idle_at_.reset();
    auto& counts = me.host_.stats().counts;
    auto open = static_cast<int64_t>(me.streams_.size());
    counts["max_streams"] = std::max(counts["max_streams"], open);
    return 0;
  }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame,
                       const uint8_t* name, size_t name_size, const uint8_t* value,
                       size_t value_size, uint8_t, void* user) {
    auto& me = self(user);
    auto found = me.streams_.find(frame->hd.stream_id);
    if (found == me.streams_.end()) return 0;
    std::string key(reinterpret_cast<const char*>(name), name_size);
    std::string text(reinterpret_cast<const char*>(value), value_size);
    if (key == ":path") found->second.request.path = text;
    found->second.request.headers.emplace_back(std::move(key), std::move(text));
    return 0;
  }

  static int on_data(nghttp2_session*, uint8_t, int32_t id, const uint8_t* data,
                     size_t size, void* user) {
    auto& me = self(user);
    me.host_.stats().counts["data_bytes_received"] += static_cast<int64_t>(size);
    auto found = me.streams_.find(id);
    if (found == me.streams_.end()) return 0;
    found->second.request.body.append(reinterpret_cast<const char*>(data), size);
    me.maybe_answer(id, false);
    return 0;
  }

  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    auto& me = self(user);
    auto& counts = me.host_.stats().counts;
    switch (frame->hd.type) {
      case NGHTTP2_DATA:
      case NGHTTP2_HEADERS:
        if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
          me.maybe_answer(frame->hd.stream_id, true);
        }
        break;
      case NGHTTP2_PING:
        me.count_ping((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0);
        break;
      case NGHTTP2_RST_STREAM:
        counts["rst"]++;
        counts["rst_" + std::to_string(frame->rst_stream.error_code)]++;
        me.forget_script(frame->hd.stream_id);
        break;
      case NGHTTP2_GOAWAY:
        counts["goaway"]++;
        counts["goaway_" + std::to_string(frame->goaway.error_code)]++;
        break;
      default:
        break;
    }
    return 0;
  }

  void forget_script(int32_t id) {
    if (auto found = streams_.find(id); found != streams_.end()) {
      found->second.script.steps.clear();
    }
  }

  void count_ping(bool ack) {
    auto& counts = host_.stats().counts;
    counts[ack ? "pongs" : "pings"]++;
    if (ack) {
      pings_open_ = std::max(0, pings_open_ - 1);
    } else if (streams_.empty() && mode_ == "ping-strikes" && ++strikes_ == 3) {
      Script script;
      script.goaway(static_cast<uint32_t>(last_stream_), 11, "too_many_pings");
      wire_->send(script.steps.front().bytes);
      begin_close();
    }
  }

  static int on_close(nghttp2_session*, int32_t id, uint32_t, void* user) {
    auto& me = self(user);
    auto found = me.streams_.find(id);
    if (found == me.streams_.end()) return 0;
    found->second.closed = true;
    if (found->second.script.steps.empty()) me.retire(id);
    return 0;
  }

  void retire(int32_t id) {
    streams_.erase(id);
    if (streams_.empty() && mode_.starts_with("idle-")) {
      idle_at_ = Clock::now() + milliseconds(mode_ == "idle-freeze" ? 300 : 100);
    }
  }

  static ssize_t on_read(nghttp2_session* session, int32_t id, uint8_t* buffer,
                         size_t room, uint32_t* flags, nghttp2_data_source*,
                         void* user) {
    auto& me = self(user);
    auto found = me.streams_.find(id);
    if (found == me.streams_.end()) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    auto& stream = found->second;
    size_t size = std::min(room, stream.out.size() - stream.sent);
    std::copy_n(stream.out.data() + stream.sent, size, buffer);
    stream.sent += size;
    me.host_.stats().counts["data_bytes_sent"] += static_cast<int64_t>(size);
    bool drained = stream.sent == stream.out.size();
    if (drained && stream.end) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (stream.trailers) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        auto fields = to_nv(*stream.trailers);
        nghttp2_submit_trailer(session, id, fields.data(), fields.size());
      }
      return static_cast<ssize_t>(size);
    }
    if (size == 0) return NGHTTP2_ERR_DEFERRED;
    return static_cast<ssize_t>(size);
  }

  Host& host_;
  std::unique_ptr<Wire> wire_;
  std::string mode_;
  bool tls_;
  uint64_t id_ = 0;
  nghttp2_session* session_ = nullptr;
  std::map<int32_t, Stream> streams_;
  int32_t last_stream_ = 0;
  int pings_open_ = 0, strikes_ = 0;
  bool wants_close_ = false, wants_abort_ = false, dead_ = false;
  bool settings_sent_ = false;
  std::string early_;            // what came before our SETTINGS went
  bool frames_waiting_ = false;  // nghttp2 may have frames to hand over
  std::optional<Clock::time_point> frozen_at_, settings_at_, idle_at_, closing_at_;
};

}  // namespace

std::string Request::header(std::string_view name) const {
  auto values = all(name);
  return values.empty() ? std::string() : values.front();
}

std::vector<std::string> Request::all(std::string_view name) const {
  std::vector<std::string> out;
  for (const auto& [key, value] : headers) {
    if (key == name) out.push_back(value);
  }
  return out;
}

std::optional<std::string> Request::message() const {
  if (body.size() < 5) return std::nullopt;
  uint32_t size = 0;
  for (size_t i = 1; i < 5; ++i) size = (size << 8) | static_cast<uint8_t>(body[i]);
  if (body.size() - 5 < size) return std::nullopt;
  return body.substr(5, size);
}

std::unique_ptr<Peer> make_http2(Host& host, std::unique_ptr<Wire> wire,
                                 const std::string& mode, bool tls) {
  return std::make_unique<Http2Peer>(host, std::move(wire), mode, tls);
}

}  // namespace fletching::fault
