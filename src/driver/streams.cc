// SPDX-License-Identifier: Apache-2.0
// The streams that the driver lays over a backend's.
#include <nanoarrow/nanoarrow.hpp>

#include <utility>

#include "arrow/prefetcher.h"
#include "driver/state.h"

namespace fletching {
namespace {

// Cancelled or out of time for good.
bool is_over(const Wait& wait) noexcept {
  return (wait.cancel != nullptr && wait.cancel->cancelled()) ||
         wait.deadline.expired();
}

class PrimedStream : public ResultStream {
 public:
  PrimedStream(std::unique_ptr<ResultStream> inner, const Wait& wait)
      : inner_(std::move(inner)) {
    if (inner_->schema(wait).n_children > 0) {
      first_ = inner_->next(batch_, wait);
      return;
    }
    // No columns, so the rows tell little but their number; the server may still be at
    // work, and what it has to say may be an error.
    for (Batch batch; inner_->next(batch, wait) == Next::kBatch; batch = Batch()) {
      if (batch_.rows->release == nullptr) {
        batch_ = std::move(batch);
        first_ = Next::kBatch;
      } else {
        batch_.rows->length += batch.rows->length;
      }
    }
    drained_ = true;
  }

  const ArrowSchema& schema(const Wait& wait) override { return inner_->schema(wait); }

  Next next(Batch& out, const Wait& wait, Deadline nap) override {
    if (first_ == Next::kEnd) return Next::kEnd;
    // Once the wait is over, whoever talks to the server has to hear of it.
    if (std::exchange(first_, Next::kNothingYet) == Next::kBatch && !is_over(wait)) {
      out = std::move(batch_);
      return Next::kBatch;
    }
    if (drained_) return Next::kEnd;
    return inner_->next(out, wait, nap);
  }

  [[nodiscard]] bool runs_foreign_code() const override {
    return inner_->runs_foreign_code();
  }
  [[nodiscard]] Progress progress() const override { return inner_->progress(); }
  void cancel() noexcept override { inner_->cancel(); }
  [[nodiscard]] bool can_go_on() const noexcept override { return inner_->can_go_on(); }
  void end_now() noexcept override { inner_->end_now(); }
  void keep_alive(const Wait& wait) override { inner_->keep_alive(wait); }

 private:
  std::unique_ptr<ResultStream> inner_;
  Batch batch_;
  Next first_ = Next::kNothingYet;
  bool drained_ = false;
};

// Most results fit in one or two batches, and starting a thread costs more than reading
// those.
constexpr int kDirectBatches = 2;

class LaterPrefetchedStream : public ResultStream {
 public:
  explicit LaterPrefetchedStream(std::unique_ptr<ResultStream> inner)
      : inner_(std::move(inner)) {}

  // A copy: what a caller was told outlives the stream that the thread takes over.
  const ArrowSchema& schema(const Wait& wait) override {
    if (schema_->release == nullptr) {
      NANOARROW_THROW_NOT_OK(ArrowSchemaDeepCopy(&inner_->schema(wait), schema_.get()));
    }
    return *schema_.get();
  }

  Next next(Batch& out, const Wait& wait, Deadline nap) override {
    if (taken_ == kDirectBatches) {
      const std::lock_guard lock(mutex_);
      inner_ = prefetch(std::move(inner_));
      ++taken_;
    }
    const Next step = inner_->next(out, wait, nap);
    if (step == Next::kBatch && taken_ < kDirectBatches) ++taken_;
    return step;
  }

  [[nodiscard]] Progress progress() const override { return inner_->progress(); }
  void cancel() noexcept override {
    const std::lock_guard lock(mutex_);
    inner_->cancel();
  }

 private:
  std::mutex mutex_;  // guards inner_ against a cancel from another thread
  std::unique_ptr<ResultStream> inner_;
  UniqueSchema schema_;
  int taken_ = 0;
};

// A token stays cancelled and a deadline past, so nothing more can be read: the server
// is told at once, not when somebody drops the result.
class EndingStream : public ResultStream {
 public:
  explicit EndingStream(std::unique_ptr<ResultStream> inner)
      : inner_(std::move(inner)) {}

  const ArrowSchema& schema(const Wait& wait) override {
    try {
      return inner_->schema(wait);
    } catch (const Error&) {
      end_if_over(wait);
      throw;
    }
  }

  Next next(Batch& out, const Wait& wait, Deadline nap) override {
    try {
      if (!is_over(wait)) return inner_->next(out, wait, nap);
      // Asked all the same, because who talks to the server tells it then.
      Batch rest;
      static_cast<void>(inner_->next(rest, wait, nap));
      wait.check("reading rows");  // where rows were ready and nothing waited
      return Next::kEnd;
    } catch (const Error&) {
      end_if_over(wait);
      throw;
    }
  }

  [[nodiscard]] Progress progress() const override { return inner_->progress(); }
  void cancel() noexcept override { inner_->cancel(); }

 private:
  void end_if_over(const Wait& wait) noexcept {
    if (is_over(wait)) inner_->cancel();
  }

  std::unique_ptr<ResultStream> inner_;
};

}  // namespace

std::unique_ptr<ResultStream> primed(std::unique_ptr<ResultStream> stream,
                                     const Wait& wait) {
  return std::make_unique<PrimedStream>(std::move(stream), wait);
}

std::unique_ptr<ResultStream> prefetch_later(std::unique_ptr<ResultStream> stream) {
  return std::make_unique<LaterPrefetchedStream>(std::move(stream));
}

std::unique_ptr<ResultStream> ending_with_its_wait(
    std::unique_ptr<ResultStream> stream) {
  return std::make_unique<EndingStream>(std::move(stream));
}

}  // namespace fletching
