// SPDX-License-Identifier: Apache-2.0
// Decodes the body of one RecordBatch: field nodes and buffers to checked arrays.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "arrow/array_data.h"
#include "arrow/flat.h"
#include "arrow/ipc_compression.h"
#include "arrow/ipc_layout.h"
#include "base/body.h"

namespace fletching {

// Where the values for a dictionary-encoded field come from. A null function leaves the
// arrays without: those of a dictionary batch itself, whose own dictionaries may come
// later.
using FindDictionary = std::function<std::shared_ptr<const Dictionary>(
    const FieldType& type, const FieldPath& path)>;

struct BatchContext {
  int16_t version = 0;  // of the message's metadata
  int64_t max_decompressed = 0;
  Decompressor* decompressor = nullptr;
  const FindDictionary* find_dictionary = nullptr;
};

// Fills `out`, a struct of those columns; what it pointed to before is forgotten
// but its memory is used again. The bodies that it points to are added to `bodies`: the
// one given and copies of what was compressed or misaligned. Throws kInvalidData.
void decode_batch(const flat::Table& record_batch, const Body& body,
                  std::span<const FieldType> columns, const BatchContext& context,
                  ArrayData& out, std::vector<Body>& bodies);

}  // namespace fletching
