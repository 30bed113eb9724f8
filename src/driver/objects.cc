// SPDX-License-Identifier: Apache-2.0
#include "driver/objects.h"

#include <utility>

#include "driver/objects_find.h"
#include "driver/objects_tree.h"

namespace fletching {
namespace {

class ObjectsStream : public ResultStream {
 public:
  ObjectsStream(std::shared_ptr<Session> session, ObjectsFilter filter)
      : finder_(std::move(session), std::move(filter)), schema_(objects_schema()) {}

  const ArrowSchema& schema(const Wait&) override { return *schema_.get(); }

  Next next(Batch& out, const Wait& wait, Deadline) override {
    const auto found = finder_.next(wait);
    if (!found) return Next::kEnd;
    out.rows = build_objects(*found, finder_.filter());
    out.ops.clear();
    rows_ += out.rows->length;
    return Next::kBatch;
  }

  [[nodiscard]] Progress progress() const override { return {.rows = rows_}; }
  void cancel() noexcept override {}  // the waits of the requests have the token

 private:
  ObjectFinder finder_;
  UniqueSchema schema_;
  int64_t rows_ = 0;
};

}  // namespace

std::unique_ptr<ResultStream> objects_stream(std::shared_ptr<Session> session,
                                             ObjectsFilter filter) {
  return std::make_unique<ObjectsStream>(std::move(session), std::move(filter));
}

}  // namespace fletching
