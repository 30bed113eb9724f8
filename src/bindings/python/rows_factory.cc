// SPDX-License-Identifier: Apache-2.0
// Which converter reads which type.
#include <string_view>

#include "bindings/python/rows_converter.h"
#include "bindings/python/type_name.h"
#include "fletching/error.h"

namespace fletching::python {
namespace {

using ContextPtr = std::shared_ptr<RowContext>;
constexpr int kMaxDepth = 64;

ConverterPtr converter(const ArrowSchema& schema, const ContextPtr& context,
                       std::string_view extension, int depth);

ArrowSchemaView view_of(const ArrowSchema& schema) {
  ArrowSchemaView view;
  ArrowError error{};
  if (ArrowSchemaViewInit(&view, &schema, &error) != NANOARROW_OK) {
    throw Error(Code::kInvalidData, "rows: a column has a schema that is none (" +
                                        std::string(ArrowErrorMessage(&error)) + ")");
  }
  return view;
}

std::string extension_of(const ArrowSchemaView& view) {
  const ArrowStringView& name = view.extension_name;
  if (name.data == nullptr) return {};
  return {name.data, static_cast<size_t>(name.size_bytes)};
}

ConverterPtr child(const ArrowSchema& schema, int64_t index, const ContextPtr& context,
                   int depth) {
  return converter(*schema.children[index], context, {}, depth + 1);
}

std::vector<ConverterPtr> children(const ArrowSchema& schema, const ContextPtr& context,
                                   int depth) {
  std::vector<ConverterPtr> all;
  for (int64_t i = 0; i < schema.n_children; ++i) {
    all.push_back(child(schema, i, context, depth));
  }
  return all;
}

ConverterPtr struct_converter(const ArrowSchema& schema, const ContextPtr& context,
                              int depth) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < schema.n_children; ++i) {
    const char* name = schema.children[i]->name;
    names.emplace_back(name != nullptr ? name : "");
  }
  return make_struct(std::move(names), children(schema, context, depth));
}

ConverterPtr map_converter(const ArrowSchema& schema, const ContextPtr& context,
                           int depth) {
  const ArrowSchema& entries = *schema.children[0];
  return make_map(child(entries, 0, context, depth + 1),
                  child(entries, 1, context, depth + 1), context->options.maps);
}

ConverterPtr nested(const ArrowSchema& schema, const ArrowSchemaView& view,
                    const ContextPtr& context, int depth) {
  switch (view.type) {
    case NANOARROW_TYPE_LIST:
    case NANOARROW_TYPE_LARGE_LIST:
    case NANOARROW_TYPE_LIST_VIEW:
    case NANOARROW_TYPE_LARGE_LIST_VIEW:
    case NANOARROW_TYPE_FIXED_SIZE_LIST:
      return make_list(view, child(schema, 0, context, depth));
    case NANOARROW_TYPE_STRUCT:
      return struct_converter(schema, context, depth);
    case NANOARROW_TYPE_MAP:
      return map_converter(schema, context, depth);
    case NANOARROW_TYPE_SPARSE_UNION:
    case NANOARROW_TYPE_DENSE_UNION:
      return make_union(view, children(schema, context, depth));
    case NANOARROW_TYPE_RUN_END_ENCODED:
      return make_run_end_encoded(*schema.children[0],
                                  child(schema, 1, context, depth));
    default:
      return nullptr;
  }
}

// The canonical extensions that have a Python form of their own.
ConverterPtr extended(const ArrowSchemaView& view, std::string_view extension) {
  if (extension == "arrow.uuid") return make_uuid(view);
  if (extension == "arrow.bool8") return make_bool8(view);
  return nullptr;
}

ConverterPtr flat(const ArrowSchemaView& view, const ContextPtr& context) {
  if (ConverterPtr made = make_number(view)) return made;
  if (ConverterPtr made = make_text(view)) return made;
  if (ConverterPtr made = make_binary(view)) return made;
  if (ConverterPtr made = make_decimal(view)) return made;
  if (ConverterPtr made = make_temporal(view, context)) return made;
  if (ConverterPtr made = make_timestamp(view, context)) return made;
  return make_interval(view);
}

ConverterPtr converter(const ArrowSchema& schema, const ContextPtr& context,
                       std::string_view extension, int depth) {
  if (depth > kMaxDepth) {
    throw Error(Code::kNotImplemented, "rows: a column is nested more than 64 deep");
  }
  const ArrowSchemaView view = view_of(schema);
  const std::string own = extension_of(view);
  if (extension.empty()) extension = own;
  ConverterPtr made;
  if (schema.dictionary != nullptr) {
    // The metadata of a dictionary-encoded field speaks of its values.
    made = make_dictionary(
        view, converter(*schema.dictionary, context, extension, depth + 1));
  } else {
    made = extended(view, extension);
    if (made == nullptr) made = flat(view, context);
    if (made == nullptr) made = nested(schema, view, context, depth);
  }
  if (made == nullptr) {
    throw Error(Code::kNotImplemented,
                "rows: no Python form of the type " + type_name(schema) +
                    " (fetch_arrow() gives the column as it is)");
  }
  return made;
}

}  // namespace

ConverterPtr make_converter(const ArrowSchema& schema,
                            std::shared_ptr<RowContext> context) {
  return converter(schema, context, {}, 0);
}

}  // namespace fletching::python
