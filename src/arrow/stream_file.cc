// SPDX-License-Identifier: Apache-2.0
#include "arrow/stream_file.h"

#include <array>
#include <utility>

namespace fletching {

StreamFileWriter::StreamFileWriter(const ArrowSchema& schema, Sink sink,
                                   IpcCompression compression)
    : writer_(schema, compression), sink_(std::move(sink)) {
  message(writer_.schema());
}

void StreamFileWriter::write(const ArrowArray& rows) {
  for (const IpcEncoded& encoded : writer_.batch(rows)) message(encoded);
}

void StreamFileWriter::finish() {
  // A continuation marker with a length of zero.
  constexpr std::array<uint8_t, 8> kEnd = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0};
  sink_(kEnd);
}

void StreamFileWriter::message(const IpcEncoded& encoded) {
  sink_(encapsulate(encoded.header));
  for (const auto part : encoded.body) {
    if (!part.empty()) sink_(part);
  }
}

}  // namespace fletching
