// SPDX-License-Identifier: Apache-2.0
// Arrow IPC messages by hand (Message.fbs, Schema.fbs), each part open to be bent
// before it is encoded.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "flat.h"

namespace fletching::fault {

// One message: the flatbuffer and its body.
struct Ipc {
  std::string header, body;
};

struct Node {
  int64_t length = 0, nulls = 0;
};

struct Column {
  Flat field;               // Schema.fbs Field
  std::vector<Node> nodes;  // depth first, as in a record batch
  std::vector<std::string> buffers;
  std::vector<int64_t> variadic;  // one number a view column
};

struct Batch {
  int64_t length = 0;
  std::vector<Node> nodes;
  std::vector<std::string> buffers;
  std::vector<int64_t> variadic;
  bool write_variadic = true;
  std::map<size_t, std::pair<int64_t, int64_t>>
      ranges;                          // buffer -> offset, length to say
  std::optional<int64_t> body_length;  // what the message says
  std::optional<int8_t> codec;         // 0 LZ4_FRAME, 1 ZSTD
};

[[nodiscard]] Flat field(const std::string& name, uint8_t type_id, Flat type,
                         std::vector<Flat> children = {}, bool nullable = true);
[[nodiscard]] Flat int_type(int32_t bits, bool is_signed = true);

template <class T>
using Cells = std::vector<std::optional<T>>;

[[nodiscard]] Column int64_column(const std::string& name, const Cells<int64_t>& cells);
[[nodiscard]] Column int32_column(const std::string& name, const Cells<int32_t>& cells);
[[nodiscard]] Column uint32_column(const std::string& name,
                                   const Cells<uint32_t>& cells);
[[nodiscard]] Column double_column(const std::string& name, const Cells<double>& cells);
[[nodiscard]] Column bool_column(const std::string& name, const Cells<bool>& cells);
[[nodiscard]] Column text_column(const std::string& name,
                                 const Cells<std::string>& cells);
// Days since 1970.
[[nodiscard]] Column date_column(const std::string& name, const Cells<int32_t>& days);
// Microseconds since 1970, in `zone` if that is not "".
[[nodiscard]] Column timestamp_column(const std::string& name,
                                      const Cells<int64_t>& micros,
                                      const std::string& zone);
// decimal128(10, 2) of hundredths.
[[nodiscard]] Column decimal_column(const std::string& name,
                                    const Cells<int64_t>& cents);
// utf8_view; values longer than 12 bytes lie in one variadic buffer.
[[nodiscard]] Column view_column(const std::string& name,
                                 const Cells<std::string>& cells);
[[nodiscard]] Column list_column(const std::string& name, const Cells<int64_t>& values,
                                 const std::vector<int32_t>& offsets);
// int32 indices into dictionary `id` of utf8.
[[nodiscard]] Column dictionary_column(const std::string& name, int64_t id,
                                       const Cells<int32_t>& indices);
// Run-end encoded int64: int32 run ends and values, `length` rows.
[[nodiscard]] Column ree_column(const std::string& name, int64_t length,
                                const Cells<int32_t>& ends,
                                const Cells<int64_t>& values);
// ids and offsets: a dense union when offsets are given, else sparse.
[[nodiscard]] Column union_column(const std::string& name,
                                  const std::vector<int32_t>& type_ids,
                                  const std::vector<int8_t>& ids,
                                  const std::vector<int32_t>& offsets,
                                  const std::vector<Column>& children);

[[nodiscard]] Batch batch_of(int64_t length, const std::vector<Column>& columns);

[[nodiscard]] Ipc schema_message(const std::vector<Column>& columns);
[[nodiscard]] Ipc schema_message(std::vector<Flat> fields, int16_t endianness = 0,
                                 int16_t version = 4);
[[nodiscard]] Ipc batch_message(const Batch& batch);
[[nodiscard]] Ipc dictionary_message(int64_t id, const Cells<std::string>& values,
                                     bool delta);
// A message of any header type (Message.fbs MessageHeader) around `header`.
[[nodiscard]] Ipc message(uint8_t header_type, Flat header, std::string body,
                          std::optional<int64_t> body_length, int16_t version = 4);
// As the stream format frames it: 0xFFFFFFFF, length, flatbuffer.
[[nodiscard]] std::string encapsulate(const Ipc& ipc);

}  // namespace fletching::fault
