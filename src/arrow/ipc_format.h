// SPDX-License-Identifier: Apache-2.0
// The numbers of Message.fbs and Schema.fbs (Arrow Columnar Format 1.5): slots of
// tables and members of unions and enumerations.
#pragma once

#include <cstdint>

namespace fletching::ipc {

enum Version : int16_t { kVersion4 = 3, kVersion5 = 4 };

enum class Header : uint8_t { kNone, kSchema, kDictionaryBatch, kRecordBatch };

namespace message {
enum { kVersion, kHeaderType, kHeader, kBodyLength, kMetadata };
}
namespace schema {
enum { kEndianness, kFields, kMetadata, kFeatures };
}
namespace field {
enum { kName, kNullable, kTypeType, kType, kDictionary, kChildren, kMetadata };
}
namespace key_value {
enum { kKey, kValue };
}
namespace dictionary_encoding {
enum { kId, kIndexType, kIsOrdered, kKind };
}
namespace record_batch {
enum { kLength, kNodes, kBuffers, kCompression, kVariadicCounts };
}
namespace dictionary_batch {
enum { kId, kData, kIsDelta };
}
namespace body_compression {
enum { kCodec, kMethod };
}

inline constexpr int8_t kCodecLz4Frame = 0;
inline constexpr int8_t kCodecZstd = 1;

// FieldNode and Buffer are structs of two int64.
inline constexpr uint32_t kPairWidth = 16;

enum class Type : uint8_t {
  kNone,
  kNull,
  kInt,
  kFloatingPoint,
  kBinary,
  kUtf8,
  kBool,
  kDecimal,
  kDate,
  kTime,
  kTimestamp,
  kInterval,
  kList,
  kStruct,
  kUnion,
  kFixedSizeBinary,
  kFixedSizeList,
  kMap,
  kDuration,
  kLargeBinary,
  kLargeUtf8,
  kLargeList,
  kRunEndEncoded,
  kBinaryView,
  kUtf8View,
  kListView,
  kLargeListView,
};

}  // namespace fletching::ipc
