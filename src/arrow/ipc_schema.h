// SPDX-License-Identifier: Apache-2.0
// Schemas between flatbuffers and the C data interface.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "arrow/flat.h"
#include "arrow/ipc_layout.h"
#include "arrow/owned.h"

namespace fletching {

// The table at the root of a Message, with its version checked (V4 or V5).
struct IpcMessageView {
  int16_t version;
  uint8_t header_type;  // ipc::Header, or one that we do not know
  flat::Table message;

  // Throws kInvalidData.
  static IpcMessageView parse(std::span<const uint8_t> header);
  [[nodiscard]] flat::Table header() const;
};

struct IpcSchema {
  UniqueSchema schema;                  // a struct type, not nullable
  std::vector<int64_t> dictionary_ids;  // in the order compile_type wants
};

// `bytes` is how large the flatbuffer around the table is: a legal schema cannot have
// more fields than fit in there. Throws kInvalidData.
[[nodiscard]] IpcSchema read_schema(const flat::Table& schema, size_t bytes,
                                    int max_depth);

}  // namespace fletching
