// SPDX-License-Identifier: Apache-2.0
// Types as Arrow has them.
#include "fletching/error.h"
#include "flink/types.h"

namespace fletching::flink {
namespace {

void check(int code) {
  if (code == NANOARROW_OK) return;
  if (code == ENOMEM) throw std::bad_alloc();
  throw Error(Code::kInvalidData,
              "reading Flink's columns: a type has no Arrow form (error " +
                  std::to_string(code) + ")");
}

ArrowTimeUnit unit_of(int32_t digits) {
  return digits == 0   ? NANOARROW_TIME_UNIT_SECOND
         : digits <= 3 ? NANOARROW_TIME_UNIT_MILLI
         : digits <= 6 ? NANOARROW_TIME_UNIT_MICRO
                       : NANOARROW_TIME_UNIT_NANO;
}

class SchemaMaker {
 public:
  SchemaMaker(const SchemaOptions& options) : options_(options) {}

  void column(ArrowSchema* out, const Field& field, size_t number) {
    column_ = "column " + std::to_string(number + 1) + " '" + field.name + "' (" +
              sql_text(field.type) + ")";
    name_ = field.name;
    this->field(out, field.name, field.type, field.comment);
  }

 private:
  void field(ArrowSchema* out, const std::string& name, const Type& type,
             const std::string& comment = {}) {
    set_type(out, type);
    check(ArrowSchemaSetName(out, name.c_str()));
    if (!type.nullable) out->flags &= ~ARROW_FLAG_NULLABLE;
    set_metadata(out, type, comment);
  }

  static void set_metadata(ArrowSchema* out, const Type& type,
                           const std::string& comment) {
    nanoarrow::UniqueBuffer buffer;
    check(ArrowMetadataBuilderInit(buffer.get(), nullptr));
    const auto add = [&](const char* key, const std::string& value) {
      check(ArrowMetadataBuilderAppend(
          buffer.get(), ArrowCharView(key),
          {value.data(), static_cast<int64_t>(value.size())}));
    };
    if (type.root == Root::kVariant) {
      add("ARROW:extension:name", "arrow.json");
      add("ARROW:extension:metadata", "");
    }
    add("flink.type", sql_text(type) + (type.nullable ? "" : " NOT NULL"));
    if (!comment.empty()) add("flink.comment", comment);
    check(ArrowSchemaSetMetadata(out, reinterpret_cast<const char*>(buffer->data)));
  }

  void set_type(ArrowSchema* out, const Type& type) {
    switch (type.root) {
      case Root::kNull:
        return check(ArrowSchemaSetType(out, NANOARROW_TYPE_NA));
      case Root::kBoolean:
        return check(ArrowSchemaSetType(out, NANOARROW_TYPE_BOOL));
      case Root::kTinyint:
        return check(ArrowSchemaSetType(out, NANOARROW_TYPE_INT8));
      case Root::kSmallint:
        return check(ArrowSchemaSetType(out, NANOARROW_TYPE_INT16));
      case Root::kInteger:
        return check(ArrowSchemaSetType(out, NANOARROW_TYPE_INT32));
      case Root::kBigint:
        return check(ArrowSchemaSetType(out, NANOARROW_TYPE_INT64));
      case Root::kFloat:
        return check(ArrowSchemaSetType(out, NANOARROW_TYPE_FLOAT));
      case Root::kDouble:
        return check(ArrowSchemaSetType(out, NANOARROW_TYPE_DOUBLE));
      case Root::kDecimal:
        return check(ArrowSchemaSetTypeDecimal(out, NANOARROW_TYPE_DECIMAL128,
                                               type.precision, type.scale));
      case Root::kChar:
      case Root::kVarchar:
      case Root::kVariant:
        return check(ArrowSchemaSetType(out, NANOARROW_TYPE_STRING));
      case Root::kBinary:
      case Root::kVarbinary:
        return check(ArrowSchemaSetType(out, NANOARROW_TYPE_BINARY));
      default:
        return set_time_type(out, type);
    }
  }

  void set_time_type(ArrowSchema* out, const Type& type) {
    const auto timed = [&](ArrowType arrow, int32_t digits, const char* zone) {
      check(ArrowSchemaSetTypeDateTime(out, arrow, unit_of(digits), zone));
    };
    switch (type.root) {
      case Root::kDate:
        return check(ArrowSchemaSetType(out, NANOARROW_TYPE_DATE32));
      case Root::kTime:
        return timed(
            type.precision <= 3 ? NANOARROW_TYPE_TIME32 : NANOARROW_TYPE_TIME64,
            type.precision, nullptr);
      case Root::kTimestamp:
        return timed(NANOARROW_TYPE_TIMESTAMP, type.precision, nullptr);
      case Root::kTimestampLtz:
        return timed(NANOARROW_TYPE_TIMESTAMP, type.precision, options_.zone.c_str());
      case Root::kIntervalYearMonth:
        return check(ArrowSchemaSetType(out, NANOARROW_TYPE_INTERVAL_MONTHS));
      case Root::kIntervalDayTime:
        // Flink keeps milliseconds, so a duration of seconds would lose some.
        return timed(NANOARROW_TYPE_DURATION, std::max(type.fractional_precision, 1),
                     nullptr);
      default:
        return set_nested_type(out, type);
    }
  }

  void set_nested_type(ArrowSchema* out, const Type& type) {
    switch (type.root) {
      case Root::kArray:
        check(ArrowSchemaSetType(out, NANOARROW_TYPE_LIST));
        return field(out->children[0], "item", type.element());
      case Root::kMap:
      case Root::kMultiset:
        return set_map_type(out, type);
      case Root::kRow:
      case Root::kStructured:
        check(ArrowSchemaSetTypeStruct(out, static_cast<int64_t>(type.fields.size())));
        for (size_t i = 0; i < type.fields.size(); ++i) {
          const Field& inside = type.fields[i];
          field(out->children[i], inside.name, inside.type, inside.comment);
        }
        return;
      default:
        throw Error(Code::kNotImplemented, "reading Flink's columns: " + column_ +
                                               ": there is no reading the type " +
                                               std::string(root_name(type)) +
                                               " (select CAST(`" + name_ +
                                               "` AS STRING) or leave it out)");
    }
  }

  void set_map_type(ArrowSchema* out, const Type& type) {
    check(ArrowSchemaSetType(out, NANOARROW_TYPE_MAP));
    ArrowSchema* entries = out->children[0];
    Type key = type.key();
    key.nullable = false;  // Arrow's rule; a NULL key is a fault of its row
    field(entries->children[0], "key", key);
    if (type.root == Root::kMap) {
      return field(entries->children[1], "value", type.value());
    }
    Type count;
    count.root = Root::kInteger;
    count.nullable = false;
    field(entries->children[1], "count", count);
  }

  const SchemaOptions& options_;
  std::string column_, name_;
};

}  // namespace

UniqueSchema arrow_schema(const Columns& columns, const SchemaOptions& options) {
  UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  check(ArrowSchemaSetTypeStruct(schema.get(), static_cast<int64_t>(columns.size())));
  check(ArrowSchemaSetName(schema.get(), ""));
  SchemaMaker maker(options);
  for (size_t i = 0; i < columns.size(); ++i) {
    maker.column(schema->children[i], columns[i], i);
  }
  return schema;
}

}  // namespace fletching::flink
