// SPDX-License-Identifier: Apache-2.0
// The most rows that a query without a LIMIT gets: option max_rows, or what the
// server's profile and its environment variable say. Every way to the server goes
// through here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "arrow/result_stream.h"
#include "backend/profile.h"
#include "backend/sql_dialect.h"
#include "driver/settings.h"

namespace fletching {

struct RowCap {
  int64_t rows = 0;       // 0: none
  std::string_view name;  // of the option or variable that lifts it
};

// Of a server whose profile may not be known (null). Throws kInvalidArgument where the
// profile's variable holds no integer; an empty one says nothing, and below 1 is none.
[[nodiscard]] RowCap row_cap(const Settings& settings, const ServerProfile* profile);

// A statement's text, with a LIMIT where the cap put one.
class CappedSql {
 public:
  CappedSql(std::string_view sql, const RowCap& cap, const SqlDialect& dialect);

  [[nodiscard]] const std::string& sql() const noexcept { return sql_; }
  // The cap that is in the text; none where it was left as it is.
  [[nodiscard]] const RowCap& cap() const noexcept { return cap_; }

 private:
  std::string sql_;
  RowCap cap_;
};

// The rows of a capped query; the log is told when there are as many as the cap lets
// through. Without a cap the stream itself.
[[nodiscard]] std::unique_ptr<ResultStream> watch_cap(
    std::unique_ptr<ResultStream> stream, const RowCap& cap);

}  // namespace fletching
