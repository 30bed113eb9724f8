// SPDX-License-Identifier: Apache-2.0
// The two streams that the driver lays over a backend's.
#include <utility>

#include "arrow/prefetcher.h"
#include "driver/state.h"

namespace fletching {
namespace {

class PrimedStream : public ResultStream {
 public:
  PrimedStream(std::unique_ptr<ResultStream> inner, const Wait& wait)
      : inner_(std::move(inner)) {
    if (inner_->schema(wait).n_children > 0) {
      first_ = inner_->next(batch_, wait);
      return;
    }
    // No columns, so the rows tell nothing; but the server may still be at work, and
    // what it has to say may be an error.
    Batch unused;
    while (inner_->next(unused, wait) == Next::kBatch) unused = Batch();
    first_ = Next::kEnd;
  }

  const ArrowSchema& schema(const Wait& wait) override { return inner_->schema(wait); }

  Next next(Batch& out, const Wait& wait, Deadline nap) override {
    if (first_ == Next::kEnd) return Next::kEnd;
    if (std::exchange(first_, Next::kNothingYet) == Next::kBatch) {
      out = std::move(batch_);
      return Next::kBatch;
    }
    return inner_->next(out, wait, nap);
  }

  [[nodiscard]] Progress progress() const override { return inner_->progress(); }
  void cancel() noexcept override { inner_->cancel(); }

 private:
  std::unique_ptr<ResultStream> inner_;
  Batch batch_;
  Next first_ = Next::kNothingYet;
};

// Most results fit in one or two batches, and starting a thread costs more than reading
// those.
constexpr int kDirectBatches = 2;

class LaterPrefetchedStream : public ResultStream {
 public:
  explicit LaterPrefetchedStream(std::unique_ptr<ResultStream> inner)
      : inner_(std::move(inner)) {}

  const ArrowSchema& schema(const Wait& wait) override { return inner_->schema(wait); }

  Next next(Batch& out, const Wait& wait, Deadline nap) override {
    if (taken_ == kDirectBatches) {
      inner_ = prefetch(std::move(inner_));
      ++taken_;
    }
    const Next step = inner_->next(out, wait, nap);
    if (step == Next::kBatch && taken_ < kDirectBatches) ++taken_;
    return step;
  }

  [[nodiscard]] Progress progress() const override { return inner_->progress(); }
  void cancel() noexcept override { inner_->cancel(); }

 private:
  std::unique_ptr<ResultStream> inner_;
  int taken_ = 0;
};

}  // namespace

std::unique_ptr<ResultStream> primed(std::unique_ptr<ResultStream> stream,
                                     const Wait& wait) {
  return std::make_unique<PrimedStream>(std::move(stream), wait);
}

std::unique_ptr<ResultStream> prefetch_later(std::unique_ptr<ResultStream> stream) {
  return std::make_unique<LaterPrefetchedStream>(std::move(stream));
}

}  // namespace fletching
