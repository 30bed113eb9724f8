// SPDX-License-Identifier: Apache-2.0
#include "bindings/python/batch_iterator.h"

#include <cerrno>
#include <cstring>
#include <string>

#include "bindings/python/calling.h"
#include "bindings/python/parameters.h"
#include "fletching/error.h"
#include "flight/schema_match.h"

namespace fletching::python {
namespace {

class BatchIterator {
 public:
  BatchIterator(Held iterator, UniqueSchema schema)
      : iterator_(std::move(iterator)), schema_(std::move(schema)) {}

  static int get_schema(ArrowArrayStream* stream, ArrowSchema* out) {
    auto& self = of(stream);
    return self.guard([&] {
      if (self.schema_->release == nullptr && !self.open_next()) {
        throw Error(Code::kInvalidArgument,
                    "there was no batch, so that its columns are not known");
      }
      if (ArrowSchemaDeepCopy(self.schema_.get(), out) != NANOARROW_OK) {
        throw std::bad_alloc();
      }
    });
  }
  static int get_next(ArrowArrayStream* stream, ArrowArray* out) {
    out->release = nullptr;
    return of(stream).guard([&] { of(stream).next(out); });
  }
  static const char* get_last_error(ArrowArrayStream* stream) {
    return of(stream).message_.c_str();
  }
  static void release(ArrowArrayStream* stream) {
    delete &of(stream);
    stream->release = nullptr;
  }

 private:
  static BatchIterator& of(ArrowArrayStream* stream) {
    return *static_cast<BatchIterator*>(stream->private_data);
  }

  // An item's own stream may be read by other threads that want the interpreter lock,
  // so it is read without.
  void next(ArrowArray* out) {
    while (item_->release != nullptr || open_next()) {
      check(item_->get_next(item_.get(), out));
      if (out->release != nullptr) return;
      item_.reset();
    }
  }

  // Makes the next item the one that is read; false at the end.
  bool open_next() {
    const bool more = in_python([this] {
      const Ref item(PyIter_Next(iterator_.get()));
      if (!item) {
        if (PyErr_Occurred() != nullptr) throw_python_error();
        return false;
      }
      item_ = take_stream(item.get());
      return true;
    });
    if (!more) return false;
    ++items_;
    UniqueSchema schema;
    check(item_->get_schema(item_.get(), schema.get()));
    if (schema_->release == nullptr) {
      schema_ = std::move(schema);
      return true;
    }
    const std::string found = schema_difference(*schema_.get(), *schema.get());
    if (found.empty()) return true;
    throw Error(Code::kInvalidArgument,
                "batch " + std::to_string(items_) +
                    " has other columns than the first: " + found);
  }

  void check(int status) {
    if (status == 0) return;
    const char* text = item_->get_last_error(item_.get());
    throw Error(Code::kIo, text != nullptr ? text : std::strerror(status));
  }

  template <class Body>
  int guard(Body&& body) noexcept {
    try {
      body();
      return 0;
    } catch (const Error& error) {
      message_ = error.message();
      return error.code() == Code::kIo ? EIO : EINVAL;
    } catch (const Interrupted&) {
      message_ = "interrupted";
      return EINTR;
    } catch (const std::exception& error) {
      message_ = error.what();
      return EIO;
    }
  }

  Held iterator_;
  UniqueSchema schema_;
  UniqueArrayStream item_;
  int64_t items_ = 0;
  std::string message_;
};

}  // namespace

UniqueArrayStream iterate_batches(PyObject* iterator, PyObject* schema) {
  UniqueSchema known;
  if (schema != Py_None) known = take_schema(schema);
  auto self = std::make_unique<BatchIterator>(hold(iterator), std::move(known));
  UniqueArrayStream out;
  *out.get() = {.get_schema = &BatchIterator::get_schema,
                .get_next = &BatchIterator::get_next,
                .get_last_error = &BatchIterator::get_last_error,
                .release = &BatchIterator::release,
                .private_data = self.release()};
  return out;
}

}  // namespace fletching::python
