// SPDX-License-Identifier: Apache-2.0
#include "arrow/ipc_schema.h"

#include <new>
#include <optional>
#include <string>
#include <string_view>

#include "arrow/ipc_format.h"
#include "arrow/ipc_reader.h"
#include "arrow/utf8.h"
#include "fletching/error.h"

namespace fletching {

namespace flat {

void malformed() {
  throw Error(Code::kInvalidData,
              "decoding Arrow data: the message's header is malformed");
}

}  // namespace flat

namespace {

using flat::Table;
using ipc::Type;

[[noreturn]] void bad(const std::string& what) {
  throw Error(Code::kInvalidData, "decoding an Arrow schema: " + what);
}

void check(ArrowErrorCode code) {
  if (code == ENOMEM) throw std::bad_alloc();
  if (code != NANOARROW_OK) bad("illegal field");
}

constexpr std::string_view kUnits = "smun";

char unit_of(const Table& type, int16_t otherwise) {
  const auto unit = type.scalar<int16_t>(0, otherwise);
  if (unit < 0 || unit > 3) bad("unknown time unit");
  return kUnits[static_cast<size_t>(unit)];
}

std::string int_format(const Table& type) {
  const bool is_signed = type.scalar<uint8_t>(1, 0) != 0;
  switch (type.scalar<int32_t>(0, 0)) {
    case 8:
      return is_signed ? "c" : "C";
    case 16:
      return is_signed ? "s" : "S";
    case 32:
      return is_signed ? "i" : "I";
    case 64:
      return is_signed ? "l" : "L";
    default:
      bad("integer of an odd width");
  }
}

std::string float_format(const Table& type) {
  const auto precision = type.scalar<int16_t>(0, 0);
  if (precision < 0 || precision > 2) bad("unknown floating point precision");
  return std::string(1, "efg"[precision]);
}

std::string decimal_format(const Table& type) {
  const auto precision = type.scalar<int32_t>(0, 0);
  const auto scale = type.scalar<int32_t>(1, 0);
  const auto width = type.scalar<int32_t>(2, 128);
  int most = 0;
  if (width == 32) most = 9;
  if (width == 64) most = 18;
  if (width == 128) most = 38;
  if (width == 256) most = 76;
  if (most == 0) bad("decimal of an odd width");
  if (precision < 1 || precision > most) bad("decimal precision out of range");
  std::string format = "d:" + std::to_string(precision) + "," + std::to_string(scale);
  if (width != 128) format += "," + std::to_string(width);
  return format;
}

std::string time_format(const Table& type) {
  const char unit = unit_of(type, 1);
  const auto width = type.scalar<int32_t>(1, 32);
  const bool small = unit == 's' || unit == 'm';
  if (width != (small ? 32 : 64)) bad("time whose width does not fit its unit");
  return std::string("tt") + unit;
}

std::string timestamp_format(const Table& type) {
  const std::string_view zone = type.string(1).value_or("");
  if (!is_utf8(zone) || zone.find('\0') != std::string_view::npos) {
    bad("a timestamp's zone is not text");
  }
  return std::string("ts") + unit_of(type, 0) + ":" + std::string(zone);
}

std::string interval_format(const Table& type) {
  const auto unit = type.scalar<int16_t>(0, 0);
  if (unit < 0 || unit > 2) bad("unknown interval unit");
  return std::string("ti") + "MDn"[unit];
}

std::string union_format(const Table& type, size_t n_children) {
  const auto mode = type.scalar<int16_t>(0, 0);
  if (mode < 0 || mode > 1) bad("unknown union mode");
  const auto ids = type.fixed_vector(1, 4);
  if (n_children > 127) bad("a union with too many children");
  if (ids.size() != 0 && ids.size() != n_children) {
    bad("union type ids do not match its children");
  }
  std::string format = mode == 0 ? "+us:" : "+ud:";
  for (size_t i = 0; i < n_children; ++i) {
    const auto id = ids.size() == 0 ? static_cast<int32_t>(i) : ids.get<int32_t>(i);
    if (id < 0 || id > 127) bad("union type id out of range");
    if (i > 0) format += ',';
    format += std::to_string(id);
  }
  return format;
}

std::string sized_format(const char* prefix, const Table& type) {
  const auto size = type.scalar<int32_t>(0, 0);
  if (size < 0) bad("negative width");
  return prefix + std::to_string(size);
}

std::string format_of(Type kind, const Table& type, size_t n_children) {
  switch (kind) {
    case Type::kNull:
      return "n";
    case Type::kInt:
      return int_format(type);
    case Type::kFloatingPoint:
      return float_format(type);
    case Type::kBinary:
      return "z";
    case Type::kUtf8:
      return "u";
    case Type::kBool:
      return "b";
    case Type::kDecimal:
      return decimal_format(type);
    case Type::kDate:
      return type.scalar<int16_t>(0, 1) == 0 ? "tdD" : "tdm";
    case Type::kTime:
      return time_format(type);
    case Type::kTimestamp:
      return timestamp_format(type);
    case Type::kInterval:
      return interval_format(type);
    case Type::kList:
      return "+l";
    case Type::kStruct:
      return "+s";
    case Type::kUnion:
      return union_format(type, n_children);
    case Type::kFixedSizeBinary:
      return sized_format("w:", type);
    case Type::kFixedSizeList:
      return sized_format("+w:", type);
    case Type::kMap:
      return "+m";
    case Type::kDuration:
      return std::string("tD") + unit_of(type, 1);
    case Type::kLargeBinary:
      return "Z";
    case Type::kLargeUtf8:
      return "U";
    case Type::kLargeList:
      return "+L";
    case Type::kRunEndEncoded:
      return "+r";
    case Type::kBinaryView:
      return "vz";
    case Type::kUtf8View:
      return "vu";
    case Type::kListView:
      return "+vl";
    case Type::kLargeListView:
      return "+vL";
    case Type::kNone:
      break;
  }
  bad("a type newer than this program knows");
}

class SchemaReader {
 public:
  SchemaReader(size_t bytes, int max_depth)
      : fields_left_(bytes / 8 + 1),
        text_left_((size_t{1} << 20) + 16 * bytes),
        max_depth_(max_depth) {}

  void fields(const flat::TableVector& fields, ArrowSchema* parent, int depth) {
    if (depth > max_depth_) bad("nested too deeply");
    if (fields.size() > fields_left_) bad("fields that contain each other");
    check(ArrowSchemaAllocateChildren(parent, static_cast<int64_t>(fields.size())));
    for (size_t i = 0; i < fields.size(); ++i) {
      ArrowSchemaInit(parent->children[i]);
    }
    for (size_t i = 0; i < fields.size(); ++i) {
      field(fields.at(i), parent->children[i], depth);
    }
  }

  void metadata(const flat::TableVector& pairs, ArrowSchema* out) {
    if (pairs.size() == 0) return;
    nanoarrow::UniqueBuffer buffer;
    check(ArrowMetadataBuilderInit(buffer.get(), nullptr));
    for (size_t i = 0; i < pairs.size(); ++i) {
      const Table pair = pairs.at(i);
      const auto key = pair.string(ipc::key_value::kKey).value_or("");
      const auto value = pair.string(ipc::key_value::kValue).value_or("");
      spend(key.size() + value.size() + 8);
      check(ArrowMetadataBuilderAppend(buffer.get(), view(key), view(value)));
    }
    check(ArrowSchemaSetMetadata(out, reinterpret_cast<const char*>(buffer->data)));
  }

  std::vector<int64_t> dictionary_ids;

 private:
  static ArrowStringView view(std::string_view text) {
    return {text.data(), static_cast<int64_t>(text.size())};
  }

  void spend(size_t bytes) {
    if (bytes > text_left_) bad("more text than the message can hold");
    text_left_ -= bytes;
  }

  void name(const Table& field, ArrowSchema* out) {
    const std::string_view name = field.string(ipc::field::kName).value_or("");
    spend(name.size());
    if (!is_utf8(name)) bad("a field's name is not UTF-8");
    if (name.find('\0') != std::string_view::npos) bad("a field's name has a NUL");
    check(ArrowSchemaSetName(out, std::string(name).c_str()));
  }

  void field(const Table& field, ArrowSchema* out, int depth) {
    if (fields_left_-- == 0) bad("fields that contain each other");
    name(field, out);
    metadata(field.table_vector(ipc::field::kMetadata), out);
    out->flags =
        field.scalar<uint8_t>(ipc::field::kNullable, 0) != 0 ? ARROW_FLAG_NULLABLE : 0;
    const auto dictionary = field.table(ipc::field::kDictionary);
    if (!dictionary) return type(field, out, depth);
    encoding(*dictionary, out);
    check(ArrowSchemaAllocateDictionary(out));
    ArrowSchemaInit(out->dictionary);
    check(ArrowSchemaSetName(out->dictionary, ""));
    out->dictionary->flags = ARROW_FLAG_NULLABLE;
    type(field, out->dictionary, depth);
  }

  void encoding(const Table& dictionary, ArrowSchema* out) {
    const auto index = dictionary.table(ipc::dictionary_encoding::kIndexType);
    check(ArrowSchemaSetFormat(out, index ? int_format(*index).c_str() : "i"));
    if (dictionary.scalar<uint8_t>(ipc::dictionary_encoding::kIsOrdered, 0) != 0) {
      out->flags |= ARROW_FLAG_DICTIONARY_ORDERED;
    }
    dictionary_ids.push_back(
        dictionary.scalar<int64_t>(ipc::dictionary_encoding::kId, 0));
  }

  void type(const Table& field, ArrowSchema* out, int depth) {
    const auto kind =
        static_cast<Type>(field.scalar<uint8_t>(ipc::field::kTypeType, 0));
    const auto type = field.table(ipc::field::kType);
    if (!type) bad("a field has no type");
    const auto children = field.table_vector(ipc::field::kChildren);
    check(ArrowSchemaSetFormat(out, format_of(kind, *type, children.size()).c_str()));
    if (kind == Type::kMap && type->scalar<uint8_t>(0, 0) != 0) {
      out->flags |= ARROW_FLAG_MAP_KEYS_SORTED;
    }
    fields(children, out, depth + 1);
  }

  size_t fields_left_;
  size_t text_left_;
  int max_depth_;
};

// The flatbuffer inside an encapsulated message, or all of it when it is a bare one.
std::span<const uint8_t> strip_framing(std::span<const uint8_t> bytes) {
  if (bytes.size() < 8) bad("too short");
  const auto first = flat::load<uint32_t>(bytes, 0);
  const auto second = flat::load<uint32_t>(bytes, 4);
  if (first == 0xFFFFFFFF) {
    if (second == 0) bad("an end of stream where a schema should be");
    if (second > bytes.size() - 8) bad("truncated");
    return bytes.subspan(8, second);
  }
  return bytes;
}

std::optional<UniqueSchema> try_decode(std::span<const uint8_t> flatbuffer) {
  const auto view = IpcMessageView::parse(flatbuffer);
  if (view.header_type != static_cast<uint8_t>(ipc::Header::kSchema))
    return std::nullopt;
  IpcSchema read = read_schema(view.header(), flatbuffer.size(), IpcLimits().max_depth);
  static_cast<void>(compile_type(*read.schema.get(), read.dictionary_ids));
  return std::move(read.schema);
}

}  // namespace

IpcMessageView IpcMessageView::parse(std::span<const uint8_t> header) {
  const Table message = Table::root(header);
  const auto version = message.scalar<int16_t>(ipc::message::kVersion, 0);
  if (version != ipc::kVersion4 && version != ipc::kVersion5) {
    throw Error(Code::kInvalidData, "decoding Arrow data: metadata version " +
                                        std::to_string(version + 1) +
                                        " is not supported (V4 and V5 are)");
  }
  return {version, message.scalar<uint8_t>(ipc::message::kHeaderType, 0), message};
}

flat::Table IpcMessageView::header() const {
  const auto header = message.table(ipc::message::kHeader);
  if (!header) flat::malformed();
  return *header;
}

IpcSchema read_schema(const flat::Table& schema, size_t bytes, int max_depth) {
  if (schema.scalar<int16_t>(ipc::schema::kEndianness, 0) != 0) {
    bad("big-endian data is not supported");
  }
  IpcSchema out;
  ArrowSchemaInit(out.schema.get());
  check(ArrowSchemaSetFormat(out.schema.get(), "+s"));
  check(ArrowSchemaSetName(out.schema.get(), ""));
  out.schema->flags = 0;
  SchemaReader reader(bytes, max_depth);
  reader.fields(schema.table_vector(ipc::schema::kFields), out.schema.get(), 0);
  reader.metadata(schema.table_vector(ipc::schema::kMetadata), out.schema.get());
  out.dictionary_ids = std::move(reader.dictionary_ids);
  return out;
}

UniqueSchema decode_schema(std::span<const uint8_t> bytes) {
  const auto flatbuffer = strip_framing(bytes);
  try {
    if (auto schema = try_decode(flatbuffer)) return std::move(*schema);
  } catch (const Error&) {
    // Streams of before 2019 frame a message with its length alone. As a flatbuffer's
    // first word is a small offset either reading may fit, so that one comes second.
    const auto length = flat::load<uint32_t>(flatbuffer, 0);
    if (flatbuffer.size() != bytes.size() || length > bytes.size() - 4) throw;
    std::optional<UniqueSchema> schema;
    try {
      schema = try_decode(bytes.subspan(4, length));
    } catch (const Error&) {
    }
    if (!schema) throw;
    return std::move(*schema);
  }
  bad("the message is not a schema");
}

}  // namespace fletching
