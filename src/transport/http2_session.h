// SPDX-License-Identifier: Apache-2.0
// The client's side of one HTTP/2 connection (RFC 9113) on nghttp2: bytes in, bytes
// out, streams changed; no socket, no clock that matters, no thread. Not thread-safe.
//
// Flow control: the connection's window is 2^31-1 and credited at receipt, so that one
// slow call never starves another; a stream's window is its read-ahead limit, credited
// as GrpcResponse::take_credit() says.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "transport/call_stream.h"
#include "transport/output_queue.h"

struct nghttp2_session;

namespace fletching {

class Http2Session {
 public:
  // Queues the preface and SETTINGS.
  explicit Http2Session(uint32_t stream_window);
  ~Http2Session();
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;

  // ---- calls ----
  // Queues the HEADERS (stream->request, complete with pseudo headers). If the session
  // takes no more streams the response ends with UNAVAILABLE, never processed.
  void submit(const std::shared_ptr<CallStream>& stream);
  // The stream has more to send, or is half-closed now.
  void resume(CallStream& stream);
  // RST_STREAM; what is pending is dropped. No-op if the stream is closed or not sent.
  void reset(CallStream& stream, uint32_t http2_code);
  // Opens the stream's window as its response allows now.
  void credit(CallStream& stream);

  // ---- bytes ----
  // False: the session is over, failure() says why.
  bool receive(std::span<const uint8_t> bytes);
  // Where the next bytes of the connection belong as long as they are of one frame and
  // one body; empty otherwise. What is put there must still be received, from there:
  // it is then not copied.
  [[nodiscard]] std::span<uint8_t> landing() const;
  // Moves frames to out() until it holds `limit` bytes or no frame is due.
  void gather(size_t limit);
  [[nodiscard]] OutputQueue& out() noexcept { return out_; }
  [[nodiscard]] bool wants_write() const noexcept;

  // ---- the connection ----
  void ping(uint64_t payload);
  [[nodiscard]] std::optional<uint64_t> last_pong() const noexcept {
    return last_pong_;
  }
  // Sends empty SETTINGS, whose acknowledgement proves that the server lives and has
  // read all that was sent before. A PING proves as much, but gRPC servers count those
  // as abuse. Returns what settings_acknowledged() reaches with it.
  uint64_t probe() noexcept;
  [[nodiscard]] uint64_t settings_acknowledged() const noexcept {
    return settings_acked_;
  }
  void go_away();
  [[nodiscard]] bool settings_received() const noexcept { return settings_received_; }
  [[nodiscard]] bool goaway_received() const noexcept { return goaway_received_; }
  // "ENHANCE_YOUR_CALM: too_many_pings", as the server said it.
  [[nodiscard]] const std::string& goaway_reason() const noexcept {
    return goaway_reason_;
  }
  // Neither reading nor writing makes sense any more.
  [[nodiscard]] bool over() const noexcept;
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }

  // The connection is lost: ends every open call with `status`; `processed` is kNever
  // for those of which nothing was written.
  void fail_all(const CallStatus& status);
  [[nodiscard]] CallStatus::Processed processed_if_lost(const CallStream& s) const;

  [[nodiscard]] size_t open_calls() const noexcept { return streams_.size(); }
  // Frames and pieces of DATA of calls that have come.
  [[nodiscard]] uint64_t call_frames() const noexcept { return call_frames_; }
  // Streams that wait to be sent or answered, in id order.
  [[nodiscard]] const std::map<int32_t, std::shared_ptr<CallStream>>& streams() const {
    return streams_;
  }
  // Bytes that can still arrive for streams that were reset.
  [[nodiscard]] uint64_t dead_bytes() const noexcept { return dead_bytes_; }

 private:
  friend struct Http2Callbacks;

  CallStream* find(int32_t id) const;
  void after_event(CallStream& stream);
  void close(int32_t id, uint32_t http2_code);
  void not_sent(int32_t id, const char* why);
  void goaway(int32_t last_stream, uint32_t code, std::string_view debug);
  void settings_were_acknowledged();
  void reset_was_sent(int32_t id);
  void fail(std::string reason);

  struct Barrier {
    uint64_t settings;  // the acknowledgement that proves it
    uint64_t bytes;
  };

  nghttp2_session* session_ = nullptr;
  OutputQueue out_;
  size_t out_limit_ = 0;
  uint32_t stream_window_;
  std::map<int32_t, std::shared_ptr<CallStream>> streams_;
  std::map<int32_t, uint64_t> resetting_;  // bytes that may come until the RST is known
  std::deque<Barrier> barriers_;
  uint64_t dead_bytes_ = 0;
  uint64_t call_frames_ = 0;
  int32_t data_stream_ = 0;  // of the DATA frame being received
  size_t data_left_ = 0;     // of its payload, still to come; 0 if it is padded
  uint64_t settings_sent_ = 1;
  uint64_t settings_acked_ = 0;
  bool settings_received_ = false;
  bool goaway_received_ = false;
  int32_t goaway_last_ = 0;
  std::string goaway_reason_;
  std::optional<uint64_t> last_pong_;
  std::string failure_;
};

}  // namespace fletching
