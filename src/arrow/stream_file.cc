// SPDX-License-Identifier: Apache-2.0
#include "arrow/stream_file.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "arrow/flat.h"
#include "arrow/ipc_format.h"
#include "arrow/ipc_schema.h"
#include "fletching/error.h"

namespace fletching {
namespace {

[[noreturn]] void bad(const char* what) {
  throw Error(Code::kInvalidData, std::string("reading an Arrow stream: ") + what);
}

constexpr size_t kStep = size_t{1} << 20;

void fill(const ByteSource& source, std::span<uint8_t> out) {
  if (source(out) != out.size()) bad("it ends inside of a message");
}

// Lengths come from outside, so memory grows with what really arrives.
std::vector<uint8_t> take(const ByteSource& source, size_t size) {
  std::vector<uint8_t> bytes;
  while (bytes.size() < size) {
    const size_t old = bytes.size();
    bytes.resize(std::min(size, old + kStep));
    fill(source, std::span(bytes).subspan(old));
  }
  return bytes;
}

Body take_body(const ByteSource& source, int64_t size) {
  // A large body is only reserved until bytes are put there.
  Body body = Body::allocate(static_cast<size_t>(size));
  for (size_t at = 0; at < body.size(); at += kStep) {
    fill(source, {body.data() + at, std::min(kStep, body.size() - at)});
  }
  return body;
}

}  // namespace

StreamFileWriter::StreamFileWriter(const ArrowSchema& schema, ByteSink sink,
                                   IpcCompression compression)
    : writer_(schema, compression), sink_(std::move(sink)) {
  put(writer_.schema());
}

void StreamFileWriter::put(const IpcEncoded& message) {
  sink_(encapsulate(message.header));
  for (const auto part : message.body) sink_(part);
}

void StreamFileWriter::write(const ArrowArray& rows) {
  for (const IpcEncoded& message : writer_.batch(rows)) put(message);
}

void StreamFileWriter::finish() {
  constexpr uint8_t kEnd[8] = {0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0};
  sink_(kEnd);
}

StreamFileReader::StreamFileReader(ByteSource source, IpcLimits limits)
    : source_(std::move(source)), reader_(limits) {
  IpcMessage kind = IpcMessage::kOther;
  while (!reader_.has_schema()) {
    if (!read_message(kind)) bad("it has no schema");
  }
}

bool StreamFileReader::read_message(IpcMessage& kind) {
  uint32_t word = 0;
  const std::span word_bytes(reinterpret_cast<uint8_t*>(&word), sizeof word);
  const size_t got = source_(word_bytes);
  if (got == 0) return false;
  if (got < sizeof word) bad("it ends inside of a message");
  if (word == 0xFFFFFFFF) fill(source_, word_bytes);  // else framed as before 2019
  if (word == 0) return false;
  if (word > uint32_t{1} << 31) bad("a message's header is too large");
  const std::vector<uint8_t> header = take(source_, word);
  const auto length =
      flat::Table::root(header).scalar<int64_t>(ipc::message::kBodyLength, 0);
  if (length < 0 || length > int64_t{1} << 40) bad("a message's body is too large");
  kind = reader_.read(header, take_body(source_, length));
  return true;
}

bool StreamFileReader::next(UniqueArray& out) {
  IpcMessage kind = IpcMessage::kOther;
  while (read_message(kind)) {
    if (kind != IpcMessage::kBatch) continue;
    out = reader_.take_batch();
    return true;
  }
  return false;
}

}  // namespace fletching
