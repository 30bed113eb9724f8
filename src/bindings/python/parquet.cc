// SPDX-License-Identifier: Apache-2.0
#include "bindings/python/parquet.h"

#include <cerrno>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "arrow/owned.h"
#include "bindings/python/calling.h"
#include "bindings/python/parameters.h"
#include "bindings/python/stream_capsule.h"
#include "bindings/python/values.h"
#include "fletching/error.h"

namespace fletching::python {
namespace {

Code code_of(PyObject* exception) {
  if (PyErr_GivenExceptionMatches(exception, PyExc_ImportError) != 0 ||
      PyErr_GivenExceptionMatches(exception, PyExc_NotImplementedError) != 0) {
    return Code::kNotImplemented;
  }
  return Code::kInvalidData;
}

// The pending exception as an Error; interruptions stay what they are.
[[noreturn]] void throw_as_error() {
  if (PyErr_ExceptionMatches(PyExc_Exception) == 0) throw_python_error();
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  PyErr_NormalizeException(&type, &value, &trace);
  const Ref owned_type(type), owned_value(value), owned_trace(trace);
  std::string text = "reading a Parquet file: ";
  const Ref words(PyObject_Str(value));
  const char* utf8 = words ? PyUnicode_AsUTF8(words.get()) : nullptr;
  text += utf8 != nullptr ? utf8 : type_name_of(value);
  PyErr_Clear();
  throw Error(code_of(value), text);
}

template <class Body>
auto in_reader(Body&& body) {
  return in_python([&] {
    try {
      return std::forward<Body>(body)();
    } catch (nanobind::python_error& error) {
      error.restore();
      throw_as_error();
    }
  });
}

// The stream of such an iterator. Where it has failed it fails again.
class Batches {
 public:
  Batches(Held iterator, UniqueSchema schema)
      : iterator_(std::move(iterator)), schema_(std::move(schema)) {}

  static void export_to(std::unique_ptr<Batches> batches, ArrowArrayStream* out) {
    *out = {.get_schema = &get_schema,
            .get_next = &get_next,
            .get_last_error = &get_last_error,
            .release = &release,
            .private_data = batches.release()};
  }

 private:
  static Batches& of(ArrowArrayStream* stream) {
    return *static_cast<Batches*>(stream->private_data);
  }
  static int get_schema(ArrowArrayStream* stream, ArrowSchema* out) {
    return ArrowSchemaDeepCopy(of(stream).schema_.get(), out);
  }
  static int get_next(ArrowArrayStream* stream, ArrowArray* out) {
    out->release = nullptr;
    return of(stream).next(out);
  }
  static const char* get_last_error(ArrowArrayStream* stream) {
    return of(stream).message_.c_str();
  }
  static void release(ArrowArrayStream* stream) {
    delete &of(stream);
    stream->release = nullptr;
  }

  int next(ArrowArray* out) noexcept {
    if (status_ != 0) return status_;
    try {
      take(out);
      return 0;
    } catch (const Error& error) {
      message_ = error.message();
      status_ = error.code() == Code::kNotImplemented ? ENOTSUP : EINVAL;
    } catch (const std::bad_alloc&) {
      status_ = ENOMEM;
    } catch (const Interrupted&) {
      message_ = "interrupted";
      status_ = EINTR;
    } catch (const std::exception& error) {
      message_ = error.what();
      status_ = EIO;
    }
    return status_;
  }

  void take(ArrowArray* out) {
    UniqueArrayStream item;
    const bool more = in_reader([&] {
      const Ref batch(PyIter_Next(iterator_.get()));
      if (!batch) {
        if (PyErr_Occurred() != nullptr) throw_python_error();
        return false;
      }
      item = take_stream(batch.get());
      return true;
    });
    if (!more) return;
    const int status = item->get_next(item.get(), out);
    if (status != 0) throw Error(Code::kInvalidData, "a batch could not be taken");
  }

  Held iterator_;
  UniqueSchema schema_;
  std::string message_;
  int status_ = 0;
};

Ref wanted_capsule(const ArrowSchema* wanted) {
  if (wanted == nullptr) return Ref(new_reference(Py_None));
  UniqueSchema copy;
  if (ArrowSchemaDeepCopy(wanted, copy.get()) != NANOARROW_OK) throw std::bad_alloc();
  return schema_capsule(std::move(copy));
}

}  // namespace

ParquetReader parquet_reader(PyObject* function) {
  return [held = hold(function)](int fd, const ArrowSchema* wanted,
                                 ArrowArrayStream* out) {
    in_reader([&] {
      const Ref columns = wanted_capsule(wanted);
      const Ref batches =
          checked(PyObject_CallFunction(held.get(), "iO", fd, columns.get()));
      const Ref first(PyIter_Next(batches.get()));
      if (!first) throw_python_error();
      Batches::export_to(
          std::make_unique<Batches>(hold(batches.get()), take_schema(first.get())),
          out);
    });
  };
}

}  // namespace fletching::python
