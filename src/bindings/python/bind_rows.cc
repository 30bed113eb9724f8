// SPDX-License-Identifier: Apache-2.0
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>

#include <memory>
#include <utility>

#include "bindings/python/bind.h"
#include "bindings/python/description.h"
#include "bindings/python/errors.h"
#include "bindings/python/gil.h"
#include "bindings/python/read_batch.h"
#include "bindings/python/row_reader.h"
#include "bindings/python/stream_capsule.h"

namespace fletching::python {
namespace {

namespace nb = nanobind;

// A result on its way to an Arrow consumer: given away once.
class ArrowStreamHandle {
 public:
  explicit ArrowStreamHandle(std::unique_ptr<BatchSource> source)
      : source_(std::move(source)) {}

  Ref schema() {
    UniqueSchema copy;
    if (ArrowSchemaDeepCopy(&open().schema(), copy.get()) != NANOARROW_OK) {
      throw std::bad_alloc();
    }
    return schema_capsule(std::move(copy));
  }
  Ref take() {
    UniqueArrayStream stream;
    open().export_stream(stream.get(), failure_);
    source_.reset();
    return stream_capsule(std::move(stream));
  }
  void close() noexcept {
    if (const auto source = std::move(source_)) source->close();
  }
  // Raises the error that ended the stream, if one did.
  void raise_failure() {
    raise_interrupt();
    if (failure_->error) throw Error(*failure_->error);
  }

 private:
  BatchSource& open() {
    if (source_ == nullptr) {
      throw Error(Code::kInvalidState,
                  "fetch_arrow: the stream was read already, or closed (a stream is "
                  "read once; execute again)");
    }
    return *source_;
  }

  std::unique_ptr<BatchSource> source_;
  std::shared_ptr<StreamFailure> failure_ = std::make_shared<StreamFailure>();
};

nb::object next_row(RowReader& reader) {
  nb::object row = nb::steal(reader.fetch_one());
  if (row.is_none()) throw nb::stop_iteration();
  return row;
}

// None at the end.
nb::object next_batch(RowReader& reader) {
  nb::object schema = nb::steal(reader.schema().release());
  UniqueArray rows = reader.next_whole_batch();
  if (rows->release == nullptr) return nb::none();
  return nb::cast(ReadBatch{std::make_shared<const UniqueArray>(std::move(rows)),
                            std::move(schema)});
}

nb::object array_of(const ReadBatch& batch) {
  return nb::steal(array_capsule(batch.share()).release());
}

void bind_batch(nb::module_& m) {
  nb::class_<ReadBatch>(m, "ReadBatch")
      .def("__len__", [](const ReadBatch& b) { return (*b.rows)->length; })
      .def_ro("schema", &ReadBatch::schema)
      .def("array", &array_of);
}

void bind_reader(nb::module_& m) {
  nb::class_<RowReader>(m, "RowReader")
      .def("fetchone", [](RowReader& r) { return nb::steal(r.fetch_one()); })
      .def(
          "fetchmany",
          [](RowReader& r, int64_t n) {
            if (n < 0) {
              throw Error(Code::kInvalidArgument, "fetchmany: size is negative");
            }
            return nb::steal(r.fetch_many(n));
          },
          nb::arg("size"))
      .def("fetchall", [](RowReader& r) { return nb::steal(r.fetch_many(-1)); })
      .def("__iter__", [](nb::handle self) { return nb::borrow(self); })
      .def("__next__", &next_row)
      .def_prop_ro("description",
                   [](RowReader& r) { return nb::steal(r.description()); })
      .def_prop_ro("row_number", &RowReader::row_number)
      .def_prop_ro("at_hand", &RowReader::at_hand)
      .def_prop_ro("exhausted", &RowReader::exhausted)
      .def("schema", [](RowReader& r) { return nb::steal(r.schema().release()); })
      .def("next_batch", &next_batch)
      .def_prop_ro("position", &RowReader::position)
      .def("take_stream",
           [](RowReader& r) {
             return std::make_unique<ArrowStreamHandle>(r.take_source());
           })
      .def("cancel", &RowReader::cancel)
      .def("close", &RowReader::close)
      .def_prop_ro("closed", &RowReader::closed);
}

}  // namespace

void bind_rows(nb::module_& m) {
  nb::class_<RowOptions>(m, "RowOptions")
      .def(
          "__init__",
          [](RowOptions* self, const std::string& nanoseconds,
             const std::string& out_of_range, const std::string& maps) {
            new (self) RowOptions{parse_nanoseconds("nanoseconds", nanoseconds),
                                  parse_out_of_range("out_of_range", out_of_range),
                                  parse_maps("maps", maps)};
          },
          nb::arg("nanoseconds") = "exact", nb::arg("out_of_range") = "error",
          nb::arg("maps") = "dict");
  bind_batch(m);
  bind_reader(m);
  nb::class_<ArrowStreamHandle>(m, "ArrowStream")
      .def("schema",
           [](ArrowStreamHandle& s) { return nb::steal(s.schema().release()); })
      .def("take", [](ArrowStreamHandle& s) { return nb::steal(s.take().release()); })
      .def("close", &ArrowStreamHandle::close)
      .def("raise_failure", &ArrowStreamHandle::raise_failure);
  m.def(
      "rows_from_stream",
      [](nb::handle stream, const RowOptions& options) {
        return std::make_unique<RowReader>(import_stream(stream.ptr()), options);
      },
      nb::arg("stream"), nb::arg("options"));
  m.def(
      "describe_schema",
      [](nb::handle capsule) {
        auto* schema = static_cast<ArrowSchema*>(
            PyCapsule_GetPointer(capsule.ptr(), "arrow_schema"));
        if (schema == nullptr) throw_python_error();
        return nb::steal(describe(*schema));
      },
      nb::arg("capsule"));
}

}  // namespace fletching::python
