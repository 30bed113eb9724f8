// SPDX-License-Identifier: Apache-2.0
#include "arrow/ipc_schema_writer.h"

#include <array>

#include "arrow/ipc_flatcc.h"
#include "arrow/ipc_layout.h"
#include "fletching/error.h"

namespace fletching {
namespace {

class SchemaWriter {
 public:
  std::vector<uint8_t> message(const ArrowSchema& schema) {
    ok(FLETCHING_IPC(Message_start_as_root)(b_));
    ok(FLETCHING_IPC(Message_version_add)(b_, FLETCHING_IPC(MetadataVersion_V5)));
    ok(FLETCHING_IPC(Message_header_Schema_start)(b_));
    ok(FLETCHING_IPC(Schema_endianness_add)(b_, FLETCHING_IPC(Endianness_Little)));
    ok(FLETCHING_IPC(Schema_fields_start)(b_));
    for (int64_t i = 0; i < schema.n_children; ++i) {
      ok(FLETCHING_IPC(Schema_fields_push_start)(b_));
      field(*schema.children[i]);
      FlatBuilder::check_ref(FLETCHING_IPC(Schema_fields_push_end)(b_));
    }
    ok(FLETCHING_IPC(Schema_fields_end)(b_));
    if (schema.metadata != nullptr) {
      ok(FLETCHING_IPC(Schema_custom_metadata_start)(b_));
      metadata(schema, &FLETCHING_IPC(Schema_custom_metadata_push_start),
               &FLETCHING_IPC(Schema_custom_metadata_push_end));
      ok(FLETCHING_IPC(Schema_custom_metadata_end)(b_));
    }
    ok(FLETCHING_IPC(Message_header_Schema_end)(b_));
    ok(FLETCHING_IPC(Message_bodyLength_add)(b_, 0));
    FlatBuilder::check_ref(FLETCHING_IPC(Message_end_as_root)(b_));
    return builder_.finish();
  }

 private:
  static void ok(int result) { FlatBuilder::check(result); }

  // The view's pointers are to parts of `schema`, but not its member `schema`.
  static ArrowSchemaView view_of(const ArrowSchema& schema) {
    ArrowSchema alone = schema;  // what a dictionary holds is looked at by itself
    alone.dictionary = nullptr;
    alone.flags &= ~ARROW_FLAG_DICTIONARY_ORDERED;
    ArrowSchemaView view;
    ArrowError error;
    if (ArrowSchemaViewInit(&view, &alone, &error) != NANOARROW_OK) {
      throw Error(Code::kInvalidArgument,
                  std::string("Arrow schema: ") + error.message);
    }
    return view;
  }

  template <class Start, class End>
  void metadata(const ArrowSchema& schema, Start start, End end) {
    ArrowMetadataReader reader;
    if (ArrowMetadataReaderInit(&reader, schema.metadata) != NANOARROW_OK) return;
    ArrowStringView key;
    ArrowStringView value;
    while (reader.remaining_keys > 0 &&
           ArrowMetadataReaderRead(&reader, &key, &value) == NANOARROW_OK) {
      ok(start(b_));
      ok(FLETCHING_IPC(KeyValue_key_create_strn)(b_, key.data,
                                                 static_cast<size_t>(key.size_bytes)));
      // Values may be bytes with NULs, so not strn, which stops at one.
      ok(FLETCHING_IPC(KeyValue_value_create)(b_, value.data,
                                              static_cast<size_t>(value.size_bytes)));
      FlatBuilder::check_ref(end(b_));
    }
  }

  void field(const ArrowSchema& schema) {
    const char* name = schema.name == nullptr ? "" : schema.name;
    ok(FLETCHING_IPC(Field_name_create_str)(b_, name));
    ok(FLETCHING_IPC(Field_nullable_add)(b_,
                                         (schema.flags & ARROW_FLAG_NULLABLE) != 0));
    const ArrowSchema* values = &schema;
    if (schema.dictionary != nullptr) {
      encoding(schema);
      values = schema.dictionary;
      // IPC has one place for the type of an encoded field: its own.
      if (values->dictionary != nullptr) {
        throw Error(
            Code::kNotImplemented,
            "encoding an Arrow schema: a dictionary whose values are themselves "
            "dictionary-encoded cannot be sent");
      }
    }
    type(*values);
    if (values->n_children != 0) {
      ok(FLETCHING_IPC(Field_children_start)(b_));
      for (int64_t i = 0; i < values->n_children; ++i) {
        ok(FLETCHING_IPC(Field_children_push_start)(b_));
        field(*values->children[i]);
        FlatBuilder::check_ref(FLETCHING_IPC(Field_children_push_end)(b_));
      }
      ok(FLETCHING_IPC(Field_children_end)(b_));
    }
    if (schema.metadata == nullptr) return;
    ok(FLETCHING_IPC(Field_custom_metadata_start)(b_));
    metadata(schema, &FLETCHING_IPC(Field_custom_metadata_push_start),
             &FLETCHING_IPC(Field_custom_metadata_push_end));
    ok(FLETCHING_IPC(Field_custom_metadata_end)(b_));
  }

  void encoding(const ArrowSchema& schema) {
    const auto [width, is_signed] = index_type(view_of(schema).storage_type);
    const auto index =
        FlatBuilder::check_ref(FLETCHING_IPC(Int_create)(b_, width, is_signed));
    const bool ordered = (schema.flags & ARROW_FLAG_DICTIONARY_ORDERED) != 0;
    const auto made = FlatBuilder::check_ref(FLETCHING_IPC(DictionaryEncoding_create)(
        b_, next_id_++, index, ordered, FLETCHING_IPC(DictionaryKind_DenseArray)));
    ok(FLETCHING_IPC(Field_dictionary_add)(b_, made));
  }

  static std::pair<int32_t, bool> index_type(ArrowType type) {
    switch (type) {
      case NANOARROW_TYPE_INT8:
        return {8, true};
      case NANOARROW_TYPE_UINT8:
        return {8, false};
      case NANOARROW_TYPE_INT16:
        return {16, true};
      case NANOARROW_TYPE_UINT16:
        return {16, false};
      case NANOARROW_TYPE_UINT32:
        return {32, false};
      case NANOARROW_TYPE_INT64:
        return {64, true};
      case NANOARROW_TYPE_UINT64:
        return {64, false};
      default:
        return {32, true};
    }
  }

  void type(const ArrowSchema& schema) {
    if (is_empty_binary(schema)) {
      return ok(FLETCHING_IPC(Field_type_FixedSizeBinary_create)(b_, 0));
    }
    const ArrowSchemaView view = view_of(schema);
    switch (view.type) {
      case NANOARROW_TYPE_NA:
        return ok(FLETCHING_IPC(Field_type_Null_create)(b_));
      case NANOARROW_TYPE_BOOL:
        return ok(FLETCHING_IPC(Field_type_Bool_create)(b_));
      case NANOARROW_TYPE_INT8:
      case NANOARROW_TYPE_UINT8:
      case NANOARROW_TYPE_INT16:
      case NANOARROW_TYPE_UINT16:
      case NANOARROW_TYPE_INT32:
      case NANOARROW_TYPE_UINT32:
      case NANOARROW_TYPE_INT64:
      case NANOARROW_TYPE_UINT64: {
        const auto [width, is_signed] = index_type(view.type);
        return ok(FLETCHING_IPC(Field_type_Int_create)(b_, width, is_signed));
      }
      case NANOARROW_TYPE_HALF_FLOAT:
        return floating(FLETCHING_IPC(Precision_HALF));
      case NANOARROW_TYPE_FLOAT:
        return floating(FLETCHING_IPC(Precision_SINGLE));
      case NANOARROW_TYPE_DOUBLE:
        return floating(FLETCHING_IPC(Precision_DOUBLE));
      case NANOARROW_TYPE_DECIMAL32:
      case NANOARROW_TYPE_DECIMAL64:
      case NANOARROW_TYPE_DECIMAL128:
      case NANOARROW_TYPE_DECIMAL256:
        return ok(FLETCHING_IPC(Field_type_Decimal_create)(
            b_, view.decimal_precision, view.decimal_scale, view.decimal_bitwidth));
      case NANOARROW_TYPE_STRING:
        return ok(FLETCHING_IPC(Field_type_Utf8_create)(b_));
      case NANOARROW_TYPE_LARGE_STRING:
        return ok(FLETCHING_IPC(Field_type_LargeUtf8_create)(b_));
      case NANOARROW_TYPE_STRING_VIEW:
        return ok(FLETCHING_IPC(Field_type_Utf8View_create)(b_));
      case NANOARROW_TYPE_BINARY:
        return ok(FLETCHING_IPC(Field_type_Binary_create)(b_));
      case NANOARROW_TYPE_LARGE_BINARY:
        return ok(FLETCHING_IPC(Field_type_LargeBinary_create)(b_));
      case NANOARROW_TYPE_BINARY_VIEW:
        return ok(FLETCHING_IPC(Field_type_BinaryView_create)(b_));
      case NANOARROW_TYPE_FIXED_SIZE_BINARY:
        return ok(
            FLETCHING_IPC(Field_type_FixedSizeBinary_create)(b_, view.fixed_size));
      default:
        break;
    }
    if (!time_type(view)) nested_type(schema, view);
  }

  void floating(FLETCHING_IPC(Precision_enum_t) precision) {
    ok(FLETCHING_IPC(Field_type_FloatingPoint_create)(b_, precision));
  }

  // nanoarrow sets a view's unit only for the types that have one.
  static FLETCHING_IPC(TimeUnit_enum_t) unit_of(const ArrowSchemaView& view) {
    switch (view.type) {
      case NANOARROW_TYPE_TIME32:
      case NANOARROW_TYPE_TIME64:
      case NANOARROW_TYPE_TIMESTAMP:
      case NANOARROW_TYPE_DURATION:
        return static_cast<FLETCHING_IPC(TimeUnit_enum_t)>(view.time_unit);
      default:
        return FLETCHING_IPC(TimeUnit_SECOND);
    }
  }

  bool time_type(const ArrowSchemaView& view) {
    const auto unit = unit_of(view);
    switch (view.type) {
      case NANOARROW_TYPE_DATE32:
        ok(FLETCHING_IPC(Field_type_Date_create)(b_, FLETCHING_IPC(DateUnit_DAY)));
        return true;
      case NANOARROW_TYPE_DATE64:
        ok(FLETCHING_IPC(Field_type_Date_create)(b_,
                                                 FLETCHING_IPC(DateUnit_MILLISECOND)));
        return true;
      case NANOARROW_TYPE_TIME32:
        ok(FLETCHING_IPC(Field_type_Time_create)(b_, unit, 32));
        return true;
      case NANOARROW_TYPE_TIME64:
        ok(FLETCHING_IPC(Field_type_Time_create)(b_, unit, 64));
        return true;
      case NANOARROW_TYPE_TIMESTAMP:
        ok(FLETCHING_IPC(Field_type_Timestamp_start)(b_));
        ok(FLETCHING_IPC(Timestamp_unit_add)(b_, unit));
        if (view.timezone != nullptr && view.timezone[0] != '\0') {
          ok(FLETCHING_IPC(Timestamp_timezone_create_str)(b_, view.timezone));
        }
        ok(FLETCHING_IPC(Field_type_Timestamp_end)(b_));
        return true;
      case NANOARROW_TYPE_DURATION:
        ok(FLETCHING_IPC(Field_type_Duration_create)(b_, unit));
        return true;
      case NANOARROW_TYPE_INTERVAL_MONTHS:
        interval(FLETCHING_IPC(IntervalUnit_YEAR_MONTH));
        return true;
      case NANOARROW_TYPE_INTERVAL_DAY_TIME:
        interval(FLETCHING_IPC(IntervalUnit_DAY_TIME));
        return true;
      case NANOARROW_TYPE_INTERVAL_MONTH_DAY_NANO:
        interval(FLETCHING_IPC(IntervalUnit_MONTH_DAY_NANO));
        return true;
      default:
        return false;
    }
  }

  void interval(FLETCHING_IPC(IntervalUnit_enum_t) unit) {
    ok(FLETCHING_IPC(Field_type_Interval_create)(b_, unit));
  }

  void nested_type(const ArrowSchema& schema, const ArrowSchemaView& view) {
    switch (view.type) {
      case NANOARROW_TYPE_LIST:
        return ok(FLETCHING_IPC(Field_type_List_create)(b_));
      case NANOARROW_TYPE_LARGE_LIST:
        return ok(FLETCHING_IPC(Field_type_LargeList_create)(b_));
      case NANOARROW_TYPE_LIST_VIEW:
        return ok(FLETCHING_IPC(Field_type_ListView_create)(b_));
      case NANOARROW_TYPE_LARGE_LIST_VIEW:
        return ok(FLETCHING_IPC(Field_type_LargeListView_create)(b_));
      case NANOARROW_TYPE_FIXED_SIZE_LIST:
        return ok(FLETCHING_IPC(Field_type_FixedSizeList_create)(b_, view.fixed_size));
      case NANOARROW_TYPE_STRUCT:
        return ok(FLETCHING_IPC(Field_type_Struct__create)(b_));
      case NANOARROW_TYPE_MAP:
        return ok(FLETCHING_IPC(Field_type_Map_create)(
            b_, (schema.flags & ARROW_FLAG_MAP_KEYS_SORTED) != 0));
      case NANOARROW_TYPE_RUN_END_ENCODED:
        return ok(FLETCHING_IPC(Field_type_RunEndEncoded_create)(b_));
      case NANOARROW_TYPE_SPARSE_UNION:
      case NANOARROW_TYPE_DENSE_UNION:
        return union_type(view);
      default:
        throw Error(Code::kNotImplemented,
                    "encoding an Arrow schema: a type that cannot be sent");
    }
  }

  void union_type(const ArrowSchemaView& view) {
    ok(FLETCHING_IPC(Field_type_Union_start)(b_));
    ok(FLETCHING_IPC(Union_mode_add)(b_, view.type == NANOARROW_TYPE_DENSE_UNION
                                             ? FLETCHING_IPC(UnionMode_Dense)
                                             : FLETCHING_IPC(UnionMode_Sparse)));
    std::array<int8_t, 128> ids{};
    const int count = _ArrowParseUnionTypeIds(view.union_type_ids, ids.data());
    std::vector<int32_t> wide;
    for (int i = 0; i < count; ++i) wide.push_back(ids[static_cast<size_t>(i)]);
    ok(FLETCHING_IPC(Union_typeIds_create)(b_, wide.data(), wide.size()));
    ok(FLETCHING_IPC(Field_type_Union_end)(b_));
  }

  FlatBuilder builder_;
  flatcc_builder_t* b_ = builder_.get();
  int64_t next_id_ = 0;
};

}  // namespace

std::vector<uint8_t> write_schema_message(const ArrowSchema& schema) {
  return SchemaWriter().message(schema);
}

}  // namespace fletching
