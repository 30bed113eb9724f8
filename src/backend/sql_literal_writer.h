// SPDX-License-Identifier: Apache-2.0
// How LiteralRenderer writes: private to sql_literal*.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backend/sql_literal.h"
#include "backend/sql_temporal.h"
#include "fletching/error.h"

namespace fletching {

struct LiteralRenderer::Field {
  ArrowType type = NANOARROW_TYPE_UNINITIALIZED;  // of the storage
  enum class Extension : uint8_t { kNone, kUuid, kBool8 } extension = Extension::kNone;
  bool zoned = false;
  int unit_digits = 0;  // of times: 0, 3, 6, 9
  int32_t precision = 0, scale = 0;
  int32_t fixed_size = 0;
  std::string name;
  std::vector<Field> children;  // of a dictionary: its values
};

// What a schema says. Throws kInvalidArgument for an illegal one.
[[nodiscard]] LiteralRenderer::Field compile_literal_field(const ArrowSchema& schema,
                                                           int depth = 0);

// kNotImplemented and kInvalidArgument, "writing a value as SQL: what".
[[noreturn]] void literal_not_supported(const std::string& what);
[[noreturn]] void literal_not_valid(const std::string& what);

// The form with the value for each %.
[[nodiscard]] std::string filled(std::string_view form, std::string_view value);

// "DECIMAL(10, 2)"
[[nodiscard]] std::string decimal_type_text(std::string_view name, int32_t precision,
                                            int32_t scale);

// The rows of its child that a list's row takes.
struct Range {
  int64_t begin, end;
};

// Writes values of a dialect. Holds nothing but the dialect and the output.
class LiteralWriter {
 public:
  using Field = LiteralRenderer::Field;

  LiteralWriter(const SqlDialect& dialect, std::string& out,
                const InstantWriter& instants)
      : dialect_(dialect), forms_(dialect.literals), out_(out), instants_(instants) {}

  void value(const Field& field, const ArrowArrayView& array, int64_t row);

 private:
  [[noreturn]] void no_literal(const std::string& of) const {
    literal_not_supported("there is no literal for " + of + " in the dialect " +
                          std::string(dialect_.name));
  }

  void null(const Field& field);
  void integer(const Field& field, int64_t value);
  void unsigned_integer(uint64_t value);
  void floating(double value, std::string_view type);
  void decimal(const Field& field, const ArrowArrayView& array, int64_t row);
  void binary(ArrowBufferView bytes);
  void uuid(ArrowBufferView bytes);
  void date(const Field& field, int64_t value);
  void time(const Field& field, int64_t value);
  void timestamp(const Field& field, int64_t value);
  void duration(const Field& field, int64_t value);
  void interval(const Field& field, const ArrowArrayView& array, int64_t row);
  void span(const Span& span);
  void span_fields(const Span& span);
  void span_units(const Span& span, int unit_digits);
  void list(const Field& field, const ArrowArrayView& array, Range range);
  void map(const Field& field, const ArrowArrayView& array, Range range);
  void map_column(const Field& field, const ArrowArrayView& array, Range range);
  void structure(const Field& field, const ArrowArrayView& array, int64_t row);
  void nested(const Field& field, const ArrowArrayView& array, int64_t row);

  // The form for a unit, and a check that the value loses nothing in it.
  const TemporalForm& form_of(const TemporalForms& forms, const Field& field,
                              int64_t value, const char* what) const;
  // The name for CAST, "" where it is not known.
  [[nodiscard]] std::string type_of(const Field& field) const;
  [[nodiscard]] std::string item_type_of(const Field& field) const;

  const SqlDialect& dialect_;
  const LiteralForms& forms_;
  std::string& out_;
  const InstantWriter& instants_;  // may be empty
};

}  // namespace fletching
