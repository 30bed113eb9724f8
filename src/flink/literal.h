// SPDX-License-Identifier: Apache-2.0
// Values as literals of Flink SQL, with the types that Flink gives them; on top of the
// dialect "flink" of backend/sql_dialect.h, whose placeholders (backend/
// sql_parameters.h) a statement's text is searched for.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "flink/types.h"

namespace fletching::flink {

// Appends one literal at a time to a text. Everything refused is kInvalidArgument or
// kNotImplemented, "writing a value as SQL: ...". What is written is always one
// literal, whatever the value.
class LiteralWriter {
 public:
  // session_zone: as DecodeOptions has it; Flink reads the text of an instant as this
  // zone's clocks show it.
  LiteralWriter(std::string& out, std::string session_zone = "UTC");
  ~LiteralWriter();
  LiteralWriter(const LiteralWriter&) = delete;
  LiteralWriter& operator=(const LiteralWriter&) = delete;

  void null(const Type& type);  // CAST(NULL AS T)
  void boolean(bool value);
  // Any digits: INT and BIGINT as numbers, up to 38 digits as a DECIMAL.
  void integer(bool negative, std::string_view digits);
  // digits * 10^exponent, as DECIMAL(p, s) with p >= s >= 0.
  void decimal(bool negative, std::string_view digits, int64_t exponent);
  void floating(double value);  // always DOUBLE, whatever its text looks like
  void text(std::string_view utf8);
  void binary(std::string_view bytes);
  void date(int64_t days);                         // since 1970
  void time(int64_t nanos);                        // since midnight
  void timestamp(int64_t seconds, int32_t nanos);  // since 1970, no zone
  void instant(int64_t seconds, int32_t nanos);    // since 1970, UTC: TIMESTAMP_LTZ
  void year_month(int64_t months);
  void day_time(int64_t seconds, int32_t nanos);  // Flink keeps milliseconds

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fletching::flink
