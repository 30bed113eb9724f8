// SPDX-License-Identifier: Apache-2.0
#include "bindings/python/parameters.h"

#include <algorithm>

#include "bindings/python/type_name.h"
#include "bindings/python/values_infer.h"
#include "bindings/python/values_writer.h"

namespace fletching::python {
namespace {

constexpr int64_t kRowsOfBatch = 65536;

void check(int code) {
  if (code != NANOARROW_OK) throw std::bad_alloc();
}

// SQLSTATE 07001: values and placeholders do not match.
[[noreturn]] void mismatch(const std::string& what) {
  throw Error(Code::kInvalidArgument, "binding parameters: " + what, "07001");
}

std::string counted(Py_ssize_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string of_row(Py_ssize_t row, Py_ssize_t rows) {
  return rows == 1 ? "" : "row " + std::to_string(row + 1) + ": ";
}

bool is_mapping(PyObject* row) {
  // Most rows are these; asking for an attribute that is not there costs more than all
  // of their values.
  if (PyTuple_CheckExact(row) || PyList_CheckExact(row)) return false;
  return PyDict_Check(row) ||
         (PyMapping_Check(row) != 0 && PyObject_HasAttrString(row, "keys") != 0);
}

// What a row of parameters is called in messages.
std::string slot_name(const std::vector<std::string>& slots, size_t slot) {
  return slots[slot].empty() ? "parameter " + std::to_string(slot + 1)
                             : "parameter " + slots[slot];
}

// Rows as tuples of their own, one value a slot: nobody else changes them while the
// values' code runs.
class Rows {
 public:
  Rows(PyObject* rows, const std::vector<std::string>& slots) : slots_(slots) {
    const Py_ssize_t count = PyList_GET_SIZE(rows);
    rows_.reserve(static_cast<size_t>(count));
    for (const std::string& name : slots) {
      keys_.push_back(checked(PyUnicode_FromStringAndSize(
          name.data(), static_cast<Py_ssize_t>(name.size()))));
    }
    for (Py_ssize_t i = 0; i < count && i < PyList_GET_SIZE(rows); ++i) {
      Ref row(new_reference(PyList_GET_ITEM(rows, i)));
      rows_.push_back(tuple_of(row.get(), of_row(i, count)));
    }
  }

  [[nodiscard]] int64_t count() const { return std::ssize(rows_); }
  [[nodiscard]] PyObject* at(int64_t row, size_t slot) const {
    return PyTuple_GET_ITEM(rows_[static_cast<size_t>(row)].get(),
                            static_cast<Py_ssize_t>(slot));
  }

 private:
  Ref tuple_of(PyObject* row, const std::string& where) const {
    if (is_mapping(row)) return of_mapping(row, where);
    const bool text = PyUnicode_Check(row) || PyBytes_Check(row) ||
                      PyByteArray_Check(row) || PyMemoryView_Check(row);
    if (text || PySequence_Check(row) == 0) {
      mismatch(where + "a sequence or mapping of values is needed, not " +
               type_name_of(row));
    }
    Ref tuple =
        checked(PyTuple_CheckExact(row) ? new_reference(row) : PySequence_Tuple(row));
    const Py_ssize_t given = PyTuple_GET_SIZE(tuple.get());
    if (given != std::ssize(slots_)) {
      mismatch(where + "the statement has " + counted(std::ssize(slots_), "parameter") +
               ", and " + counted(given, "value") + (given == 1 ? " was" : " were") +
               " given" +
               (slots_.empty() ? " (placeholders are written ?, or as "
                                 "connect(paramstyle=...) says)"
                               : ""));
    }
    return tuple;
  }

  Ref of_mapping(PyObject* row, const std::string& where) const {
    Ref tuple = checked(PyTuple_New(std::ssize(slots_)));
    std::string missing;
    for (size_t i = 0; i < slots_.size(); ++i) {
      if (slots_[i].empty()) {
        mismatch(where +
                 "the statement's parameters have no names, so a sequence of "
                 "values is needed (write :name to bind by name)");
      }
      PyObject* value = PyObject_GetItem(row, keys_[i].get());
      if (value == nullptr) {
        if (PyErr_ExceptionMatches(PyExc_KeyError) == 0) throw_python_error();
        PyErr_Clear();
        missing += (missing.empty() ? "" : ", ") + slots_[i];
        value = new_reference(Py_None);
      }
      PyTuple_SET_ITEM(tuple.get(), static_cast<Py_ssize_t>(i), value);
    }
    if (!missing.empty()) mismatch(where + "no value was given for " + missing);
    const Py_ssize_t given = PyMapping_Size(row);
    if (given < 0) throw_python_error();
    if (given != std::ssize(slots_)) {
      mismatch(where + "the statement has no parameter " + surplus(row) +
               (slots_.empty() ? " (its placeholders, if any, have no names; give "
                                 "a sequence of values, or write :name)"
                               : ""));
    }
    return tuple;
  }

  std::string surplus(PyObject* row) const {
    Ref keys = checked(PyMapping_Keys(row));
    std::string names;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(keys.get()); ++i) {
      PyObject* key = PyList_GET_ITEM(keys.get(), i);
      std::string name = type_name_of(key);
      if (PyUnicode_Check(key)) name = text_of(key);
      if (std::find(slots_.begin(), slots_.end(), name) != slots_.end()) continue;
      names += (names.empty() ? "" : ", ") + name;
    }
    return names;
  }

  const std::vector<std::string>& slots_;
  std::vector<Ref> keys_;
  std::vector<Ref> rows_;
};

// A type that says nothing: any value may come.
bool says_nothing(const ArrowSchema& type) {
  if (type.dictionary != nullptr || type.format == nullptr) return true;
  const std::string_view format = type.format;
  if (format == "n" || format.starts_with("+u") || format == "+r") return true;
  for (int64_t i = 0; i < type.n_children; ++i) {
    if (says_nothing(*type.children[i])) return true;
  }
  return false;
}

class Column {
 public:
  Column(const Rows& rows, const std::vector<std::string>& slots, size_t slot,
         const ArrowSchema* expected)
      : rows_(rows), slots_(slots), slot_(slot) {
    if (expected != nullptr && !says_nothing(*expected)) {
      check(ArrowSchemaDeepCopy(expected, type_.get()));
      writer_ = make_writer(*type_.get());
      if (writer_ == nullptr) type_.reset();
      expected_ = writer_ != nullptr;
    }
    if (writer_ == nullptr) infer();
    const std::string name =
        slots[slot].empty() ? std::to_string(slot + 1) : slots[slot];
    check(ArrowSchemaSetName(type_.get(), name.c_str()));
    type_->flags |= ARROW_FLAG_NULLABLE;
  }

  [[nodiscard]] const ArrowSchema& type() const { return *type_.get(); }

  void append(ArrowArray* out, int64_t start, int64_t end) {
    for (int64_t row = start; row < end; ++row) {
      try {
        writer_->append(out, rows_.at(row, slot_));
      } catch (const Misfit& misfit) {
        refuse(misfit, row);
      }
    }
  }

 private:
  void infer() {
    Needs needs;
    for (int64_t row = 0; row < rows_.count(); ++row) {
      try {
        needs.add(rows_.at(row, slot_));
      } catch (const Misfit& misfit) {
        refuse(misfit, row);
      }
    }
    ArrowSchemaInit(type_.get());
    try {
      needs.set_type(type_.get());
    } catch (const Misfit& misfit) {
      throw Error(misfit.code, "binding parameters: " + slot_name(slots_, slot_) +
                                   ": " + misfit.why);
    }
    writer_ = make_writer(*type_.get());
    if (writer_ == nullptr)
      throw Error(Code::kInternal, "binding parameters: no writer");
  }

  [[noreturn]] void refuse(const Misfit& misfit, int64_t row) const {
    std::string where = slot_name(slots_, slot_);
    if (rows_.count() > 1) where = "row " + std::to_string(row + 1) + ", " + where;
    std::string type;
    if (expected_) type = " (the server expects " + type_name(*type_.get()) + ")";
    throw Error(misfit.code, "binding parameters: " + where + ": " + misfit.why + type,
                misfit.code == Code::kInvalidData ? "22000" : "07006");
  }

  const Rows& rows_;
  const std::vector<std::string>& slots_;
  size_t slot_;
  bool expected_ = false;
  UniqueSchema type_;
  std::unique_ptr<ValueWriter> writer_;
};

UniqueArray build(std::vector<Column>& columns, const ArrowSchema& schema,
                  int64_t start, int64_t end) {
  UniqueArray out;
  ArrowError error{};
  check(ArrowArrayInitFromSchema(out.get(), &schema, &error));
  check(ArrowArrayStartAppending(out.get()));
  for (size_t i = 0; i < columns.size(); ++i) {
    columns[i].append(out->children[i], start, end);
  }
  out->length = end - start;
  if (ArrowArrayFinishBuildingDefault(out.get(), &error) != NANOARROW_OK) {
    throw Error(Code::kInternal, std::string("binding parameters: ") + error.message);
  }
  return out;
}

template <class T>
T* pointer_of(PyObject* capsule, const char* name) {
  auto* pointer = static_cast<T*>(PyCapsule_GetPointer(capsule, name));
  if (pointer == nullptr) throw_python_error();
  if (pointer->release == nullptr) {
    throw Error(Code::kInvalidState, "the Arrow data was read already");
  }
  return pointer;
}

UniqueArrayStream stream_of_array(PyObject* object) {
  Ref pair = checked(PyObject_CallMethod(object, "__arrow_c_array__", nullptr));
  if (!PyTuple_Check(pair.get()) || PyTuple_GET_SIZE(pair.get()) != 2) {
    PyErr_SetString(PyExc_TypeError, "__arrow_c_array__ gave no pair of capsules");
    throw_python_error();
  }
  auto* schema =
      pointer_of<ArrowSchema>(PyTuple_GET_ITEM(pair.get(), 0), "arrow_schema");
  auto* array = pointer_of<ArrowArray>(PyTuple_GET_ITEM(pair.get(), 1), "arrow_array");
  UniqueArrayStream out;
  UniqueSchema taken(schema);
  check(ArrowBasicArrayStreamInit(out.get(), taken.get(), 1));
  ArrowBasicArrayStreamSetArray(out.get(), 0, array);
  return out;
}

}  // namespace

UniqueArrayStream make_parameters(PyObject* rows, const std::vector<std::string>& slots,
                                  const ArrowSchema* expected) {
  if (!PyList_CheckExact(rows)) {
    PyErr_SetString(PyExc_TypeError, "rows of parameters must be a list");
    throw_python_error();
  }
  const Rows values(rows, slots);
  std::vector<Column> columns;
  for (size_t i = 0; i < slots.size(); ++i) {
    columns.emplace_back(values, slots, i,
                         expected == nullptr ? nullptr : expected->children[i]);
  }
  UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  check(ArrowSchemaSetTypeStruct(schema.get(), std::ssize(columns)));
  for (size_t i = 0; i < columns.size(); ++i) {
    ArrowSchema* child = schema->children[i];
    child->release(child);
    check(ArrowSchemaDeepCopy(&columns[i].type(), child));
  }
  const int64_t batches = (values.count() + kRowsOfBatch - 1) / kRowsOfBatch;
  std::vector<UniqueArray> built;
  for (int64_t start = 0; start < values.count(); start += kRowsOfBatch) {
    built.push_back(build(columns, *schema.get(), start,
                          std::min(values.count(), start + kRowsOfBatch)));
  }
  UniqueArrayStream out;
  check(ArrowBasicArrayStreamInit(out.get(), schema.get(), batches));
  for (size_t i = 0; i < built.size(); ++i) {
    ArrowBasicArrayStreamSetArray(out.get(), static_cast<int64_t>(i), built[i].get());
  }
  return out;
}

UniqueSchema take_schema(PyObject* object) {
  const Ref capsule =
      checked(PyObject_CallMethod(object, "__arrow_c_schema__", nullptr));
  auto* given =
      static_cast<ArrowSchema*>(PyCapsule_GetPointer(capsule.get(), "arrow_schema"));
  if (given == nullptr) throw_python_error();
  UniqueSchema schema;
  ArrowSchemaMove(given, schema.get());
  return schema;
}

UniqueArrayStream take_stream(PyObject* object) {
  constexpr const char* kStream = "arrow_array_stream";
  Ref capsule;
  if (PyCapsule_IsValid(object, kStream) != 0) {
    capsule = Ref(new_reference(object));
  } else if (PyObject_HasAttrString(object, "__arrow_c_stream__") != 0) {
    capsule = checked(PyObject_CallMethod(object, "__arrow_c_stream__", nullptr));
  } else if (PyObject_HasAttrString(object, "__arrow_c_array__") != 0) {
    return stream_of_array(object);
  } else {
    PyErr_Format(PyExc_TypeError,
                 "Arrow data is needed: an object with __arrow_c_stream__ or "
                 "__arrow_c_array__, not %s",
                 Py_TYPE(object)->tp_name);
    throw_python_error();
  }
  UniqueArrayStream out;
  ArrowArrayStreamMove(pointer_of<ArrowArrayStream>(capsule.get(), kStream), out.get());
  return out;
}

}  // namespace fletching::python
