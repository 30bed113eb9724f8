// SPDX-License-Identifier: Apache-2.0
// Arrays of the C data interface to the field nodes and buffers of a RecordBatch: only
// what a slice needs, its offsets made to start at zero.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "arrow/ipc_compression.h"
#include "arrow/ipc_layout.h"
#include "arrow/ipc_writer.h"

namespace fletching {

// FieldNode (length, null count) and Buffer (offset, length) alike.
struct IpcPair {
  int64_t first;
  int64_t second;
};

struct IpcBatchParts {
  std::vector<IpcPair> nodes;
  std::vector<IpcPair> buffers;
  std::vector<int64_t> variadic_counts;
};

class ArrayEncoder {
 public:
  // Bodies go to `out`.
  ArrayEncoder(IpcEncoded& out, IpcCompression compression, Compressor& compressor)
      : out_(out), compression_(compression), compressor_(compressor) {}

  // Rows [start, start + length) of the array, counted without the array's own offset.
  // The arrays are trusted as the C data interface says: they come from this process.
  void add(const FieldType& type, const ArrowArray& array, int64_t start,
           int64_t length);

  [[nodiscard]] const IpcBatchParts& parts() const { return parts_; }

 private:
  void validity(const ArrowArray& array, int64_t at, int64_t length);
  void bits(const uint8_t* from, int64_t at, int64_t length);
  void storage(const FieldType& type, const ArrowArray& array, int64_t at,
               int64_t length);
  template <class T>
  void rebased(const T* offsets, int64_t count, T base);
  template <class T>
  void binary(const ArrowArray& array, int64_t at, int64_t length);
  template <class T>
  void list(const FieldType& type, const ArrowArray& array, int64_t at, int64_t length);
  template <class T>
  void list_view(const FieldType& type, const ArrowArray& array, int64_t at,
                 int64_t length);
  void views(const ArrowArray& array, int64_t at, int64_t length);
  void gathered_views(const ArrowArray& array, int64_t at, int64_t length);
  void dense_union(const FieldType& type, const ArrowArray& array, int64_t at,
                   int64_t length);
  template <class T>
  void run_ends(const FieldType& type, const ArrowArray& array, int64_t at,
                int64_t length);

  // One buffer of the message, which must outlive it; compressed if that pays.
  void buffer(std::span<const uint8_t> bytes);
  void part(std::span<const uint8_t> bytes);
  [[nodiscard]] uint8_t* own(size_t size);

  IpcEncoded& out_;
  IpcCompression compression_;
  Compressor& compressor_;
  IpcBatchParts parts_;
};

}  // namespace fletching
