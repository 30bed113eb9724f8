// SPDX-License-Identifier: Apache-2.0
#include "arrow/ipc_dictionaries.h"

#include <string>
#include <utility>

#include "arrow/validate.h"
#include "fletching/error.h"

namespace fletching {
namespace {

// Dictionaries whose values are encoded by each other, or by themselves.
constexpr int kMaxInside = 32;

bool same_type(const FieldType& a, const FieldType& b) {
  if (a.layout != b.layout || a.utf8 != b.utf8 || a.is_signed != b.is_signed ||
      a.width != b.width || a.alignment != b.alignment ||
      a.children.size() != b.children.size() || a.child_of_id != b.child_of_id ||
      a.dictionary_id != b.dictionary_id ||
      (a.values == nullptr) != (b.values == nullptr)) {
    return false;
  }
  for (size_t i = 0; i < a.children.size(); ++i) {
    if (!same_type(a.children[i], b.children[i])) return false;
  }
  return a.values == nullptr || same_type(*a.values, *b.values);
}

bool contains_dictionary(const FieldType& type) {
  if (type.values != nullptr) return true;
  for (const FieldType& child : type.children) {
    if (contains_dictionary(child)) return true;
  }
  return false;
}

}  // namespace

void Dictionaries::learn(const FieldType& root) {
  for (const FieldType& child : root.children) learn(child);
  if (root.values == nullptr) return;
  Entry& entry = entries_[root.dictionary_id];
  if (entry.values == nullptr) {
    entry.values = root.values.get();
    entry.has_inside = contains_dictionary(*root.values);
  } else if (!same_type(*entry.values, *root.values)) {
    entry.ambiguous = true;
  }
  learn(*root.values);
}

const FieldType& Dictionaries::type_of(int64_t id) const {
  const auto found = entries_.find(id);
  if (found == entries_.end()) {
    bad_data({}, "a dictionary with id " + std::to_string(id) +
                     ", which no column of the schema has");
  }
  if (found->second.ambiguous) {
    bad_data({}, "the dictionary id " + std::to_string(id) +
                     " stands for columns of different types");
  }
  return *found->second.values;
}

void Dictionaries::replace(int64_t id, Dictionary values) {
  Entry& entry = entries_.at(id);
  entry.growing = nullptr;
  entry.current = std::make_shared<const Dictionary>(std::move(values));
  ++changes_;
}

void Dictionaries::append(int64_t id, Dictionary values) {
  Entry& entry = entries_.at(id);
  if (entry.current == nullptr) return replace(id, std::move(values));
  if (entry.growing == nullptr) {
    entry.growing = std::make_unique<GrowingArray>(*entry.values);
    entry.growing->append(*entry.current);
  }
  entry.growing->append(values);
  entry.current = entry.growing->snapshot();
  ++changes_;
}

std::shared_ptr<const Dictionary> Dictionaries::find(const FieldType& field,
                                                     const FieldPath& path) {
  return find(field, path, 0);
}

std::shared_ptr<const Dictionary> Dictionaries::find(const FieldType& field,
                                                     const FieldPath& path, int depth) {
  if (depth > kMaxInside) bad_data(path, "dictionaries nested too deeply");
  Entry& entry = entries_.at(field.dictionary_id);
  if (entry.current == nullptr || entry.ambiguous) {
    Dictionary none{empty_data(*field.values), {}, {}};
    return std::make_shared<const Dictionary>(std::move(none));
  }
  if (!entry.has_inside) return entry.current;
  if (entry.resolved_at == changes_) return entry.resolved;
  Dictionary copy{entry.current->data, {}, {entry.current}};
  resolve(*entry.values, copy.data, copy, path, depth);
  entry.resolved = std::make_shared<const Dictionary>(std::move(copy));
  entry.resolved_at = changes_;
  return entry.resolved;
}

// The dictionaries inside are looked up when rows need them, not when the outer one
// came: they may come after it, and may grow.
void Dictionaries::resolve(const FieldType& type, ArrayData& data, Dictionary& holder,
                           const FieldPath& path, int depth) {
  for (size_t i = 0; i < type.children.size(); ++i) {
    const FieldPath below{&path, &type.children[i]};
    resolve(type.children[i], data.children[i], holder, below, depth);
  }
  if (type.values == nullptr) return;
  data.dictionary = find(type, path, depth + 1);
  holder.inside.push_back(data.dictionary);
  check_indices(type, data, data.dictionary->data.length, path);
}

}  // namespace fletching
