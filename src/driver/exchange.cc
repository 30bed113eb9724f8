// SPDX-License-Identifier: Apache-2.0
#include <nanoarrow/nanoarrow.hpp>

#include <utility>

#include "arrow/c_stream.h"
#include "driver/flights.h"
#include "driver/state.h"

namespace fletching {
namespace {

// What a caller's function gives, batch by batch.
class SourceStream final : public ResultStream {
 public:
  SourceStream(UniqueSchema schema, ExchangeSource source)
      : schema_(std::move(schema)), source_(std::move(source)) {}

  const ArrowSchema& schema(const Wait&) override { return *schema_.get(); }

  Next next(Batch& out, const Wait& wait, Deadline) override {
    wait.check("exchange");
    out.rows.reset();
    out.app_metadata.clear();
    const ForkGate::Outside outside;  // foreign code
    return source_(out.rows.get(), &out.app_metadata) ? Next::kBatch : Next::kEnd;
  }

  void cancel() noexcept override {}
  [[nodiscard]] bool runs_foreign_code() const override { return true; }

 private:
  UniqueSchema schema_;
  ExchangeSource source_;
};

// The call's errors name what was asked for.
template <class Ask>
auto exchanging(Ask&& ask) {
  try {
    return std::forward<Ask>(ask)();
  } catch (const Error& e) {
    throw e.with_context("exchange");
  }
}

}  // namespace

Result Connection::exchange(const FlightDescriptor& descriptor,
                            ArrowArrayStream* rows) {
  const Entry entry(state_->generation);
  std::unique_ptr<ResultStream> given;
  if (rows != nullptr) {
    UniqueArrayStream taken;
    ArrowArrayStreamMove(rows, taken.get());
    given = import_stream(std::move(taken));
  }
  return exchanging([&] {
    return FlightCalls(*this, {}, {})
        .exchange(descriptor, std::move(given), ExchangeRows::kOnly)
        .rest();
  });
}

FlightReader Connection::exchange(const FlightDescriptor& descriptor,
                                  ArrowSchema* schema, ExchangeSource source) {
  const Entry entry(state_->generation);
  std::unique_ptr<ResultStream> given;
  if (source) {
    UniqueSchema taken;
    if (schema != nullptr) {
      ArrowSchemaMove(schema, taken.get());
    } else {
      ArrowSchemaInit(taken.get());
      NANOARROW_THROW_NOT_OK(ArrowSchemaSetTypeStruct(taken.get(), 0));
    }
    given = std::make_unique<SourceStream>(std::move(taken), std::move(source));
  }
  return exchanging([&] {
    return FlightCalls(*this, {}, {})
        .exchange(descriptor, std::move(given), ExchangeRows::kAndMetadata);
  });
}

}  // namespace fletching
