// SPDX-License-Identifier: Apache-2.0
// The bytes at an http or https URL, from one GET or from several: where a connection
// is lost they go on behind those that have come. Nothing that identifies the user is
// sent: no token, no cookie, no header of the connection's, no client certificate.
#pragma once

#include <memory>
#include <string>

#include "flight/location.h"
#include "flight/running_hash.h"
#include "transport/http_download.h"

namespace fletching {

// For one thread. What ends a wait leaves it as it was. Errors tell why the bytes
// cannot be had: the status (403 for a URL that has expired), who was not reached. Of
// the URL, which may be a secret, only the host is told.
class HttpBody {
 public:
  // Connects and asks. `accept`: the header. What `options` say of silence is kept.
  HttpBody(ReadTarget target, const FlightOptions& options, std::string accept,
           const Wait& wait);

  // Of the answer, in lower case, without parameters; "" where it says none. Waits for
  // the answer and follows redirects, never from https to http.
  [[nodiscard]] std::string media_type(const Wait& wait);
  // Fills in some of the next bytes; 0 at the end.
  [[nodiscard]] size_t read(std::span<uint8_t> out, const Wait& wait);

  // Whether media_type() or read() would find something at once.
  [[nodiscard]] bool readable() const;
  // Waits for that; false where the nap is over first.
  [[nodiscard]] bool wait_readable(const Wait& wait, Deadline nap);

  // The server says itself where the body ends, so that it is not taken for ended
  // where the connection has broken.
  [[nodiscard]] bool has_told_end() const;
  // The error with the place, for what is thrown here (but by the constructor, which
  // does so itself) and for what is wrong with the bytes. A time limit of the place's
  // own becomes kIo in it.
  [[nodiscard]] Error placed(const Error& error) const;

 private:
  static constexpr int kMostAttempts = 3;

  void ask(const Wait& wait);
  void await_answer(const Wait& wait);
  void take_head(const Wait& wait);
  void accept_body();
  void redirect();
  void recover(const Error& error, std::chrono::nanoseconds pause, const Wait& wait);
  void pass_over(const Wait& wait);
  [[nodiscard]] bool goes_on_at(int64_t offset) const;

  const FlightOptions& options_;
  const ReadTarget first_;
  const std::string accept_;

  ReadTarget at_;  // where redirects have led
  int redirects_ = 0;
  std::unique_ptr<HttpDownload> download_;
  bool answered_ = false;     // with bytes
  int64_t to_pass_over_ = 0;  // of this answer, because they came before
  RunningHash passed_;

  int64_t given_ = 0;             // bytes in all
  RunningHash sum_;               // of them
  std::string etag_;              // of an answer that can be gone on with; else ""
  int attempts_ = kMostAttempts;  // left, until something new comes
};

}  // namespace fletching
