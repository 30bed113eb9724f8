// SPDX-License-Identifier: Apache-2.0
#include "flightsql/batch_writer.h"

#include <algorithm>
#include <utility>

#include "arrow/row_slices.h"

namespace fletching {
namespace {

// A batch is merged while it is this small: copying it costs less than what a message
// of its own costs the server.
constexpr int64_t kTinyBytes = 256 << 10;
constexpr int64_t kTinyRows = 16384;
constexpr int64_t kMergedBytes = 1 << 20;
constexpr int64_t kMergedRows = 65536;
// What stands around a message's header and body: tags and lengths of FlightData, and
// the descriptor's share.
constexpr int64_t kFraming = 64;

int64_t wire_size(const IpcEncoded& message) {
  return static_cast<int64_t>(message.header.size()) + message.body_size + kFraming;
}

}  // namespace

BatchWriter::BatchWriter(PutStream& put, BatchWriterOptions options, Written written)
    : put_(put), options_(options), written_(std::move(written)) {}

BatchWriter::~BatchWriter() = default;

bool BatchWriter::send(const IpcEncoded& message, const Wait& wait) {
  if (!ended_) ended_ = !put_.write(message, wait);
  bytes_ += wire_size(message);
  return !ended_;
}

void BatchWriter::tell(int64_t rows) {
  rows_ += rows;
  if (written_) written_(rows_, bytes_);
}

void BatchWriter::write_all(ResultStream& rows, const Wait& wait) {
  try {
    const ArrowSchema& schema = rows.schema(wait);
    type_ = compile_type(schema);
    writer_ = std::make_unique<IpcWriter>(schema);
    if (options_.merge) merger_ = BatchMerger::of(schema);
    if (!send(writer_->schema(), wait)) return;
    for (Batch batch; !ended_ && rows.next(batch, wait) == Next::kBatch;) {
      if (batch.rows->length > 0) take(std::move(batch.rows), wait);
    }
    flush(wait);
  } catch (...) {
    put_.cancel();
    throw;
  }
}

void BatchWriter::take(UniqueArray rows, const Wait& wait) {
  const int64_t count = rows->length;
  const int64_t bytes =
      merger_ == nullptr || count > kTinyRows ? 0 : size_of_rows(type_, *rows.get());
  if (merger_ == nullptr || count > kTinyRows || bytes > kTinyBytes) {
    flush(wait);
    return write_rows(*rows.get(), wait);
  }
  if (pending_bytes_ + bytes > kMergedBytes || pending_rows_ + count > kMergedRows) {
    flush(wait);
  }
  pending_bytes_ += bytes;
  pending_rows_ += count;
  pending_.push_back(std::move(rows));
}

void BatchWriter::flush(const Wait& wait) {
  std::vector<UniqueArray> pending;
  pending.swap(pending_);
  pending_rows_ = pending_bytes_ = 0;
  if (pending.empty() || ended_) return;
  if (pending.size() == 1) return write_rows(*pending.front().get(), wait);
  std::vector<const ArrowArray*> parts;
  for (const UniqueArray& one : pending) parts.push_back(one.get());
  const MergedRows merged = merger_->merge(parts);
  pending.clear();
  write_rows(merged.rows(), wait);
}

// Dictionaries first, which are sent whole whatever their size, then the batch.
void BatchWriter::write_rows(const ArrowArray& rows, const Wait& wait) {
  std::vector<IpcEncoded> encoded = writer_->batch(rows);
  for (size_t i = 0; i + 1 < encoded.size(); ++i) {
    if (!send(encoded[i], wait)) return;
  }
  const int64_t bytes = wire_size(encoded.back());
  if (bytes > options_.max_message && rows.length > 1) {
    const int64_t fixed = bytes - encoded.back().body_size;
    encoded.clear();
    return write_slices(rows, bytes, fixed, wait);
  }
  if (send(encoded.back(), wait)) tell(rows.length);
}

// As many rows at a time as fit by the average, where `bytes` are those of all in one
// message and `fixed` those of its header; where rows are uneven a slice
// that is still too large is halved. The dictionaries have been sent: the writer knows.
void BatchWriter::write_slices(const ArrowArray& rows, int64_t bytes, int64_t fixed,
                               const Wait& wait) {
  const double room =
      static_cast<double>(std::max<int64_t>(options_.max_message - fixed, 0));
  const double share = room / static_cast<double>(std::max<int64_t>(bytes - fixed, 1));
  // A little less, so that what slices have more (offsets, padding) fits too.
  int64_t step = std::max<int64_t>(
      1, static_cast<int64_t>(share * 0.97 * static_cast<double>(rows.length)));
  for (int64_t at = 0; at < rows.length && !ended_;) {
    const int64_t count = std::min(step, rows.length - at);
    const ArrowArray slice = borrow_rows(rows, at, count);
    std::vector<IpcEncoded> encoded = writer_->batch(slice);
    if (wire_size(encoded.back()) > options_.max_message && count > 1) {
      step = std::max<int64_t>(1, count / 2);
      continue;
    }
    for (const IpcEncoded& message : encoded) {
      if (!send(message, wait)) return;
    }
    tell(count);
    at += count;
  }
}

}  // namespace fletching
