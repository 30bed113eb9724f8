// SPDX-License-Identifier: Apache-2.0
#include "arrow/ipc_layout.h"

#include <cstring>

#include "arrow/type_kind.h"
#include "fletching/error.h"

namespace fletching {
namespace {

[[noreturn]] void bad_schema(const ArrowSchema& schema, const std::string& what) {
  const std::string name = schema.name == nullptr ? "" : schema.name;
  throw Error(Code::kInvalidArgument, "Arrow schema: field \"" + name + "\": " + what);
}

class Compiler {
 public:
  Compiler(std::span<const int64_t> ids, int max_depth)
      : ids_(ids), max_depth_(max_depth) {}

  FieldType field(const ArrowSchema& schema, int depth) {
    if (depth > max_depth_) bad_schema(schema, "nested too deeply");
    if (is_empty_binary(schema)) {
      FieldType type;
      type.name = schema.name == nullptr ? "" : schema.name;
      set_fixed(type, 0, 1);
      return type;
    }
    // Without its dictionary, which has its turn below.
    ArrowSchema alone = schema;
    alone.dictionary = nullptr;
    alone.flags &= ~ARROW_FLAG_DICTIONARY_ORDERED;
    ArrowSchemaView view;
    ArrowError error;
    if (ArrowSchemaViewInit(&view, &alone, &error) != NANOARROW_OK) {
      bad_schema(schema, error.message);
    }
    FieldType type;
    type.name = schema.name == nullptr ? "" : schema.name;
    set_storage(type, view);
    if (schema.dictionary != nullptr) {
      check_index(schema, view.storage_type);
      type.dictionary_id = next_id();
      type.values = std::make_unique<FieldType>(field(*schema.dictionary, depth + 1));
      type.values->name = type.name;
      return type;
    }
    for (int64_t i = 0; i < schema.n_children; ++i) {
      type.children.push_back(field(*schema.children[i], depth + 1));
    }
    check_children(schema, type, view);
    return type;
  }

 private:
  int64_t next_id() {
    const size_t at = used_++;
    if (ids_.empty()) return static_cast<int64_t>(at);
    if (at >= ids_.size()) {
      throw Error(Code::kInternal, "Arrow schema: more dictionaries than ids");
    }
    return ids_[at];
  }

  static void check_index(const ArrowSchema& schema, ArrowType type) {
    if (!is_integer(type)) bad_schema(schema, "dictionary indices are not integers");
  }

  static void set_fixed(FieldType& type, int32_t width, int32_t alignment) {
    type.layout = Layout::kFixed;
    type.width = width;
    type.alignment = alignment;
  }

  static void set_layout(FieldType& type, Layout layout, bool utf8 = false) {
    type.layout = layout;
    type.utf8 = utf8;
  }

  static void set_storage(FieldType& type, const ArrowSchemaView& view) {
    switch (view.storage_type) {
      case NANOARROW_TYPE_NA:
        return set_layout(type, Layout::kNull);
      case NANOARROW_TYPE_BOOL:
        return set_layout(type, Layout::kBool);
      case NANOARROW_TYPE_INT8:
        type.is_signed = true;
        return set_fixed(type, 1, 1);
      case NANOARROW_TYPE_UINT8:
        return set_fixed(type, 1, 1);
      case NANOARROW_TYPE_INT16:
        type.is_signed = true;
        return set_fixed(type, 2, 2);
      case NANOARROW_TYPE_UINT16:
      case NANOARROW_TYPE_HALF_FLOAT:
        return set_fixed(type, 2, 2);
      case NANOARROW_TYPE_INT32:
        type.is_signed = true;
        return set_fixed(type, 4, 4);
      case NANOARROW_TYPE_UINT32:
      case NANOARROW_TYPE_FLOAT:
      case NANOARROW_TYPE_DECIMAL32:
      case NANOARROW_TYPE_INTERVAL_MONTHS:
        return set_fixed(type, 4, 4);
      case NANOARROW_TYPE_INT64:
        type.is_signed = true;
        return set_fixed(type, 8, 8);
      case NANOARROW_TYPE_UINT64:
      case NANOARROW_TYPE_DOUBLE:
      case NANOARROW_TYPE_DECIMAL64:
      case NANOARROW_TYPE_INTERVAL_DAY_TIME:
        return set_fixed(type, 8, 8);
      case NANOARROW_TYPE_INTERVAL_MONTH_DAY_NANO:
        return set_fixed(type, 16, 8);
      case NANOARROW_TYPE_DECIMAL128:
        return set_fixed(type, 16, 16);
      case NANOARROW_TYPE_DECIMAL256:
        return set_fixed(type, 32, 16);
      case NANOARROW_TYPE_FIXED_SIZE_BINARY:
        if (view.fixed_size < 0) bad_schema(*view.schema, "negative width");
        return set_fixed(type, view.fixed_size, 1);
      default:
        return set_nested(type, view);
    }
  }

  static void set_nested(FieldType& type, const ArrowSchemaView& view) {
    switch (view.storage_type) {
      case NANOARROW_TYPE_STRING:
        return set_layout(type, Layout::kBinary, true);
      case NANOARROW_TYPE_BINARY:
        return set_layout(type, Layout::kBinary);
      case NANOARROW_TYPE_LARGE_STRING:
        return set_layout(type, Layout::kLargeBinary, true);
      case NANOARROW_TYPE_LARGE_BINARY:
        return set_layout(type, Layout::kLargeBinary);
      case NANOARROW_TYPE_STRING_VIEW:
        return set_layout(type, Layout::kView, true);
      case NANOARROW_TYPE_BINARY_VIEW:
        return set_layout(type, Layout::kView);
      case NANOARROW_TYPE_LIST:
      case NANOARROW_TYPE_MAP:
        return set_layout(type, Layout::kList);
      case NANOARROW_TYPE_LARGE_LIST:
        return set_layout(type, Layout::kLargeList);
      case NANOARROW_TYPE_LIST_VIEW:
        return set_layout(type, Layout::kListView);
      case NANOARROW_TYPE_LARGE_LIST_VIEW:
        return set_layout(type, Layout::kLargeListView);
      case NANOARROW_TYPE_FIXED_SIZE_LIST:
        if (view.fixed_size < 0) bad_schema(*view.schema, "negative list size");
        type.width = view.fixed_size;
        return set_layout(type, Layout::kFixedList);
      case NANOARROW_TYPE_STRUCT:
        return set_layout(type, Layout::kStruct);
      case NANOARROW_TYPE_SPARSE_UNION:
        return set_layout(type, Layout::kSparseUnion);
      case NANOARROW_TYPE_DENSE_UNION:
        return set_layout(type, Layout::kDenseUnion);
      case NANOARROW_TYPE_RUN_END_ENCODED:
        return set_layout(type, Layout::kRunEnd);
      default:
        bad_schema(*view.schema, "unknown type");
    }
  }

  static void check_children(const ArrowSchema& schema, FieldType& type,
                             const ArrowSchemaView& view) {
    switch (type.layout) {
      case Layout::kList:
      case Layout::kLargeList:
      case Layout::kListView:
      case Layout::kLargeListView:
      case Layout::kFixedList:
        if (type.children.size() != 1) bad_schema(schema, "a list has one child");
        if (view.type == NANOARROW_TYPE_MAP &&
            (type.children[0].layout != Layout::kStruct ||
             type.children[0].children.size() != 2)) {
          bad_schema(schema, "a map's child is a struct of key and value");
        }
        return;
      case Layout::kStruct:
        return;
      case Layout::kSparseUnion:
      case Layout::kDenseUnion:
        return read_type_ids(schema, type, view.union_type_ids);
      case Layout::kRunEnd:
        return check_run_end(schema, type);
      default:
        if (!type.children.empty()) bad_schema(schema, "this type has no children");
    }
  }

  static void check_run_end(const ArrowSchema& schema, const FieldType& type) {
    if (type.children.size() != 2) {
      bad_schema(schema, "run-end encoding has run ends and values");
    }
    const FieldType& ends = type.children[0];
    if (ends.layout != Layout::kFixed || !ends.is_signed || ends.width < 2 ||
        ends.values != nullptr) {
      bad_schema(schema, "run ends are int16, int32 or int64");
    }
  }

  static void read_type_ids(const ArrowSchema& schema, FieldType& type,
                            const char* text) {
    type.child_of_id.fill(-1);
    std::array<int8_t, 128> ids{};
    const int count = _ArrowParseUnionTypeIds(text, ids.data());
    if (count < 0 || static_cast<size_t>(count) != type.children.size()) {
      bad_schema(schema, "union type ids do not match its children");
    }
    for (int i = 0; i < count; ++i) {
      const auto id = static_cast<size_t>(ids[static_cast<size_t>(i)]);
      if (type.child_of_id[id] >= 0) bad_schema(schema, "a union type id occurs twice");
      type.child_of_id[id] = static_cast<int8_t>(i);
    }
  }

  std::span<const int64_t> ids_;
  int max_depth_;
  size_t used_ = 0;
};

}  // namespace

bool is_empty_binary(const ArrowSchema& schema) {
  return schema.format != nullptr && std::strcmp(schema.format, "w:0") == 0;
}

std::string FieldPath::text() const {
  if (parent == nullptr) return "";
  const std::string above = parent->text();
  return above.empty() ? type->name : above + "." + type->name;
}

void bad_data(const FieldPath& path, const std::string& what) {
  const std::string where = path.text();
  throw Error(
      Code::kInvalidData,
      "decoding Arrow data: " + (where.empty() ? "" : "column " + where + ": ") + what);
}

FieldType compile_type(const ArrowSchema& schema,
                       std::span<const int64_t> dictionary_ids, int max_depth) {
  Compiler compiler(dictionary_ids, max_depth);
  FieldType root = compiler.field(schema, 0);
  if (root.layout != Layout::kStruct) bad_schema(schema, "not a struct type");
  return root;
}

}  // namespace fletching
