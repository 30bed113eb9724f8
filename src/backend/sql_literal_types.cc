// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "arrow/time_unit.h"
#include "backend/sql_literal_writer.h"

namespace fletching {
namespace {

using Field = LiteralRenderer::Field;

constexpr int kMaxDepth = 64;

std::string_view view_of(ArrowStringView text) {
  return {text.data, text.data == nullptr ? 0 : static_cast<size_t>(text.size_bytes)};
}

// Index of a table ordered 8, 16, 32, 64 bits.
std::optional<size_t> int_width(ArrowType type) {
  switch (type) {
    case NANOARROW_TYPE_INT8:
    case NANOARROW_TYPE_UINT8:
      return 0;
    case NANOARROW_TYPE_INT16:
    case NANOARROW_TYPE_UINT16:
      return 1;
    case NANOARROW_TYPE_INT32:
    case NANOARROW_TYPE_UINT32:
      return 2;
    case NANOARROW_TYPE_INT64:
    case NANOARROW_TYPE_UINT64:
      return 3;
    default:
      return std::nullopt;
  }
}

std::string_view type_for_unit(const TemporalForms& forms, int unit_digits) {
  for (const TemporalForm& form : forms) {
    if (!form.text.empty() && form.digits >= unit_digits) return form.type;
  }
  return {};
}

}  // namespace

[[noreturn]] void literal_not_supported(const std::string& what) {
  throw Error(Code::kNotImplemented, "writing a value as SQL: " + what);
}
[[noreturn]] void literal_not_valid(const std::string& what) {
  throw Error(Code::kInvalidArgument, "writing a value as SQL: " + what);
}

std::string decimal_type_text(std::string_view name, int32_t precision, int32_t scale) {
  return std::string(name) + "(" + std::to_string(precision) + ", " +
         std::to_string(scale) + ")";
}

LiteralRenderer::Field compile_literal_field(const ArrowSchema& schema, int depth) {
  if (depth > kMaxDepth) literal_not_supported("the type is nested too deeply");
  ArrowSchemaView view;
  ArrowError error;
  ArrowErrorInit(&error);
  if (ArrowSchemaViewInit(&view, &schema, &error) != NANOARROW_OK) {
    literal_not_valid("the type is not legal: " + std::string(error.message));
  }
  Field field;
  field.type = view.type;
  field.name = schema.name == nullptr ? "" : schema.name;
  if (schema.dictionary != nullptr) {
    field.type = NANOARROW_TYPE_DICTIONARY;
    field.children.push_back(compile_literal_field(*schema.dictionary, depth + 1));
    return field;
  }
  const std::string_view extension = view_of(view.extension_name);
  field.fixed_size = view.fixed_size;
  field.precision = view.decimal_precision;
  field.scale = view.decimal_scale;
  switch (view.type) {
    case NANOARROW_TYPE_TIMESTAMP:
      field.zoned = view.timezone != nullptr && *view.timezone != '\0';
      [[fallthrough]];
    case NANOARROW_TYPE_TIME32:
    case NANOARROW_TYPE_TIME64:
    case NANOARROW_TYPE_DURATION:
      field.unit_digits = digits_of(view.time_unit);
      break;
    case NANOARROW_TYPE_FIXED_SIZE_BINARY:
      if (extension == "arrow.uuid" && view.fixed_size == 16) {
        field.extension = Field::Extension::kUuid;
      }
      break;
    case NANOARROW_TYPE_INT8:
      if (extension == "arrow.bool8") field.extension = Field::Extension::kBool8;
      break;
    default:
      break;
  }
  for (int64_t i = 0; i < schema.n_children; ++i) {
    field.children.push_back(compile_literal_field(*schema.children[i], depth + 1));
  }
  return field;
}

std::string LiteralWriter::item_type_of(const Field& field) const {
  const std::string type = type_of(field);
  const bool container = field.type == NANOARROW_TYPE_LIST ||
                         field.type == NANOARROW_TYPE_LARGE_LIST ||
                         field.type == NANOARROW_TYPE_FIXED_SIZE_LIST ||
                         field.type == NANOARROW_TYPE_LIST_VIEW ||
                         field.type == NANOARROW_TYPE_LARGE_LIST_VIEW;
  return type.empty() || container ? type : filled(forms_.nullable_item, type);
}

std::string LiteralWriter::type_of(const Field& field) const {
  const LiteralForms::Types& types = forms_.types;
  if (field.extension == Field::Extension::kUuid) {
    return std::string(types.uuid.empty() ? types.text : types.uuid);
  }
  if (field.extension == Field::Extension::kBool8) return std::string(types.boolean);
  switch (field.type) {
    case NANOARROW_TYPE_BOOL:
      return std::string(types.boolean);
    case NANOARROW_TYPE_INT8:
    case NANOARROW_TYPE_INT16:
    case NANOARROW_TYPE_INT32:
    case NANOARROW_TYPE_INT64:
      return std::string(types.ints[*int_width(field.type)]);
    case NANOARROW_TYPE_UINT8:
    case NANOARROW_TYPE_UINT16:
    case NANOARROW_TYPE_UINT32:
    case NANOARROW_TYPE_UINT64:
      return std::string(types.uints[*int_width(field.type)]);
    case NANOARROW_TYPE_HALF_FLOAT:
    case NANOARROW_TYPE_FLOAT:
      return std::string(types.real);
    case NANOARROW_TYPE_DOUBLE:
      return std::string(types.float64);
    case NANOARROW_TYPE_STRING:
    case NANOARROW_TYPE_LARGE_STRING:
    case NANOARROW_TYPE_STRING_VIEW:
      return std::string(types.text);
    case NANOARROW_TYPE_BINARY:
    case NANOARROW_TYPE_LARGE_BINARY:
    case NANOARROW_TYPE_BINARY_VIEW:
    case NANOARROW_TYPE_FIXED_SIZE_BINARY:
      return std::string(types.binary);
    case NANOARROW_TYPE_DATE32:
    case NANOARROW_TYPE_DATE64:
      return std::string(types.date);
    case NANOARROW_TYPE_TIME32:
    case NANOARROW_TYPE_TIME64:
      return std::string(type_for_unit(forms_.time, field.unit_digits));
    case NANOARROW_TYPE_TIMESTAMP:
      return std::string(type_for_unit(
          field.zoned ? forms_.timestamp_zoned : forms_.timestamp, field.unit_digits));
    case NANOARROW_TYPE_DECIMAL32:
    case NANOARROW_TYPE_DECIMAL64:
    case NANOARROW_TYPE_DECIMAL128:
    case NANOARROW_TYPE_DECIMAL256:
      if (field.precision > forms_.decimal_digits || field.scale < 0 ||
          field.scale > field.precision) {
        return {};
      }
      return decimal_type_text(types.decimal, field.precision, field.scale);
    case NANOARROW_TYPE_LIST:
    case NANOARROW_TYPE_LARGE_LIST:
    case NANOARROW_TYPE_FIXED_SIZE_LIST:
    case NANOARROW_TYPE_LIST_VIEW:
    case NANOARROW_TYPE_LARGE_LIST_VIEW: {
      const std::string item = item_type_of(field.children[0]);
      return item.empty() ? item : filled(forms_.list_type, item);
    }
    default:
      return {};
  }
}

}  // namespace fletching
