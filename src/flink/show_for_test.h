// SPDX-License-Identifier: Apache-2.0
// Rows of a batch as text, by nanoarrow alone, for tests.
#pragma once

#include <charconv>
#include <string>
#include <vector>

#include "arrow/judge_for_test.h"

namespace fletching::flink {

inline std::string show_floating(double value) {
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, value);
  return {text, end.ptr};
}

inline std::string show_value(const ArrowArrayView& view, int64_t row);

inline std::string show_list(const ArrowArrayView& view, int64_t row) {
  std::string text = "[";
  const int64_t end = ArrowArrayViewListChildOffset(&view, row + view.offset + 1);
  for (int64_t i = ArrowArrayViewListChildOffset(&view, row + view.offset); i < end;
       ++i) {
    if (text.size() > 1) text += " ";
    text += show_value(*view.children[0], i);
  }
  return text + "]";
}

inline std::string show_value(const ArrowArrayView& view, int64_t row) {
  if (ArrowArrayViewIsNull(&view, row) != 0) return "NULL";
  switch (view.storage_type) {
    case NANOARROW_TYPE_STRING: {
      const ArrowStringView text = ArrowArrayViewGetStringUnsafe(&view, row);
      return {text.data, static_cast<size_t>(text.size_bytes)};
    }
    case NANOARROW_TYPE_BINARY: {
      const ArrowBufferView bytes = ArrowArrayViewGetBytesUnsafe(&view, row);
      std::string text = "x";
      for (int64_t i = 0; i < bytes.size_bytes; ++i) {
        constexpr const char* kDigits = "0123456789abcdef";
        text += kDigits[bytes.data.as_uint8[i] >> 4];
        text += kDigits[bytes.data.as_uint8[i] & 15];
      }
      return text;
    }
    case NANOARROW_TYPE_FLOAT:
    case NANOARROW_TYPE_DOUBLE:
      return show_floating(ArrowArrayViewGetDoubleUnsafe(&view, row));
    case NANOARROW_TYPE_DECIMAL128: {
      ArrowDecimal value;
      ArrowDecimalInit(&value, 128, 38, 0);
      ArrowArrayViewGetDecimalUnsafe(&view, row, &value);
      nanoarrow::UniqueBuffer digits;
      (void)ArrowDecimalAppendDigitsToBuffer(&value, digits.get());
      return {reinterpret_cast<const char*>(digits->data),
              static_cast<size_t>(digits->size_bytes)};
    }
    case NANOARROW_TYPE_LIST:
    case NANOARROW_TYPE_MAP:
      return show_list(view, row);
    case NANOARROW_TYPE_STRUCT: {
      std::string text = "(";
      for (int64_t i = 0; i < view.n_children; ++i) {
        if (i != 0) text += ",";
        text += show_value(*view.children[i], row + view.offset);
      }
      return text + ")";
    }
    case NANOARROW_TYPE_INTERVAL_MONTHS:
      return std::to_string(view.buffer_views[1].data.as_int32[row + view.offset]);
    default:
      return std::to_string(ArrowArrayViewGetIntUnsafe(&view, row));
  }
}

// "(1,a)" for each row; what nanoarrow finds wrong with the array instead.
inline std::vector<std::string> show_rows(const ArrowArray& rows,
                                          const ArrowSchema& schema) {
  if (const std::string wrong = complaint_of_nanoarrow(rows, schema); !wrong.empty()) {
    return {wrong};
  }
  UniqueArrayView view;
  std::vector<std::string> shown;
  if (ArrowArrayViewInitFromSchema(view.get(), &schema, nullptr) != NANOARROW_OK ||
      ArrowArrayViewSetArray(view.get(), &rows, nullptr) != NANOARROW_OK) {
    return {"no view"};
  }
  for (int64_t i = 0; i < rows.length; ++i) shown.push_back(show_value(*view.get(), i));
  return shown;
}

}  // namespace fletching::flink
