// SPDX-License-Identifier: Apache-2.0
#include "bindings/python/changelog_rows.h"

#include <unordered_map>
#include <utility>

#include "arrow/c_stream.h"
#include "bindings/python/gil.h"
#include "bindings/python/stream_capsule.h"

namespace fletching::python {

std::unique_ptr<RowReader> reader_of(std::unique_ptr<ResultStream> stream,
                                     const RowOptions& options) {
  UniqueArrayStream exported = export_stream(std::move(stream), [] { return Wait{}; });
  const Ref capsule = stream_capsule(std::move(exported));
  return std::make_unique<RowReader>(python::import_stream(capsule.get()), options);
}

Ref ChangelogRows::now() {
  const std::vector<SharedRows> batches =
      without_gil([&] { return changelog_.snapshot(); });
  std::unordered_map<const UniqueArray*, PyObject*> known;
  for (const Part& part : parts_) known.emplace(part.rows.get(), part.tuples.get());
  std::vector<Part> parts;
  Ref lists = checked(PyList_New(std::ssize(batches)));
  for (size_t i = 0; i < batches.size(); ++i) {
    const auto found = known.find(batches[i].get());
    Ref tuples;
    if (found != known.end()) {
      tuples = Ref(new_reference(found->second));
    } else {
      auto reader =
          reader_of(one_batch(changelog_.schema(),
                              slice_rows(batches[i], 0, (*batches[i])->length)),
                    options_);
      tuples = checked(reader->fetch_many(-1));
    }
    PyList_SET_ITEM(lists.get(), static_cast<Py_ssize_t>(i),
                    new_reference(tuples.get()));
    parts.push_back({batches[i], std::move(tuples)});
  }
  parts_ = std::move(parts);
  return lists;
}

}  // namespace fletching::python
