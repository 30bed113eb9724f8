// SPDX-License-Identifier: Apache-2.0
#include "flink/statement_stream.h"

#include <nanoarrow/nanoarrow.hpp>

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

#include "base/backoff.h"
#include "base/log.h"
#include "flink/op_column.h"
#include "flink/page_decoder.h"
#include "flink/statement_json.h"
#include "flink/types.h"

namespace fletching::flink {
namespace {

constexpr const char* kReading = "reading a Flink result";

// What the statement itself was told, else the session.
std::string zone_of(Statements& statements, const StatementOptions& options,
                    const Wait& wait) {
  for (const char* name : {"table.local-time-zone", "sql.local-time-zone"}) {
    const auto found = options.properties.find(name);
    if (found != options.properties.end()) return found->second;
  }
  return statements.time_zone(wait);
}

// Of a cancelled one too: its server is told with the next call.
class StatementStream final : public ResultStream {
  // A wait that has ended for good ends the statement here and now: on a server a job
  // would go on until somebody calls again.
  template <class Body>
  decltype(auto) reading(const Wait& wait, Body&& body) {
    can_go_on_ = false;
    try {
      return std::forward<Body>(body)();
    } catch (const Error&) {
      const bool cancelled = wait.cancel != nullptr && wait.cancel->cancelled();
      if (cancelled || stop_.cancelled() || wait.deadline.expired()) {
        can_go_on_ = false;
        end_now();
      }
      throw;
    }
  }

 public:
  StatementStream(std::shared_ptr<Statements> statements, Statement statement,
                  StatementOptions options, const Wait& wait)
      : statements_(std::move(statements)),
        statement_(std::move(statement)),
        options_(std::move(options)),
        zone_(zone_of(*statements_, options_, wait)),
        has_traits_(statements_->capabilities().traits) {
    if (has_traits_ && !has_columns(statement_)) ended_ = true;
    position_ = options_.position;
    plain_ = options_.row_format == RowFormat::kPlainText;
    decoder_ = make_decoder();
    if (has_traits_ && has_columns(statement_)) {
      if (position_.empty()) inline_ = inline_page(statement_);
      decoder_->set_columns(parse_columns_json(statement_.traits->columns_json));
      set_schema();
    }
  }

  ~StatementStream() override { let_go(); }

  const ArrowSchema& schema(const Wait& wait) override {
    return reading(wait, [&]() -> const ArrowSchema& {
      while (schema_->release == nullptr) {
        if (ended_) {
          set_empty_schema();
          break;
        }
        pause(wait, Deadline::never());
        take_page(wait);
      }
      return *schema_.get();
    });
  }

  Next next(Batch& out, const Wait& wait, Deadline nap) override {
    return reading(wait, [&] { return read_on(out, wait, nap); });
  }

  [[nodiscard]] Progress progress() const override {
    return {.rows = rows_handed_out_, .bytes = bytes_};
  }

  void cancel() noexcept override {
    stop_.cancel();
    let_go();
  }

  [[nodiscard]] bool can_go_on() const noexcept override { return can_go_on_; }

  void end_now() noexcept override {
    if (options_.keep || runs_on()) {
      let_go();
    } else if (!let_go_.exchange(true)) {
      remove_soon(*statements_, statement_.name);
    }
  }

  // What is amiss shows when the next page is asked for.
  void keep_alive(const Wait& wait) override {
    try {
      statements_->heartbeat(statement_.name, wait);
    } catch (const Error& e) {
      if (e.code() == Code::kCancelled) throw;
      log(LogLevel::kInfo, e.message());
    }
  }

 private:
  Next read_on(Batch& out, const Wait& wait, Deadline nap) {
    while (true) {
      if (take_rows(out)) return Next::kBatch;
      if (ended_) {
        let_go();
        return Next::kEnd;
      }
      if (!pause(wait, nap)) return Next::kNothingYet;
      take_page(wait);
    }
  }

  [[nodiscard]] Encoding encoding() const {
    if (has_traits_) return Encoding::kConfluent;
    return plain_ ? Encoding::kGatewayPlainText : Encoding::kGatewayJson;
  }

  [[nodiscard]] std::unique_ptr<PageDecoder> make_decoder() const {
    return std::make_unique<PageDecoder>(encoding(),
                                         DecodeOptions{.session_zone = zone_});
  }

  // Until the next page may be asked for. False: the caller's nap came first.
  bool pause(const Wait& wait, Deadline nap) {
    if (!not_before_.is_never() && !not_before_.expired()) {
      const Deadline wake = not_before_.earlier(nap);
      wait_for({}, stoppable(wait), kReading, wake);
    }
    not_before_ = Deadline::never();
    return !nap.expired();
  }

  [[nodiscard]] Wait stoppable(const Wait& wait) const {
    Wait copy = wait;
    copy.stop = &stop_;
    return copy;
  }

  void take_page(const Wait& wait) {
    const RowFormat format = plain_ ? RowFormat::kPlainText : options_.row_format;
    std::string asked = position_;
    RawPage raw = inline_.empty() ? fetch(format, wait)
                                  : RawPage{.json = std::exchange(inline_, {})};
    if (raw.plain_text && !plain_) {
      // From here on all pages: what JSON could not carry comes again.
      plain_ = true;
      decoder_ = make_decoder();
    }
    bytes_ += static_cast<int64_t>(raw.json.size());
    Page page = decoder_->decode(std::move(raw.json));
    if (page.info.missing_results) throw gone(page.info);
    if (schema_->release == nullptr && decoder_->has_columns()) set_schema();
    follow(page.info, page.rows->release != nullptr && page.rows->length > 0,
           raw.retry_after);
    if (page.info.kind == PageInfo::Kind::kNotReady) return;
    const int64_t before = rows_decoded_;
    page_at_ = std::move(asked);
    cursor_.emplace(std::move(page), before);
    rows_decoded_ += cursor_->rows_of_page();
  }

  // A page may be asked for again, so a server that was away for a while loses nothing.
  RawPage fetch(RowFormat format, const Wait& wait) {
    try {
      return statements_->fetch(statement_.name, position_, format, stoppable(wait));
    } catch (const Error& e) {
      can_go_on_ = e.code() == Code::kIo;
      throw;
    }
  }

  void follow(const PageInfo& info, bool has_rows, std::chrono::nanoseconds asked) {
    if (info.kind == PageInfo::Kind::kEnd) {
      ended_ = true;
      return;
    }
    if (info.next.empty()) {
      throw Error(Code::kInvalidData,
                  std::string(kReading) + ": the server named no next page");
    }
    position_ = info.next;
    if (has_rows) {
      empty_pages_.restart();
      not_before_ = asked.count() > 0 ? Deadline::after(asked) : Deadline::never();
      return;
    }
    Backoff& backoff =
        info.kind == PageInfo::Kind::kNotReady ? not_ready_ : empty_pages_;
    not_before_ = Deadline::after(std::max(asked, backoff.next()));
  }

  bool take_rows(Batch& out) {
    const bool refused = options_.changelog == ChangelogRows::kRefuse;
    if (changes_ && refused) refuse_changes();  // again: some rows were not told
    if (!cursor_) return false;
    try {
      if (!cursor_->next(out)) {
        cursor_.reset();
        return false;
      }
    } catch (const Error&) {
      cursor_->skip();
      can_go_on_ = true;
      throw;
    }
    changes_ = changes_ || !only_inserts(out);
    if (changes_ && refused) refuse_changes();
    rows_handed_out_ += out.rows->length;
    // A page with a fault comes in pieces, and can only be had whole.
    out.position = cursor_->at_end() ? (ended_ ? "" : position_) : page_at_;
    if (options_.changelog == ChangelogRows::kColumn) add_op_column(out);
    return true;
  }

  static bool only_inserts(const Batch& batch) {
    return std::all_of(batch.ops.begin(), batch.ops.end(),
                       [](RowKind k) { return k == RowKind::kInsert; });
  }

  [[noreturn]] static void refuse_changes() {
    throw Error(
        Code::kInvalidState,
        "reading a Flink result: the query changes rows that it has sent before "
        "(changelog=column tells what each row does; mode=batch gives the final "
        "rows where its tables have an end)");
  }

  void set_schema() {
    if (options_.changelog == ChangelogRows::kColumn) {
      schema_ = with_op_column(decoder_->schema());
    } else {
      NANOARROW_THROW_NOT_OK(ArrowSchemaDeepCopy(&decoder_->schema(), schema_.get()));
    }
  }

  void set_empty_schema() {
    ArrowSchemaInit(schema_.get());
    NANOARROW_THROW_NOT_OK(ArrowSchemaSetTypeStruct(schema_.get(), 0));
  }

  [[nodiscard]] Error gone(const PageInfo& info) const {
    const bool deleted = info.error_json.find("not found") != std::string::npos ||
                         info.error_json.find("404") != std::string::npos ||
                         info.error_json == "null" || info.error_json.empty();
    return Error(deleted ? Code::kNotFound : Code::kUnknown,
                 std::string(kReading) + ": statement '" + statement_.name + "' " +
                     (deleted ? "is gone" : "gave no rows: " + info.error_json));
  }

  // What changes data goes on without its reader; what is read ends with it.
  [[nodiscard]] bool runs_on() const {
    return has_traits_ && !has_columns(statement_) && !is_terminal(statement_.phase);
  }

  void let_go() noexcept {
    if (let_go_.exchange(true)) return;
    if (options_.keep || runs_on()) {
      statements_->leave(statement_.name);
    } else {
      statements_->remove_later(statement_.name);
    }
  }

  const std::shared_ptr<Statements> statements_;
  const Statement statement_;
  const StatementOptions options_;
  const std::string zone_;
  const bool has_traits_;
  bool plain_ = false;
  std::unique_ptr<PageDecoder> decoder_;
  UniqueSchema schema_;
  std::optional<PageCursor> cursor_;
  std::string position_, page_at_;  // of the next page, of the cursor's
  std::string inline_;              // the first page, if it is here already
  bool ended_ = false;
  bool changes_ = false;    // a row took back or replaced an earlier one
  bool can_go_on_ = false;  // after the last error
  Deadline not_before_ = Deadline::never();  // never: at once
  Backoff not_ready_{std::chrono::milliseconds(5), std::chrono::milliseconds(500), 1.2};
  Backoff empty_pages_{std::chrono::milliseconds(20), std::chrono::milliseconds(500),
                       1.5};
  int64_t rows_decoded_ = 0, rows_handed_out_ = 0, bytes_ = 0;
  CancelToken stop_;
  std::atomic<bool> let_go_{false};
};

}  // namespace

void remove_soon(Statements& statements, const std::string& name) noexcept {
  try {
    statements.remove(name, {Deadline::after(std::chrono::seconds(2))});
  } catch (...) {
    statements.remove_later(name);
  }
}

std::unique_ptr<ResultStream> read_statement_rows(
    std::shared_ptr<Statements> statements, Statement statement,
    StatementOptions options, const Wait& wait) {
  return std::make_unique<StatementStream>(std::move(statements), std::move(statement),
                                           std::move(options), wait);
}

}  // namespace fletching::flink
