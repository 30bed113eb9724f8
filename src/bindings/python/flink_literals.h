// SPDX-License-Identifier: Apache-2.0
// Python values as literals of Flink SQL. With the interpreter lock.
#pragma once

#include <string>

#include "bindings/python/ref.h"

namespace fletching::python {

struct FlinkLiteralOptions {
  std::string session_zone = "UTC";  // as flink::LiteralWriter has it
  bool bare_null = false;            // None is NULL, not refused
};

// One literal of a value. Throws Error
// (kInvalidArgument, kInvalidData, kNotImplemented: "writing a value as SQL: ...") and
// python_error.
//
//   int, Decimal, float, bool, str, UUID, bytes-like, date, time, datetime, timedelta,
//   fletching.Interval, and numpy's and pandas' scalars as themselves; a float is
//   always a DOUBLE; an aware datetime is a TIMESTAMP_LTZ list         ARRAY[...],
//   typed by its first item that is not None dict         MAP[...], the same of keys
//   and of values tuple, named tuple, dataclass instance    ROW(...) None         a
//   NULL of its neighbours' type in a list or dict, else by the options an object whose
//   class has __flink_literal__(self) -> str    that text
[[nodiscard]] std::string flink_literal(PyObject* value,
                                        const FlinkLiteralOptions& options);

// `sql` with the values in place of its placeholders: %s, ? or %(name)s, :name, never
// inside of quotes, comments or identifiers; %% is %, and other % stay. parameters: a
// list or tuple, or a mapping; None: the text as it is. Throws Error(kInvalidArgument,
// SQLSTATE 07001) where values and placeholders do not match.
[[nodiscard]] std::string flink_interpolate(const std::string& sql,
                                            PyObject* parameters,
                                            const FlinkLiteralOptions& options);

}  // namespace fletching::python
