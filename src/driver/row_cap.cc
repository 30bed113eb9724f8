// SPDX-License-Identifier: Apache-2.0
#include "driver/row_cap.h"

#include <charconv>
#include <cstdlib>
#include <utility>

#include "backend/sql_limit.h"
#include "base/log.h"
#include "fletching/error.h"

namespace fletching {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

int64_t whole_number(std::string_view name, std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  std::string_view digits = text.substr(first);
  digits = digits.substr(0, digits.find_last_not_of(kBlanks) + 1);
  if (digits.starts_with('+')) digits.remove_prefix(1);
  int64_t number = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number);
  if (error == std::errc() && stop == end) return number;
  throw Error(
      Code::kInvalidArgument,
      "environment variable " + std::string(name) + ": '" + std::string(text) +
          "' is not an integer (the most rows of a query without a LIMIT, 0 for "
          "no cap)");
}

// Counts rows until there are as many as a query with the cap in it can have.
class WatchedStream : public ResultStream {
 public:
  WatchedStream(std::unique_ptr<ResultStream> inner, const RowCap& cap)
      : inner_(std::move(inner)), cap_(cap) {}
  const ArrowSchema& schema(const Wait& wait) override { return inner_->schema(wait); }
  Next next(Batch& out, const Wait& wait, Deadline nap) override {
    const Next step = inner_->next(out, wait, nap);
    if (step == Next::kBatch) count(out.rows->length);
    return step;
  }
  [[nodiscard]] bool runs_foreign_code() const override {
    return inner_->runs_foreign_code();
  }
  [[nodiscard]] Progress progress() const override { return inner_->progress(); }
  void cancel() noexcept override { inner_->cancel(); }
  [[nodiscard]] bool can_go_on() const noexcept override { return inner_->can_go_on(); }
  void end_now() noexcept override { inner_->end_now(); }
  void keep_alive(const Wait& wait) override { inner_->keep_alive(wait); }

 private:
  void count(int64_t rows) {
    const bool full = rows_ < cap_.rows && rows_ + rows >= cap_.rows;
    rows_ += rows;
    if (!full) return;
    log(LogLevel::kWarning,
        "the result has " + std::to_string(cap_.rows) +
            " rows, the most that a query without a LIMIT gets: there may be more (" +
            std::string(cap_.name) + " says how many, 0 for all; or write a LIMIT)");
  }

  std::unique_ptr<ResultStream> inner_;
  const RowCap cap_;
  int64_t rows_ = 0;
};

}  // namespace

RowCap row_cap(const Settings& settings, const ServerProfile* profile) {
  if (settings.max_rows) return {*settings.max_rows, "option max_rows"};
  if (profile == nullptr || profile->max_rows_variable.empty()) return {};
  const std::string_view name = profile->max_rows_variable;
  const char* value = std::getenv(std::string(name).c_str());
  const std::string_view text = value == nullptr ? "" : value;
  const bool said = text.find_first_not_of(kBlanks) != std::string_view::npos;
  return {said ? whole_number(name, text) : profile->max_rows, name};
}

CappedSql::CappedSql(std::string_view sql, const RowCap& cap, const SqlDialect& dialect)
    : sql_(sql) {
  if (cap.rows < 1) return;
  if (auto limited = with_limit(sql, cap.rows, dialect)) {
    sql_ = *std::move(limited);
    cap_ = cap;
  }
}

std::unique_ptr<ResultStream> watch_cap(std::unique_ptr<ResultStream> stream,
                                        const RowCap& cap) {
  if (cap.rows < 1) return stream;
  return std::make_unique<WatchedStream>(std::move(stream), cap);
}

}  // namespace fletching
