// SPDX-License-Identifier: Apache-2.0
#include "bindings/python/row_changelog.h"

#include <random>
#include <string>

#include "bindings/python/values.h"
#include "fletching/error.h"

namespace fletching::python {
namespace {

constexpr int kUpdateBefore = 1;
constexpr int kDelete = 3;

uint64_t mix(uint64_t a, uint64_t b) noexcept {
  const auto product = static_cast<unsigned __int128>(a ^ 0x9E3779B97F4A7C15u) *
                       (b ^ 0xD6E8FEB86659FD93u);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// Of the process: integers hash to themselves, so rows could be made to collide.
uint64_t seed() {
  static const uint64_t value = [] {
    std::random_device random;
    return uint64_t{random()} << 32 | random();
  }();
  return value;
}

uint64_t hash_of(PyObject* value);

uint64_t hash_of_items(PyObject* const* items, Py_ssize_t count, uint64_t hash) {
  for (Py_ssize_t i = 0; i < count; ++i) hash = mix(hash, hash_of(items[i]));
  return mix(hash, static_cast<uint64_t>(count));
}

// In any order: equal dicts may be filled in any.
uint64_t hash_of_dict(PyObject* dict) {
  uint64_t sum = 3;
  Ref items = checked(PyDict_Items(dict));
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items.get()); ++i) {
    PyObject* pair = PyList_GET_ITEM(items.get(), i);
    sum += mix(hash_of(PyTuple_GET_ITEM(pair, 0)), hash_of(PyTuple_GET_ITEM(pair, 1)));
  }
  return mix(sum, 5);
}

// Equal values have equal hashes, also those that Python does not hash (lists, dicts).
uint64_t hash_of(PyObject* value) {
  if (PyTuple_Check(value)) {
    if (Py_EnterRecursiveCall(" in a row") != 0) throw_python_error();
    struct Leave {
      ~Leave() { Py_LeaveRecursiveCall(); }
    } const leave;
    return hash_of_items(&PyTuple_GET_ITEM(value, 0), PyTuple_GET_SIZE(value), seed());
  }
  if (PyList_Check(value)) {
    if (Py_EnterRecursiveCall(" in a row") != 0) throw_python_error();
    struct Leave {
      ~Leave() { Py_LeaveRecursiveCall(); }
    } const leave;
    Ref items = checked(PyList_AsTuple(value));  // whose items stay while they hash
    return hash_of_items(&PyTuple_GET_ITEM(items.get(), 0),
                         PyTuple_GET_SIZE(items.get()), ~seed());
  }
  if (PyDict_Check(value)) return hash_of_dict(value);
  const Py_hash_t hash = PyObject_Hash(value);
  if (hash != -1) return static_cast<uint64_t>(hash);
  if (PyErr_ExceptionMatches(PyExc_TypeError) == 0) throw_python_error();
  PyErr_Clear();
  return 7;  // such values are told apart by == alone
}

bool equal(PyObject* a, PyObject* b) {
  if (a == b) return true;
  const int same = PyObject_RichCompareBool(a, b, Py_EQ);
  if (same < 0) throw_python_error();
  return same == 1;
}

// Nobody can change it.
bool is_fixed(PyObject* value) {
  if (PyTuple_Check(value)) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(value); ++i) {
      if (!is_fixed(PyTuple_GET_ITEM(value, i))) return false;
    }
    return true;
  }
  return PyList_Check(value) == 0 && PyDict_Check(value) == 0 &&
         PyAnySet_Check(value) == 0 && PyByteArray_Check(value) == 0 &&
         PyObject_HasAttrString(reinterpret_cast<PyObject*>(Py_TYPE(value)),
                                "__dataclass_fields__") == 0;
}

// The types that almost all values have need no asking.
bool is_plain_value(PyObject* value) {
  return PyUnicode_CheckExact(value) || PyLong_CheckExact(value) || value == Py_None ||
         PyFloat_CheckExact(value) || PyBool_Check(value) || is_fixed(value);
}

bool is_plain(PyObject* row) {
  if (!PyTuple_CheckExact(row)) return false;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(row); ++i) {
    if (!is_plain_value(PyTuple_GET_ITEM(row, i))) return false;
  }
  return true;
}

Ref deep_copy_of(PyObject* value) {
  static PyObject* const deepcopy = [] {
    Ref module = checked(PyImport_ImportModule("copy"));
    return checked(PyObject_GetAttrString(module.get(), "deepcopy")).release();
  }();
  return checked(PyObject_CallOneArg(deepcopy, value));
}

// What deepcopy does, in much less time for a dict of plain values, which most rows
// are that can be changed.
Ref copy_of(PyObject* value) {
  if (!PyDict_CheckExact(value)) return deep_copy_of(value);
  Ref copy = checked(PyDict_Copy(value));
  Py_ssize_t at = 0;
  PyObject* item = nullptr;
  while (PyDict_Next(copy.get(), &at, nullptr, &item) != 0) {
    if (!is_plain_value(item)) return deep_copy_of(value);
  }
  return copy;
}

const char* kind_text(int kind) {
  constexpr const char* kTexts[] = {"+I", "-U", "+U", "-D"};
  return kTexts[kind];
}

}  // namespace

class RowChangelog::Busy {
 public:
  explicit Busy(RowChangelog& changelog) : changelog_(changelog) {
    if (changelog.busy_) {
      throw Error(
          Code::kInvalidState,
          "applying a changelog: it is in use (by another thread, or by code of "
          "a row's own)");
    }
    changelog.busy_ = true;
  }
  ~Busy() { changelog_.busy_ = false; }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  RowChangelog& changelog_;
};

RowChangelog::RowChangelog(Options options, std::array<Ref, 4> kinds)
    : options_(std::move(options)), kinds_(std::move(kinds)) {}

int RowChangelog::kind_of(PyObject* kind) const {
  for (int i = 0; i < 4; ++i) {
    if (kinds_[static_cast<size_t>(i)].get() == kind) return i;
  }
  for (int i = 0; i < 4; ++i) {
    if (equal(kinds_[static_cast<size_t>(i)].get(), kind)) return i;
  }
  throw Error(Code::kInvalidArgument,
              "applying a changelog: " + shown(kind) + " is no kind of a row");
}

Ref RowChangelog::key_of(PyObject* row) const {
  Ref key = checked(PyTuple_New(std::ssize(options_.key)));
  for (size_t i = 0; i < options_.key.size(); ++i) {
    PyTuple_SET_ITEM(key.get(), static_cast<Py_ssize_t>(i),
                     checked(PyObject_GetItem(row, options_.key[i].get())).release());
  }
  return key;
}

void RowChangelog::put(Row row, uint64_t hash, PyObject* identity) {
  const auto same = [&](const Row& other) {
    return equal(identity_of(other).get(), identity);
  };
  const Table::SlotId old =
      keyed() && table_.live() != 0 ? table_.find(hash, same) : Table::kNone;
  if (old == Table::kNone && options_.max_rows > 0 && size() >= options_.max_rows) {
    throw Error(Code::kInvalidState,
                "applying a changelog: it has more than " +
                    std::to_string(options_.max_rows) +
                    " live rows (raise max_rows, or aggregate in the statement)");
  }
  if (!row.shared) ++unshared_;
  if (old == Table::kNone) {
    table_.push(std::move(row), hash, same);
  } else {
    if (!table_.slots()[old].row.shared) --unshared_;
    table_.replace(old, std::move(row));
  }
}

void RowChangelog::remove(int kind, uint64_t hash, PyObject* identity) {
  const Table::SlotId found =
      table_.live() == 0 ? Table::kNone : table_.find(hash, [&](const Row& other) {
        return equal(identity_of(other).get(), identity);
      });
  if (found != Table::kNone) {
    if (!table_.slots()[found].row.shared) --unshared_;
    return table_.pop(found);
  }
  if (options_.ignore_missing) return;
  Ref text = checked(PyObject_Repr(identity));
  std::string brief(text_of(text.get()).substr(0, 500));
  throw Error(Code::kInvalidData,
              std::string("applying a changelog: ") + kind_text(kind) + " of a " +
                  (keyed() ? "key" : "row") + " that is not there: " + brief);
}

void RowChangelog::apply_event(int kind, PyObject* row) {
  if (keyed() && kind == kUpdateBefore) return;
  Ref key = keyed() ? key_of(row) : Ref();
  PyObject* identity = keyed() ? key.get() : row;
  const uint64_t hash = hash_of(identity);
  if (kind == kUpdateBefore || kind == kDelete) {
    remove(kind, hash, identity);
  } else {
    // A row that its owner could change is kept as it is now.
    Row kept;
    kept.shared = is_plain(row) || is_fixed(row);
    kept.row = Ref(new_reference(row));
    if (!kept.shared) kept.row = out(kept);
    PyObject* own = keyed() ? key.get() : kept.row.get();
    kept.key = std::move(key);
    put(std::move(kept), hash, own);
  }
  snapshot_ = Ref();
}

namespace {

[[noreturn]] void of_event(const Error& error, int64_t event) {
  Error::Details details = error.details();
  details.emplace_back("event", std::to_string(event));
  throw Error(error.code(), error.message(), error.sqlstate(), 0, std::move(details));
}

}  // namespace

int64_t RowChangelog::apply(PyObject* pairs, int64_t from) {
  const Busy busy(*this);
  Ref items = checked(PySequence_Fast(pairs, "a sequence of (kind, row) is needed"));
  int64_t event = from;
  for (; event < PySequence_Fast_GET_SIZE(items.get()); ++event) {
    Ref pair(new_reference(PySequence_Fast_GET_ITEM(items.get(), event)));
    if (PyList_Check(pair.get())) pair = checked(PyList_AsTuple(pair.get()));
    if (!PyTuple_Check(pair.get()) || PyTuple_GET_SIZE(pair.get()) != 2) {
      throw Error(Code::kInvalidArgument,
                  "applying a changelog: an event is no pair (kind, row)");
    }
    try {
      apply_event(kind_of(PyTuple_GET_ITEM(pair.get(), 0)),
                  PyTuple_GET_ITEM(pair.get(), 1));
    } catch (const Error& error) {
      of_event(error, event);
    }
    ++events_;
  }
  return event - from;
}

int64_t RowChangelog::apply_rows(PyObject* kinds, PyObject* rows, int64_t from) {
  const Busy busy(*this);
  Ref items = checked(PySequence_Fast(rows, "a sequence of rows is needed"));
  const int64_t count = PySequence_Fast_GET_SIZE(items.get());
  std::string codes(static_cast<size_t>(count), '\0');
  if (kinds != Py_None) codes = Bytes(kinds).view();
  if (std::ssize(codes) != count) {
    throw Error(Code::kInvalidArgument,
                "applying a changelog: " + std::to_string(count) + " rows have " +
                    std::to_string(codes.size()) + " kinds");
  }
  for (int64_t event = from; event < PySequence_Fast_GET_SIZE(items.get()); ++event) {
    Ref row(new_reference(PySequence_Fast_GET_ITEM(items.get(), event)));
    const int kind = codes[static_cast<size_t>(event)];
    if (kind < 0 || kind > kDelete) {
      throw Error(Code::kInvalidArgument,
                  "applying a changelog: " + std::to_string(kind) + " is no kind");
    }
    try {
      apply_event(kind, row.get());
    } catch (const Error& error) {
      of_event(error, event);
    }
    ++events_;
  }
  return count - from;
}

Ref RowChangelog::out(const Row& row) const {
  return row.shared ? Ref(new_reference(row.row.get())) : copy_of(row.row.get());
}

Ref RowChangelog::snapshot() {
  const Busy busy(*this);
  if (snapshot_) return Ref(new_reference(snapshot_.get()));
  Ref rows = checked(PyTuple_New(size()));
  Py_ssize_t at = 0;
  for (const Table::Slot& slot : table_.slots()) {
    if (slot.live) PyTuple_SET_ITEM(rows.get(), at++, out(slot.row).release());
  }
  if (unshared_ == 0) snapshot_ = Ref(new_reference(rows.get()));
  return rows;
}

Ref RowChangelog::delta() {
  struct Out {
    const RowChangelog& changelog;
    PyObject* list;
    void add(int kind, const Row& row) {
      Ref pair =
          checked(PyTuple_Pack(2, changelog.kinds_[static_cast<size_t>(kind)].get(),
                               changelog.out(row).get()));
      if (PyList_Append(list, pair.get()) != 0) throw_python_error();
    }
    void gone(const Row& row) { add(kDelete, row); }
    void changed(const Row& before, const Row& after) {
      add(kUpdateBefore, before);
      add(2, after);
    }
    void came(const Row& row) { add(0, row); }
  };
  const Busy busy(*this);
  Ref list = checked(PyList_New(0));
  table_.look(Out{*this, list.get()}, [](const Row& a, const Row& b) {
    return equal(a.row.get(), b.row.get());
  });
  return list;
}

}  // namespace fletching::python
