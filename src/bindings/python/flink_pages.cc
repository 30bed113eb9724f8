// SPDX-License-Identifier: Apache-2.0
#include "bindings/python/flink_pages.h"

#include "bindings/python/gil.h"

namespace fletching::python {

// The batch that is to become tuples.
class FlinkPages::Queue final : public BatchSource {
 public:
  explicit Queue(const ArrowSchema& schema) {
    if (ArrowSchemaDeepCopy(&schema, schema_.get()) != NANOARROW_OK) {
      throw std::bad_alloc();
    }
  }
  void put(UniqueArray rows) { rows_ = std::move(rows); }

  const ArrowSchema& schema() override { return *schema_.get(); }
  bool next(ArrowArray* out) override {
    if (rows_->release == nullptr) return false;
    ArrowArrayMove(rows_.get(), out);
    return true;
  }
  void cancel() noexcept override {}
  void close() noexcept override { rows_.reset(); }
  void export_stream(ArrowArrayStream*,
                     const std::shared_ptr<StreamFailure>&) override {
    throw Error(Code::kInternal, "a page's rows are no stream");
  }

 private:
  UniqueSchema schema_;
  UniqueArray rows_;
};

FlinkPages::FlinkPages(flink::Encoding encoding, flink::DecodeOptions options,
                       const RowOptions& rows)
    : decoder_(encoding, std::move(options)), options_(rows) {}
FlinkPages::~FlinkPages() = default;

void FlinkPages::set_columns(const std::string& json) {
  decoder_.set_columns(flink::parse_columns_json(json));
}

std::unique_ptr<FlinkPage> FlinkPages::decode(std::string json) {
  flink::Page page = without_gil([&] { return decoder_.decode(std::move(json)); });
  auto made = std::make_unique<FlinkPage>(std::move(page), rows_before_);
  rows_before_ += made->cursor().rows_of_page();
  return made;
}

PyObject* FlinkPages::tuples(UniqueArray rows) {
  const int64_t count = rows->length;
  if (count == 0) return PyList_New(0);
  if (reader_ == nullptr) {
    auto queue = std::make_unique<Queue>(decoder_.schema());
    queue_ = queue.get();
    reader_ = std::make_unique<RowReader>(std::move(queue), options_);
  }
  queue_->put(std::move(rows));
  try {
    return reader_->fetch_many(count);
  } catch (...) {
    reader_.reset();  // its rows are lost with the error; the next page begins anew
    throw;
  }
}

}  // namespace fletching::python
