// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "bindings/python/batch_source.h"
#include "bindings/python/gil.h"
#include "fletching/error.h"

namespace fletching::python {
namespace {

constexpr const char* kCapsule = "arrow_array_stream";

class StreamSource final : public BatchSource {
 public:
  explicit StreamSource(ArrowArrayStream* stream) : stream_(stream) {}
  ~StreamSource() override { close(); }

  const ArrowSchema& schema() override {
    if (schema_->release == nullptr) {
      check(without_gil(
          [&] { return stream_->get_schema(stream_.get(), schema_.get()); }));
    }
    return *schema_.get();
  }
  bool next(ArrowArray* out) override {
    if (stream_->release == nullptr) return false;
    check(without_gil([&] { return stream_->get_next(stream_.get(), out); }));
    return out->release != nullptr;
  }
  void cancel() noexcept override {}
  void export_stream(ArrowArrayStream* out,
                     const std::shared_ptr<StreamFailure>&) override {
    ArrowArrayStreamMove(stream_.get(), out);
  }
  void close() noexcept override {
    if (stream_->release == nullptr) return;
    nanoarrow::UniqueArrayStream going(std::move(stream_));
    try {  // it may join threads that want the interpreter lock
      without_gil([&] { going.reset(); });
    } catch (...) {
    }
  }

 private:
  void check(int status) {
    if (status == 0) return;
    const char* message = stream_->get_last_error(stream_.get());
    throw Error(status == EINTR ? Code::kCancelled : Code::kIo,
                std::string("reading the Arrow stream: ") +
                    (message != nullptr ? message : std::strerror(status)));
  }

  UniqueArrayStream stream_;
  UniqueSchema schema_;
};

}  // namespace

std::unique_ptr<BatchSource> import_stream(PyObject* object) {
  Ref capsule;
  if (PyCapsule_IsValid(object, kCapsule) != 0) {
    capsule = Ref(new_reference(object));
  } else {
    if (PyObject_HasAttrString(object, "__arrow_c_stream__") == 0) {
      PyErr_Format(PyExc_TypeError,
                   "rows: an object with __arrow_c_stream__ is needed, not %s",
                   Py_TYPE(object)->tp_name);
      throw_python_error();
    }
    capsule = checked(PyObject_CallMethod(object, "__arrow_c_stream__", nullptr));
  }
  auto* stream =
      static_cast<ArrowArrayStream*>(PyCapsule_GetPointer(capsule.get(), kCapsule));
  if (stream == nullptr) throw_python_error();
  if (stream->release == nullptr) {
    throw Error(Code::kInvalidState, "rows: the Arrow stream was read already");
  }
  return std::make_unique<StreamSource>(stream);
}

}  // namespace fletching::python
