// SPDX-License-Identifier: Apache-2.0
// The rows of an endpoint whose location is an http or https URL: a GET whose answer is
// an Arrow IPC stream (Flight.rst, "Extended Location URIs"). The ticket is not used,
// and nothing that identifies the user is sent: no token, no cookie, no header of the
// connection's, no client certificate.
#pragma once

#include <memory>

#include "arrow/stream_assembler.h"
#include "flight/location.h"
#include "transport/http_download.h"

namespace fletching {

// For one thread.
class HttpRows {
 public:
  // Connects, asks, follows redirects (never from https to http). Throws what tells why
  // the rows cannot be had: the status (403 for a URL that has expired), the content's
  // type. Of the URL, which may be a secret, only the host is told.
  HttpRows(const ReadTarget& target, const FlightOptions& options, const Wait& wait);

  // The next IPC message; false at the end. A wait that ends leaves it as it was.
  bool next(const Wait& wait);
  [[nodiscard]] StreamAssembler& message() noexcept { return assembler_; }

 private:
  void check_answer() const;
  [[nodiscard]] Error placed(const Error& error) const;

  std::string name_;
  std::unique_ptr<HttpDownload> download_;
  StreamAssembler assembler_;
};

}  // namespace fletching
