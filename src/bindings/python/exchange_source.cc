// SPDX-License-Identifier: Apache-2.0
#include "bindings/python/exchange_source.h"

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "bindings/python/calling.h"
#include "bindings/python/parameters.h"
#include "fletching/error.h"
#include "flight/schema_match.h"

namespace fletching::python {
namespace {

class MessageIterator {
 public:
  MessageIterator(Held iterator, UniqueSchema schema)
      : iterator_(std::move(iterator)), schema_(std::move(schema)) {}

  bool next(ArrowArray* rows, std::string* app_metadata) {
    UniqueArrayStream given;
    if (!in_python([&] { return ask(given, *app_metadata); })) return false;
    ++messages_;
    if (given->release != nullptr) take(*given.get(), rows);
    return true;
  }

 private:
  bool ask(UniqueArrayStream& rows, std::string& app_metadata) {
    const Ref pair(PyIter_Next(iterator_.get()));
    if (!pair) {
      if (PyErr_Occurred() != nullptr) throw_python_error();
      return false;
    }
    PyObject *data = nullptr, *beside = nullptr;
    if (!PyTuple_Check(pair.get()) ||
        PyArg_ParseTuple(pair.get(), "OO", &data, &beside) == 0) {
      PyErr_Format(PyExc_TypeError,
                   "exchange: a message is a pair of rows (or None) and bytes (or "
                   "None), not %s",
                   Py_TYPE(pair.get())->tp_name);
      throw_python_error();
    }
    if (data != Py_None) rows = take_stream(data);
    if (beside != Py_None) {
      const Ref bytes = checked(PyBytes_FromObject(beside));
      app_metadata.assign(PyBytes_AS_STRING(bytes.get()),
                          static_cast<size_t>(PyBytes_GET_SIZE(bytes.get())));
    }
    return true;
  }

  // Other threads that make a stream's rows may want the interpreter lock, so it is
  // read without.
  void take(ArrowArrayStream& given, ArrowArray* rows) {
    UniqueSchema schema;
    check(given, given.get_schema(&given, schema.get()));
    const std::string found = schema_->release == nullptr
                                  ? "the first had no rows"
                                  : schema_difference(*schema_.get(), *schema.get());
    if (!found.empty()) {
      throw Error(Code::kInvalidArgument,
                  "message " + std::to_string(messages_) +
                      " has other columns than were announced: " + found);
    }
    UniqueArray batch, more;
    check(given, given.get_next(&given, batch.get()));
    if (batch->release == nullptr) return make_empty(*schema.get(), rows);
    check(given, given.get_next(&given, more.get()));
    if (more->release != nullptr) {
      throw Error(Code::kInvalidArgument, "message " + std::to_string(messages_) +
                                              ": it has to be one batch of rows");
    }
    ArrowArrayMove(batch.get(), rows);
  }

  // A stream of no rows need have no batch.
  static void make_empty(const ArrowSchema& schema, ArrowArray* rows) {
    UniqueArray batch;
    NANOARROW_THROW_NOT_OK(ArrowArrayInitFromSchema(batch.get(), &schema, nullptr));
    NANOARROW_THROW_NOT_OK(ArrowArrayStartAppending(batch.get()));
    NANOARROW_THROW_NOT_OK(ArrowArrayFinishBuildingDefault(batch.get(), nullptr));
    ArrowArrayMove(batch.get(), rows);
  }

  static void check(ArrowArrayStream& given, int status) {
    if (status == 0) return;
    const char* text = given.get_last_error(&given);
    throw Error(Code::kIo, text != nullptr ? text : std::strerror(status));
  }

  Held iterator_;
  UniqueSchema schema_;
  int64_t messages_ = 0;
};

}  // namespace

ExchangeSource exchange_source(PyObject* iterator, UniqueSchema schema) {
  auto source = std::make_shared<MessageIterator>(hold(iterator), std::move(schema));
  return [source = std::move(source)](ArrowArray* rows, std::string* app_metadata) {
    return source->next(rows, app_metadata);
  };
}

}  // namespace fletching::python
