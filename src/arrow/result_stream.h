// SPDX-License-Identifier: Apache-2.0
// A stream of record batches: what every query, metadata command and Flink page
// becomes. Streams compose: a prefetcher, a row cap or a compactor is a stream over a
// stream.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "arrow/owned.h"
#include "base/wait.h"

namespace fletching {

// What a row does to the result so far (Flink changelogs); everywhere else it inserts.
enum class RowKind : uint8_t { kInsert, kUpdateBefore, kUpdateAfter, kDelete };

struct Batch {
  UniqueArray rows;          // a struct array with the columns of the stream's schema
  std::vector<RowKind> ops;  // one a row, or empty: all insert
  // Where another reader goes on behind it, if the server can be asked so (Flink's);
  // opaque. Empty: nowhere.
  std::string position;
  // Of a stream whose batches go to a Flight service: what goes beside it; opaque.
  std::string app_metadata;
};

enum class Next {
  kBatch,       // a batch was filled in (it may have no rows)
  kNothingYet,  // the wait's own moment came; the stream goes on
  kEnd,         // all was read; stays so
};

struct Progress {
  int64_t rows = 0;         // handed out so far
  int64_t bytes = 0;        // received so far
  int64_t total_rows = -1;  // -1: the server does not say
  int64_t total_bytes = -1;
  double fraction = -1;  // as told by the server, 0 to 1; -1: not told
};

// One reader at a time; cancel() may come from any thread. Errors are thrown as Error.
// The destructor neither waits nor sends more than a stream reset.
class ResultStream {
 public:
  virtual ~ResultStream() = default;

  // The schema of all batches (a struct type); waits for it if it comes with the data.
  // Valid as long as the stream.
  virtual const ArrowSchema& schema(const Wait& wait) = 0;

  // Waits for the next batch. kNothingYet comes only where `nap` (a moment earlier than
  // the wait's deadline) has passed.
  virtual Next next(Batch& out, const Wait& wait, Deadline nap = Deadline::never()) = 0;

  [[nodiscard]] virtual Progress progress() const { return {}; }

  // Stops the stream and what feeds it; a reader that waits gets kCancelled. Never
  // waits.
  virtual void cancel() noexcept = 0;

  // next() may run code of the face's, which no thread of the core does: it is not to
  // be read ahead.
  [[nodiscard]] virtual bool runs_foreign_code() const { return false; }
  // After next() has thrown: whether the next one gives what comes after it, or tries
  // again what failed. By the reader alone.
  [[nodiscard]] virtual bool can_go_on() const noexcept { return false; }
  // Ends it at a server where that takes a request of its own (which cancel() leaves to
  // a later call), in a few seconds at most. By the reader alone, as its last call.
  virtual void end_now() noexcept {}
  // Nobody has asked it for anything for a while: keeps at the server what would
  // expire. By the reader alone; throws what ends the wait, nothing else.
  virtual void keep_alive(const Wait&) {}
};

}  // namespace fletching
