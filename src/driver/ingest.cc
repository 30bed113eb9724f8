// SPDX-License-Identifier: Apache-2.0
// Statement::ingest: CommandStatementIngest where the server has it.
#include <optional>
#include <utility>

#include "arrow/array_size.h"
#include "arrow/c_stream.h"
#include "arrow/row_slices.h"
#include "driver/ingest_insert.h"
#include "driver/transactions.h"

namespace fletching {
namespace {

// Passes rows on and remembers the first ones, so that they can go another way when the
// server refuses: it does so before it reads much.
class Remembering : public ResultStream {
 public:
  Remembering(std::unique_ptr<ResultStream> inner, bool wanted)
      : inner_(std::move(inner)), second_way_(!wanted) {}

  const ArrowSchema& schema(const Wait& wait) override { return inner_->schema(wait); }

  Next next(Batch& out, const Wait& wait, Deadline nap) override {
    if (replayed_ < first_.size()) {
      out.ops.clear();
      const SharedRows& rows = first_[replayed_];
      out.rows = slice_rows(rows, 0, (*rows)->length);
      // Its second way is its last: nothing needs to be kept.
      first_[replayed_++].reset();
      return Next::kBatch;
    }
    const Next step = inner_->next(out, wait, nap);
    if (step != Next::kBatch || second_way_) return step;
    bytes_ += size_of_rows(type_of(inner_->schema(wait)), *out.rows.get());
    if (bytes_ > kMost) {
      lost_ = true;
      first_.clear();
      second_way_ = true;
      return step;
    }
    first_.push_back(std::make_shared<const UniqueArray>(std::move(out.rows)));
    ++replayed_;
    out.rows = slice_rows(first_.back(), 0, (*first_.back())->length);
    return step;
  }

  void keep_none() { second_way_ = true; }
  // From the first row again; false if they are gone.
  [[nodiscard]] bool rewind() {
    replayed_ = 0;
    second_way_ = true;
    return !lost_;
  }

  [[nodiscard]] Progress progress() const override { return inner_->progress(); }
  void cancel() noexcept override { inner_->cancel(); }

 private:
  static constexpr int64_t kMost = int64_t{64} << 20;

  const FieldType& type_of(const ArrowSchema& schema) {
    if (!type_) type_ = compile_type(schema);
    return *type_;
  }

  std::unique_ptr<ResultStream> inner_;
  std::vector<SharedRows> first_;
  std::optional<FieldType> type_;
  size_t replayed_ = 0;
  int64_t bytes_ = 0;
  bool second_way_;
  bool lost_ = false;
};

IngestTarget target_of(const IngestOptions& options, int64_t max_message) {
  using Mode = IngestOptions::Mode;
  IngestTarget target;
  target.table = options.table;
  target.catalog = options.catalog;
  target.schema = options.schema;
  target.temporary = options.temporary;
  target.options = options.options;
  target.max_message = max_message;
  const Mode mode = options.mode;
  target.exists = mode == Mode::kCreate    ? IngestTarget::Exists::kFail
                  : mode == Mode::kReplace ? IngestTarget::Exists::kReplace
                                           : IngestTarget::Exists::kAppend;
  target.missing = mode == Mode::kAppend ? IngestTarget::Missing::kFail
                                         : IngestTarget::Missing::kCreate;
  return target;
}

void check_columns(const ArrowSchema& schema) {
  if (schema.n_children == 0) {
    throw Error(Code::kInvalidArgument, "ingest: the data has no columns");
  }
  for (int64_t i = 0; i < schema.n_children; ++i) {
    const char* name = schema.children[i]->name;
    if (name == nullptr || *name == '\0') {
      throw Error(Code::kInvalidArgument, "ingest: column " + std::to_string(i + 1) +
                                              " of the data has no name");
    }
  }
}

Error without_ingest(const Error& e) {
  return Error(Code::kNotImplemented,
               e.message() + " (insert_fallback=True writes by INSERT statements)",
               e.sqlstate(), e.vendor_code(), e.details());
}

// Somebody else's stream.
class Borrowed : public ResultStream {
 public:
  explicit Borrowed(ResultStream& inner) : inner_(inner) {}
  const ArrowSchema& schema(const Wait& wait) override { return inner_.schema(wait); }
  Next next(Batch& out, const Wait& wait, Deadline nap) override {
    return inner_.next(out, wait, nap);
  }
  void cancel() noexcept override { inner_.cancel(); }

 private:
  ResultStream& inner_;
};

int64_t by_insert(const Execution& run, const ServerProfile& profile,
                  const IngestOptions& target, Remembering& rows,
                  PacedProgress& progress) {
  try {
    return insert_rows(run, profile, target, std::make_unique<Borrowed>(rows),
                       progress);
  } catch (const Error& e) {
    throw e.with_context("ingest into " + target.table + " by INSERT");
  }
}

int64_t write_rows(const Execution& run, const IngestOptions& target, Remembering& rows,
                   const Wait& wait, PacedProgress& progress) {
  const ServerProfile& profile = run.connection->profile(*run.session, wait);
  enter_transaction(*run.connection, *run.session, wait);
  const bool told = run.session->server_info(wait).bulk_ingestion.value_or(true);
  if (target.insert_fallback && (!profile.has_ingest || !told)) {
    rows.keep_none();
    return by_insert(run, profile, target, rows, progress);
  }
  try {
    const int64_t most = run.settings.ingest_message.value_or(profile.max_message);
    return run.session->ingest(target_of(target, most), rows, progress.callback(),
                               wait);
  } catch (const Error& e) {
    if (e.code() != Code::kNotImplemented) throw;
    if (!target.insert_fallback) throw without_ingest(e);
    if (!rows.rewind()) throw;
  }
  return by_insert(run, profile, target, rows, progress);
}

}  // namespace

int64_t Statement::ingest(const IngestOptions& target, ArrowArrayStream* rows) {
  const Entry entry(state_->generation);
  UniqueArrayStream taken;
  ArrowArrayStreamMove(rows, taken.get());
  Remembering stream(import_stream(std::move(taken)), target.insert_fallback);
  if (target.table.empty()) {
    throw Error(Code::kInvalidArgument, "ingest: the table has no name");
  }
  const Execution run = begin_execution(*state_);
  const Wait wait = run.wait(run.settings.update_timeout);
  check_columns(stream.schema(wait));
  PacedProgress progress(run.progress);
  const int64_t written = write_rows(run, target, stream, wait, progress);
  progress.finish();
  return written;
}

}  // namespace fletching
