// SPDX-License-Identifier: Apache-2.0
// nanoarrow's full validation of an array, as a judge that is not ours; for tests and
// fuzz targets.
#pragma once

#include <nanoarrow/nanoarrow.h>

#include <string>
#include <string_view>

#include "arrow/owned.h"

namespace fletching {

// nanoarrow refuses binary of width 0, which is legal.
inline bool has_empty_binary(const ArrowSchema& schema) {
  if (std::string_view(schema.format) == "w:0") return true;
  for (int64_t i = 0; i < schema.n_children; ++i) {
    if (has_empty_binary(*schema.children[i])) return true;
  }
  return schema.dictionary != nullptr && has_empty_binary(*schema.dictionary);
}

// What nanoarrow finds wrong with the array, or empty.
inline std::string complaint_of_nanoarrow(const ArrowArray& array,
                                          const ArrowSchema& schema) {
  if (has_empty_binary(schema)) return "";
  UniqueArrayView view;
  ArrowError error{};
  const bool valid =
      ArrowArrayViewInitFromSchema(view.get(), &schema, &error) == NANOARROW_OK &&
      ArrowArrayViewSetArray(view.get(), &array, &error) == NANOARROW_OK &&
      ArrowArrayViewValidate(view.get(), NANOARROW_VALIDATION_LEVEL_FULL, &error) ==
          NANOARROW_OK;
  if (valid) return "";
  return error.message[0] != '\0' ? error.message : "not valid";
}

}  // namespace fletching
