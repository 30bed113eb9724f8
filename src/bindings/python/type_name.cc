// SPDX-License-Identifier: Apache-2.0
#include "bindings/python/type_name.h"

#include <string_view>

namespace fletching::python {
namespace {

std::string unit_name(ArrowTimeUnit unit) { return ArrowTimeUnitString(unit); }

std::string_view plain_name(ArrowType type) {
  switch (type) {
    case NANOARROW_TYPE_NA:
      return "null";
    case NANOARROW_TYPE_HALF_FLOAT:
      return "halffloat";
    case NANOARROW_TYPE_DATE32:
      return "date32[day]";
    case NANOARROW_TYPE_DATE64:
      return "date64[ms]";
    case NANOARROW_TYPE_INTERVAL_MONTHS:
      return "month_interval";
    case NANOARROW_TYPE_INTERVAL_DAY_TIME:
      return "day_time_interval";
    case NANOARROW_TYPE_INTERVAL_MONTH_DAY_NANO:
      return "month_day_nano_interval";
    default:
      return ArrowTypeString(type);
  }
}

std::string field(const ArrowSchema& schema) {
  std::string text = schema.name != nullptr ? schema.name : "";
  text += ": " + type_name(schema);
  if ((schema.flags & ARROW_FLAG_NULLABLE) == 0) text += " not null";
  return text;
}

std::string fields(const char* name, const ArrowSchema& schema) {
  std::string text = std::string(name) + "<";
  for (int64_t i = 0; i < schema.n_children; ++i) {
    if (i > 0) text += ", ";
    text += field(*schema.children[i]);
  }
  return text + ">";
}

std::string decimal_name(const ArrowSchemaView& view) {
  return "decimal" + std::to_string(view.decimal_bitwidth) + "(" +
         std::to_string(view.decimal_precision) + ", " +
         std::to_string(view.decimal_scale) + ")";
}

std::string timestamp_name(const ArrowSchemaView& view) {
  std::string text = "timestamp[" + unit_name(view.time_unit);
  if (view.timezone != nullptr && *view.timezone != '\0') {
    text += std::string(", tz=") + view.timezone;
  }
  return text + "]";
}

std::string map_name(const ArrowSchema& schema) {
  const ArrowSchema& entries = *schema.children[0];
  return "map<" + type_name(*entries.children[0]) + ", " +
         type_name(*entries.children[1]) + ">";
}

std::string storage_name(const ArrowSchema& schema, const ArrowSchemaView& view) {
  switch (view.type) {
    case NANOARROW_TYPE_DECIMAL32:
    case NANOARROW_TYPE_DECIMAL64:
    case NANOARROW_TYPE_DECIMAL128:
    case NANOARROW_TYPE_DECIMAL256:
      return decimal_name(view);
    case NANOARROW_TYPE_TIMESTAMP:
      return timestamp_name(view);
    case NANOARROW_TYPE_TIME32:
      return "time32[" + unit_name(view.time_unit) + "]";
    case NANOARROW_TYPE_TIME64:
      return "time64[" + unit_name(view.time_unit) + "]";
    case NANOARROW_TYPE_DURATION:
      return "duration[" + unit_name(view.time_unit) + "]";
    case NANOARROW_TYPE_FIXED_SIZE_BINARY:
      return "fixed_size_binary[" + std::to_string(view.fixed_size) + "]";
    case NANOARROW_TYPE_FIXED_SIZE_LIST:
      return fields("fixed_size_list", schema) + "[" + std::to_string(view.fixed_size) +
             "]";
    case NANOARROW_TYPE_LIST:
      return fields("list", schema);
    case NANOARROW_TYPE_LARGE_LIST:
      return fields("large_list", schema);
    case NANOARROW_TYPE_LIST_VIEW:
      return fields("list_view", schema);
    case NANOARROW_TYPE_LARGE_LIST_VIEW:
      return fields("large_list_view", schema);
    case NANOARROW_TYPE_STRUCT:
      return fields("struct", schema);
    case NANOARROW_TYPE_MAP:
      return map_name(schema);
    case NANOARROW_TYPE_SPARSE_UNION:
      return fields("sparse_union", schema);
    case NANOARROW_TYPE_DENSE_UNION:
      return fields("dense_union", schema);
    case NANOARROW_TYPE_RUN_END_ENCODED:
      return "run_end_encoded<run_ends: " + type_name(*schema.children[0]) +
             ", values: " + type_name(*schema.children[1]) + ">";
    default:
      return std::string(plain_name(view.type));
  }
}

}  // namespace

std::string type_name(const ArrowSchema& schema) {
  ArrowSchemaView view;
  if (ArrowSchemaViewInit(&view, &schema, nullptr) != NANOARROW_OK) return "invalid";
  std::string name;
  if (schema.dictionary != nullptr) {
    name = "dictionary<values=" + type_name(*schema.dictionary) +
           ", indices=" + std::string(plain_name(view.storage_type)) + ">";
  } else {
    name = storage_name(schema, view);
  }
  if (view.extension_name.data == nullptr) return name;
  return "extension<" +
         std::string(view.extension_name.data,
                     static_cast<size_t>(view.extension_name.size_bytes)) +
         ": " + name + ">";
}

}  // namespace fletching::python
