// SPDX-License-Identifier: Apache-2.0
// Flink's types, literals and result pages.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>

#include "bindings/python/bind.h"
#include "bindings/python/errors.h"
#include "bindings/python/flink_literals.h"
#include "bindings/python/flink_pages.h"
#include "bindings/python/stream_capsule.h"
#include "flink/types.h"

namespace fletching::python {
namespace {

namespace nb = nanobind;

[[noreturn]] void no_choice(const char* option, const std::string& value,
                            const char* choices) {
  throw Error(Code::kInvalidArgument, std::string("option ") + option + ": '" + value +
                                          "' is none of " + choices);
}

flink::Encoding encoding_named(const std::string& name) {
  if (name == "confluent") return flink::Encoding::kConfluent;
  if (name == "json") return flink::Encoding::kGatewayJson;
  if (name == "plain_text") return flink::Encoding::kGatewayPlainText;
  no_choice("encoding", name, "confluent, json, plain_text");
}

flink::DecodeOptions decode_options(const std::string& zone,
                                    const std::string& bad_values,
                                    const std::string& variant) {
  flink::DecodeOptions options;
  options.session_zone = zone;
  if (bad_values == "null") {
    options.bad_value = flink::DecodeOptions::BadValue::kNull;
  } else if (bad_values != "error") {
    no_choice("bad_values", bad_values, "error, null");
  }
  if (variant == "tree") {
    options.variant = flink::VariantForm::kTree;
  } else if (variant != "json") {
    no_choice("variant", variant, "json, tree");
  }
  return options;
}

nb::object or_none(const std::string& text) {
  return text.empty() ? nb::none() : nb::cast(text);
}

// The digits of description's fields 4 and 5, or None.
nb::object precision_of(const flink::Type& type) {
  switch (type.root) {
    case flink::Root::kDecimal:
    case flink::Root::kTime:
    case flink::Root::kTimestamp:
    case flink::Root::kTimestampLtz:
    case flink::Root::kIntervalYearMonth:
    case flink::Root::kIntervalDayTime:
      return nb::cast(type.precision);
    default:
      return nb::none();
  }
}

// (root, SQL text, nullable, precision, scale, length, parts): parts are (name, type,
// comment).
nb::tuple to_tuple(const flink::Type& type) {
  nb::list parts;
  for (const flink::Field& field : type.fields) {
    parts.append(nb::make_tuple(field.name, to_tuple(field.type), field.comment));
  }
  const bool decimal = type.root == flink::Root::kDecimal;
  const bool sized =
      type.root == flink::Root::kChar || type.root == flink::Root::kVarchar ||
      type.root == flink::Root::kBinary || type.root == flink::Root::kVarbinary;
  return nb::make_tuple(std::string(flink::root_name(type)), flink::sql_text(type),
                        type.nullable, precision_of(type),
                        decimal ? nb::cast(type.scale) : nb::none(),
                        sized ? nb::cast(type.length) : nb::none(), nb::tuple(parts));
}

nb::list to_list(const flink::Columns& columns) {
  nb::list all;
  for (const flink::Field& column : columns) {
    all.append(nb::make_tuple(column.name, to_tuple(column.type), column.comment));
  }
  return all;
}

nb::object ops_of(const std::vector<RowKind>& ops) {
  if (ops.empty()) return nb::none();
  static_assert(sizeof(RowKind) == 1);
  return nb::bytes(reinterpret_cast<const char*>(ops.data()), ops.size());
}

nb::object schema_of(FlinkPages& pages) {
  if (!pages.decoder().has_columns()) return nb::none();
  UniqueSchema copy;
  if (ArrowSchemaDeepCopy(&pages.decoder().schema(), copy.get()) != NANOARROW_OK) {
    throw std::bad_alloc();
  }
  return nb::steal(schema_capsule(std::move(copy)).release());
}

std::unique_ptr<FlinkPage> decode(FlinkPages& pages, nb::handle page) {
  Py_buffer buffer;
  if (PyUnicode_Check(page.ptr())) {
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(page.ptr(), &size);
    if (text == nullptr) throw_python_error();
    return pages.decode(std::string(text, static_cast<size_t>(size)));
  }
  if (PyObject_GetBuffer(page.ptr(), &buffer, PyBUF_SIMPLE) != 0) throw_python_error();
  std::string json;
  json.reserve(static_cast<size_t>(buffer.len) + 64);
  json.assign(static_cast<const char*>(buffer.buf), static_cast<size_t>(buffer.len));
  PyBuffer_Release(&buffer);
  return pages.decode(std::move(json));
}

// (list of tuples, ops) or None at the end of the page.
nb::object next_rows(FlinkPages& pages, FlinkPage& page) {
  Batch batch;
  if (!page.next(batch)) return nb::none();
  Ref rows = checked(pages.tuples(std::move(batch.rows)));
  return nb::make_tuple(nb::steal(rows.release()), ops_of(batch.ops));
}

// (array capsule, ops) or None.
nb::object next_batch(FlinkPage& page) {
  Batch batch;
  if (!page.next(batch)) return nb::none();
  return nb::make_tuple(nb::steal(array_capsule(std::move(batch.rows)).release()),
                        ops_of(batch.ops));
}

nb::list faults_of(const FlinkPage& page) {
  nb::list all;
  for (const flink::Fault& fault : page.cursor().faults()) {
    all.append(nb::make_tuple(fault.row,
                              fault.column < 0 ? nb::none() : nb::cast(fault.column),
                              fault.replaced, fault.what, fault.json));
  }
  return all;
}

const char* kind_of_page(const FlinkPage& page) {
  switch (page.cursor().info().kind) {
    case flink::PageInfo::Kind::kNotReady:
      return "not_ready";
    case flink::PageInfo::Kind::kRows:
      return "rows";
    case flink::PageInfo::Kind::kEnd:
      return "end";
  }
  return "";
}

template <class Member>
auto of_info(Member member) {
  return
      [member](const FlinkPage& page) { return or_none(page.cursor().info().*member); };
}

void bind_pages(nb::module_& m) {
  using Info = flink::PageInfo;
  nb::class_<FlinkPage>(m, "FlinkPage")
      .def_prop_ro("kind", &kind_of_page)
      .def_prop_ro("next", of_info(&Info::next))
      .def_prop_ro("is_query",
                   [](const FlinkPage& p) { return p.cursor().info().is_query; })
      .def_prop_ro("result_kind", of_info(&Info::result_kind))
      .def_prop_ro("job_id", of_info(&Info::job_id))
      .def_prop_ro("row_format", of_info(&Info::row_format))
      .def_prop_ro("missing_results",
                   [](const FlinkPage& p) { return p.cursor().info().missing_results; })
      .def_prop_ro("error", of_info(&Info::error_json))
      .def_prop_ro("row_count",
                   [](const FlinkPage& p) { return p.cursor().rows_of_page(); })
      .def_prop_ro("faults", &faults_of)
      .def("next_batch", &next_batch)
      .def("skip", &FlinkPage::skip);
  nb::class_<FlinkPages>(m, "FlinkPages")
      .def(
          "__init__",
          [](FlinkPages* self, const std::string& encoding, const RowOptions& rows,
             const std::optional<std::string>& columns, const std::string& zone,
             const std::string& bad_values, const std::string& variant) {
            new (self) FlinkPages(encoding_named(encoding),
                                  decode_options(zone, bad_values, variant), rows);
            if (!columns) return;
            try {
              self->set_columns(*columns);
            } catch (...) {
              self->~FlinkPages();
              throw;
            }
          },
          nb::arg("encoding"), nb::arg("options"),
          nb::arg("columns").none() = nb::none(), nb::kw_only(),
          nb::arg("session_zone") = "UTC", nb::arg("bad_values") = "error",
          nb::arg("variant") = "json")
      .def("decode", &decode, nb::arg("page"))
      .def("next_rows", &next_rows, nb::arg("page"))
      .def_prop_ro("columns",
                   [](FlinkPages& p) {
                     return p.decoder().has_columns()
                                ? nb::object(to_list(p.decoder().columns()))
                                : nb::none();
                   })
      .def("schema", &schema_of);
}

FlinkLiteralOptions literal_options(const std::string& zone, bool bare_null) {
  return {zone, bare_null};
}

}  // namespace

void bind_flink(nb::module_& m) {
  bind_pages(m);
  m.def(
      "flink_type",
      [](const std::string& sql) { return to_tuple(flink::parse_type(sql)); },
      nb::arg("sql"));
  m.def(
      "flink_columns",
      [](const std::string& json) { return to_list(flink::parse_columns_json(json)); },
      nb::arg("json"));
  m.def(
      "flink_literal",
      [](nb::handle value, const std::string& zone, bool bare_null) {
        return flink_literal(value.ptr(), literal_options(zone, bare_null));
      },
      nb::arg("value").none(), nb::kw_only(), nb::arg("session_zone") = "UTC",
      nb::arg("bare_null") = false);
  m.def(
      "flink_interpolate",
      [](const std::string& sql, nb::handle parameters, const std::string& zone,
         bool bare_null) {
        return flink_interpolate(sql, parameters.ptr(),
                                 literal_options(zone, bare_null));
      },
      nb::arg("sql"), nb::arg("parameters").none(), nb::kw_only(),
      nb::arg("session_zone") = "UTC", nb::arg("bare_null") = false);
  bind_changelogs(m);
  bind_flink_statements(m);
}

}  // namespace fletching::python
