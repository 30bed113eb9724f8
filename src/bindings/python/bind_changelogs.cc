// SPDX-License-Identifier: Apache-2.0
// Changelogs of Arrow batches and of Python rows.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <array>

#include "arrow/c_stream.h"
#include "bindings/python/bind.h"
#include "bindings/python/changelog_rows.h"
#include "bindings/python/errors.h"
#include "bindings/python/gil.h"
#include "bindings/python/parameters.h"
#include "bindings/python/read_batch.h"
#include "bindings/python/row_changelog.h"
#include "bindings/python/row_reader.h"
#include "bindings/python/stream_capsule.h"
#include "bindings/python/values.h"
#include "flink/changelog.h"

namespace fletching::python {
namespace {

namespace nb = nanobind;
using flink::Changelog;

bool ignores(const std::string& missing) {
  if (missing == "ignore") return true;
  if (missing == "error") return false;
  throw Error(Code::kInvalidArgument,
              "option missing: '" + missing + "' is none of error, ignore");
}

const ArrowSchema& schema_in(const Ref& capsule) {
  auto* schema =
      static_cast<ArrowSchema*>(PyCapsule_GetPointer(capsule.get(), "arrow_schema"));
  if (schema == nullptr) throw_python_error();
  return *schema;
}

// A capsule, or an object that makes one.
Ref schema_capsule_of(nb::handle schema) {
  if (PyCapsule_CheckExact(schema.ptr()) != 0) return Ref(new_reference(schema.ptr()));
  return checked(PyObject_CallMethod(schema.ptr(), "__arrow_c_schema__", nullptr));
}

std::vector<RowKind> kinds_of(nb::handle ops) {
  std::vector<RowKind> kinds;
  if (ops.is_none()) return kinds;
  const Bytes bytes(ops.ptr());
  for (const char c : bytes.view()) {
    if (c < 0 || c > 3) {
      throw Error(Code::kInvalidArgument,
                  "applying a changelog: " + std::to_string(c) + " is no kind");
    }
    kinds.push_back(static_cast<RowKind>(c));
  }
  return kinds;
}

// Each batch of an object with __arrow_c_array__ or __arrow_c_stream__; kinds are of
// all rows together.
void apply(Changelog& changelog, nb::handle data, nb::handle ops) {
  std::unique_ptr<ResultStream> stream =
      fletching::import_stream(take_stream(data.ptr()));
  const std::vector<RowKind> kinds = kinds_of(ops);
  without_gil([&] {
    size_t used = 0;
    Batch batch;
    while (stream->next(batch, {}) == Next::kBatch) {
      const auto rows = static_cast<size_t>(batch.rows->length);
      batch.ops.clear();
      if (!kinds.empty()) {
        if (kinds.size() - used < rows) {
          throw Error(Code::kInvalidArgument,
                      "applying a changelog: there are more rows than kinds");
        }
        const auto first = kinds.begin() + static_cast<int64_t>(used);
        batch.ops.assign(first, first + batch.rows->length);
      }
      used += rows;
      changelog.apply(batch);
    }
  });
}

// The kinds of a batch whose first column tells them, which goes.
void split_off_kinds(Batch& batch) {
  static constexpr std::array<std::string_view, 4> kKinds = {"+I", "-U", "+U", "-D"};
  ArrowArrayView view;
  ArrowArrayViewInitFromType(&view, NANOARROW_TYPE_STRING);
  if (batch.rows->n_children < 1 || batch.rows->offset != 0 ||
      ArrowArrayViewSetArray(&view, batch.rows->children[0], nullptr) != NANOARROW_OK) {
    throw Error(Code::kInvalidArgument, "applying a changelog: no column of kinds");
  }
  batch.ops.clear();
  for (int64_t row = 0; row < batch.rows->length; ++row) {
    const ArrowStringView text = ArrowArrayViewGetStringUnsafe(&view, row);
    const std::string_view kind(text.data, static_cast<size_t>(text.size_bytes));
    const auto* found = std::find(kKinds.begin(), kKinds.end(), kind);
    if (found == kKinds.end()) {
      throw Error(Code::kInvalidArgument,
                  "applying a changelog: '" + std::string(kind) + "' is no kind");
    }
    batch.ops.push_back(static_cast<RowKind>(found - kKinds.begin()));
  }
  UniqueArray rest;
  const int64_t columns = batch.rows->n_children - 1;
  if (ArrowArrayInitFromType(rest.get(), NANOARROW_TYPE_STRUCT) != NANOARROW_OK ||
      ArrowArrayAllocateChildren(rest.get(), columns) != NANOARROW_OK) {
    throw std::bad_alloc();
  }
  rest->length = batch.rows->length;
  rest->null_count = 0;
  for (int64_t i = 0; i < columns; ++i) {
    ArrowArrayMove(batch.rows->children[i + 1], rest->children[i]);
  }
  batch.rows = std::move(rest);
}

// A batch of a result with a first column `op`.
void apply_changes(Changelog& changelog, const ReadBatch& read) {
  Batch batch;
  batch.rows = read.share();
  without_gil([&] {
    split_off_kinds(batch);
    changelog.apply(batch);
  });
}

// (reader of the rows, their kinds)
nb::tuple delta(Changelog& changelog, const RowOptions& options) {
  Batch batch = without_gil([&] { return changelog.delta(); });
  nb::bytes kinds(reinterpret_cast<const char*>(batch.ops.data()), batch.ops.size());
  return nb::make_tuple(
      reader_of(one_batch(changelog.schema(), std::move(batch.rows)), options), kinds);
}

// Of the batches of a result with a first column `op`.
std::unique_ptr<Changelog> changelog_of(RowReader& reader, std::vector<size_t> key,
                                        int64_t max_rows, int64_t max_bytes) {
  const Ref capsule = reader.schema();
  const ArrowSchema& all = schema_in(capsule);
  UniqueSchema rest;
  ArrowSchemaInit(rest.get());
  bool copied = ArrowSchemaSetTypeStruct(rest.get(), all.n_children - 1) == 0;
  for (int64_t i = 1; copied && i < all.n_children; ++i) {
    ArrowSchema* child = rest->children[i - 1];
    if (child->release != nullptr) child->release(child);
    copied = ArrowSchemaDeepCopy(all.children[i], child) == NANOARROW_OK;
  }
  if (!copied) throw std::bad_alloc();
  return std::make_unique<Changelog>(
      *rest.get(), flink::ChangelogOptions{std::move(key), max_rows, max_bytes});
}

void bind_arrow(nb::module_& m) {
  m.def("flink_changelog_of", &changelog_of, nb::arg("reader"), nb::kw_only(),
        nb::arg("key") = std::vector<size_t>(), nb::arg("max_rows") = 0,
        nb::arg("max_bytes") = 0);
  nb::class_<Changelog>(m, "FlinkChangelog")
      .def(
          "__init__",
          [](Changelog* self, nb::handle schema, std::vector<size_t> key,
             int64_t max_rows, int64_t max_bytes, const std::string& missing) {
            flink::ChangelogOptions options{std::move(key), max_rows, max_bytes};
            if (ignores(missing)) {
              options.missing = flink::ChangelogOptions::Missing::kIgnore;
            }
            const Ref capsule = schema_capsule_of(schema);
            new (self) Changelog(schema_in(capsule), std::move(options));
          },
          nb::arg("schema"), nb::kw_only(), nb::arg("key") = std::vector<size_t>(),
          nb::arg("max_rows") = 0, nb::arg("max_bytes") = 0,
          nb::arg("missing") = "error")
      .def("apply", &apply, nb::arg("data"), nb::arg("kinds").none() = nb::none())
      .def("apply_changes", &apply_changes, nb::arg("batch"))
      .def(
          "snapshot",
          [](Changelog& c, const RowOptions& options) {
            return reader_of(without_gil([&] { return c.snapshot_stream(); }), options);
          },
          nb::arg("options"))
      .def("delta", &delta, nb::arg("options"))
      .def("__len__", &Changelog::size)
      .def_prop_ro("events", &Changelog::events)
      .def_prop_ro("bytes", &Changelog::bytes)
      .def_prop_ro("version", &Changelog::version);
  nb::class_<ChangelogRows>(m, "FlinkChangelogRows")
      .def(nb::init<Changelog&, const RowOptions&>(), nb::arg("changelog"),
           nb::arg("options"), nb::keep_alive<1, 2>())
      .def("now", [](ChangelogRows& rows) { return nb::steal(rows.now().release()); });
}

void make_rows(RowChangelog* self, const nb::sequence& key, const nb::object& kinds,
               int64_t max_rows, const std::string& missing) {
  RowChangelog::Options options;
  for (nb::handle part : key) options.key.emplace_back(new_reference(part.ptr()));
  options.max_rows = max_rows;
  options.ignore_missing = ignores(missing);
  std::array<Ref, 4> four;
  for (size_t i = 0; i < four.size(); ++i) {
    four[i] =
        kinds.is_none()
            ? checked(PyLong_FromSize_t(i))
            : checked(PySequence_GetItem(kinds.ptr(), static_cast<Py_ssize_t>(i)));
  }
  new (self) RowChangelog(std::move(options), std::move(four));
}

void bind_rows_changelog(nb::module_& m) {
  nb::class_<RowChangelog>(m, "FlinkRowChangelog")
      .def("__init__", &make_rows, nb::kw_only(), nb::arg("key") = nb::make_tuple(),
           nb::arg("kinds").none() = nb::none(), nb::arg("max_rows") = 0,
           nb::arg("missing") = "error")
      .def(
          "apply",
          [](RowChangelog& c, nb::handle pairs, int64_t from) {
            return c.apply(pairs.ptr(), from);
          },
          nb::arg("pairs"), nb::arg("start") = 0)
      .def(
          "apply_rows",
          [](RowChangelog& c, nb::handle kinds, nb::handle rows, int64_t from) {
            return c.apply_rows(kinds.ptr(), rows.ptr(), from);
          },
          nb::arg("kinds").none(), nb::arg("rows"), nb::arg("start") = 0)
      .def("snapshot",
           [](RowChangelog& c) { return nb::steal(c.snapshot().release()); })
      .def("delta", [](RowChangelog& c) { return nb::steal(c.delta().release()); })
      .def("__len__", &RowChangelog::size)
      .def_prop_ro("events", &RowChangelog::events);
}

}  // namespace

void bind_changelogs(nb::module_& m) {
  bind_arrow(m);
  bind_rows_changelog(m);
}

}  // namespace fletching::python
