// SPDX-License-Identifier: Apache-2.0
#include "bindings/python/stream_capsule.h"

#include <cerrno>
#include <chrono>
#include <string>

#include "arrow/c_stream.h"
#include "bindings/python/gil.h"
#include "bindings/python/signals.h"

namespace fletching::python {
namespace {

class ExportedResult {
 public:
  ExportedResult(Result result, std::shared_ptr<StreamFailure> failure)
      : result_(std::move(result)), failure_(std::move(failure)) {}

  static int get_schema(ArrowArrayStream* stream, ArrowSchema* out) {
    auto& self = *static_cast<ExportedResult*>(stream->private_data);
    return self.guard([&] {
      const int copied = ArrowSchemaDeepCopy(&self.result_.schema(), out);
      if (copied != NANOARROW_OK) throw std::bad_alloc();
    });
  }
  static int get_next(ArrowArrayStream* stream, ArrowArray* out) {
    out->release = nullptr;
    auto& self = *static_cast<ExportedResult*>(stream->private_data);
    return self.guard([&] {
      self.tick_at_times();
      if (!self.result_.next(out)) out->release = nullptr;
    });
  }
  static const char* get_last_error(ArrowArrayStream* stream) {
    return static_cast<ExportedResult*>(stream->private_data)->message_.c_str();
  }
  static void release(ArrowArrayStream* stream) {
    delete static_cast<ExportedResult*>(stream->private_data);
    stream->release = nullptr;
  }

 private:
  // A reader that always finds data waiting never waits, and so would never tick.
  void tick_at_times() {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_tick_ < std::chrono::milliseconds(50)) return;
    last_tick_ = now;
    python_tick().tick();
  }

  template <class Body>
  int guard(Body&& body) noexcept {
    int status = EIO;
    try {
      if (Py_IsInitialized() != 0 && PyGILState_Check() != 0) {
        const Released released;  // nanoarrow and DataFusion call with the lock held
        body();
      } else {
        body();
      }
      return 0;
    } catch (const Error& error) {
      message_ = error.message();
      failure_->error = error;
      status = errno_of(error.code());
    } catch (const Interrupted&) {
      status = EINTR;
    } catch (const std::exception& error) {
      message_ = error.what();
    } catch (...) {
      message_ = "unknown exception";
    }
    if (postpone_interrupt()) {
      message_ = "interrupted by a signal handler";
      status = EINTR;
    }
    return status;
  }

  Result result_;
  std::shared_ptr<StreamFailure> failure_;
  std::string message_;
  std::chrono::steady_clock::time_point last_tick_;
};

template <class T>
void release_capsule(PyObject* capsule, const char* name) {
  auto* held = static_cast<T*>(PyCapsule_GetPointer(capsule, name));
  if (held == nullptr) {
    PyErr_WriteUnraisable(capsule);
    return;
  }
  if (held->release != nullptr) held->release(held);
  delete held;
}

constexpr const char* kStreamName = "arrow_array_stream";
constexpr const char* kSchemaName = "arrow_schema";
constexpr const char* kArrayName = "arrow_array";

void release_stream_capsule(PyObject* capsule) {
  release_capsule<ArrowArrayStream>(capsule, kStreamName);
}
void release_schema_capsule(PyObject* capsule) {
  release_capsule<ArrowSchema>(capsule, kSchemaName);
}
void release_array_capsule(PyObject* capsule) {
  release_capsule<ArrowArray>(capsule, kArrayName);
}

}  // namespace

void export_result(Result result, std::shared_ptr<StreamFailure> failure,
                   ArrowArrayStream* out) {
  auto self = std::make_unique<ExportedResult>(std::move(result), std::move(failure));
  *out = {.get_schema = &ExportedResult::get_schema,
          .get_next = &ExportedResult::get_next,
          .get_last_error = &ExportedResult::get_last_error,
          .release = &ExportedResult::release,
          .private_data = self.release()};
}

Ref stream_capsule(UniqueArrayStream stream) {
  auto held = std::make_unique<ArrowArrayStream>();
  Ref capsule =
      checked(PyCapsule_New(held.get(), kStreamName, &release_stream_capsule));
  ArrowArrayStreamMove(stream.get(), held.release());
  return capsule;
}

Ref schema_capsule(UniqueSchema schema) {
  auto held = std::make_unique<ArrowSchema>();
  Ref capsule =
      checked(PyCapsule_New(held.get(), kSchemaName, &release_schema_capsule));
  ArrowSchemaMove(schema.get(), held.release());
  return capsule;
}

Ref array_capsule(UniqueArray array) {
  auto held = std::make_unique<ArrowArray>();
  Ref capsule = checked(PyCapsule_New(held.get(), kArrayName, &release_array_capsule));
  ArrowArrayMove(array.get(), held.release());
  return capsule;
}

}  // namespace fletching::python
