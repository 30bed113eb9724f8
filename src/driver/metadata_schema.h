// SPDX-License-Identifier: Apache-2.0
// The result columns of the metadata commands: FlightSql.proto's comments.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "arrow/owned.h"
#include "backend/backend.h"

namespace fletching {

enum class CellType : uint8_t {
  kText,
  kBinary,
  kInt32,
  kUint32,
  kUint8,
  kBool,
  kTextList,
  kInfoValue,  // SqlInfo's dense union
};

struct MetadataColumn {
  std::string_view name;
  CellType type;
  bool required;
  // What servers that pass JDBC's results on call it.
  std::string_view other_name = {};
};

[[nodiscard]] std::span<const MetadataColumn> metadata_columns(
    const MetadataRequest& request);
[[nodiscard]] UniqueSchema metadata_schema(std::span<const MetadataColumn> columns);

// "GetTables" and so on: the command's name in the protocol.
[[nodiscard]] std::string_view command_name(MetadataRequest::Kind kind);

// The children of SqlInfo's union, whose type ids are their places.
enum class InfoChild : int8_t { kText, kBool, kInt64, kInt32, kTexts, kMap };

}  // namespace fletching
