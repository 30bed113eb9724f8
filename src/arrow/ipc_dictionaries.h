// SPDX-License-Identifier: Apache-2.0
// The dictionaries of one IPC stream, by their ids.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "arrow/array_append.h"
#include "arrow/array_data.h"
#include "arrow/ipc_layout.h"

namespace fletching {

// Several fields may share an id. A dictionary may come late, be replaced or grow; what
// was handed out before stays as it was.
class Dictionaries {
 public:
  // Learns the ids in `root`, which must outlive this.
  void learn(const FieldType& root);

  // The type of the values of that id. Throws kInvalidData for an unknown id, and for
  // one that stands for several types.
  [[nodiscard]] const FieldType& type_of(int64_t id) const;

  void replace(int64_t id, Dictionary values);
  void append(int64_t id, Dictionary values);

  // The values as they are now; no values if none came.
  [[nodiscard]] std::shared_ptr<const Dictionary> find(const FieldType& field,
                                                       const FieldPath& path);

 private:
  struct Entry {
    const FieldType* values = nullptr;
    bool ambiguous = false;
    bool has_inside = false;  // its values contain dictionary-encoded ones
    std::shared_ptr<const Dictionary> current;
    std::unique_ptr<GrowingArray> growing;
    // `current` with the dictionaries inside put in, as of `resolved_at`.
    std::shared_ptr<const Dictionary> resolved;
    uint64_t resolved_at = 0;
  };

  void resolve(const FieldType& type, ArrayData& data, Dictionary& holder,
               const FieldPath& path, int depth);
  std::shared_ptr<const Dictionary> find(const FieldType& field, const FieldPath& path,
                                         int depth);

  std::map<int64_t, Entry> entries_;
  uint64_t changes_ = 1;
};

}  // namespace fletching
