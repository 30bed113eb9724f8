// SPDX-License-Identifier: Apache-2.0
#include "arrow/prefetcher.h"

#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/fork_gate.h"

namespace fletching {
namespace {

int64_t bytes_of(const ArrowArray& array, int64_t rows) {
  // Exact sizes would need the schema; for a bound on what waits, 8 bytes a value and
  // what the buffers of text columns say is near enough.
  int64_t bytes = array.n_buffers * rows * 8;
  for (int64_t i = 0; i < array.n_children; ++i) {
    bytes += bytes_of(*array.children[i], array.children[i]->length);
  }
  return bytes;
}

struct Item {
  Batch batch;
  size_t bytes;
};

// What the thread and the reader share. Its mutex is held only inside a fork gate pass
// and never while waiting.
struct Shared {
  std::unique_ptr<ResultStream> inner;  // the thread's alone
  PrefetchOptions options;
  UniqueSchema schema;                  // set once, before the thread starts
  CancelToken stop;
  Event filled;                         // the reader waits for it
  Event drained;                        // the thread waits for it

  std::mutex mutex;
  std::deque<Item> items;
  size_t bytes = 0;
  bool finished = false;                // end or failure is what follows the items
  std::exception_ptr failure;
  Progress progress;                    // as of the batch put in last
};

// Threads that run, for stop_prefetchers(). Immortal, as threads may outlive statics.
struct Registry {
  std::mutex mutex;
  std::deque<std::weak_ptr<Shared>> running;
  std::atomic<int> threads{0};
  Event ended;
};

Registry& registry() {
  static auto& immortal = *new Registry;
  return immortal;
}

bool has_room(Shared& s) {
  const std::lock_guard lock(s.mutex);
  return s.items.empty() ||
         (s.items.size() < s.options.max_batches && s.bytes < s.options.max_bytes);
}

void wait_for_room(Shared& s, const Wait& wait) {
  while (!has_room(s)) {
    pollfd fd{s.drained.fd(), POLLIN, 0};
    wait_for({&fd, 1}, wait, "reading ahead");
    s.drained.clear();
  }
}

void put(Shared& s, Batch batch, Progress progress) {
  const std::lock_guard lock(s.mutex);
  const auto size =
      static_cast<size_t>(bytes_of(*batch.rows.get(), batch.rows->length));
  s.bytes += size;
  s.items.push_back({std::move(batch), size});
  s.progress = progress;
  s.filled.set();
}

void finish(Shared& s, std::exception_ptr failure) {
  const std::lock_guard lock(s.mutex);
  s.finished = true;
  s.failure = std::move(failure);
  s.filled.set();
}

void read_all(Shared& s) {
  const Wait wait{Deadline::never(), &s.stop, nullptr};
  std::exception_ptr failure;
  try {
    for (;;) {
      wait_for_room(s, wait);
      Batch batch;
      if (s.inner->next(batch, wait) != Next::kBatch) break;
      put(s, std::move(batch), s.inner->progress());
    }
  } catch (...) {
    failure = std::current_exception();
  }
  s.inner.reset();
  finish(s, std::move(failure));
}

void start_thread(const std::shared_ptr<Shared>& shared) {
  Registry& all = registry();
  {
    const std::lock_guard lock(all.mutex);
    std::erase_if(all.running, [](const auto& weak) { return weak.expired(); });
    all.running.push_back(shared);
  }
  all.threads.fetch_add(1);
  // The thread inherits this mask: signals belong to the threads of the host.
  sigset_t everything;
  sigset_t before;
  sigfillset(&everything);
  pthread_sigmask(SIG_SETMASK, &everything, &before);
  try {
    std::thread([shared = std::shared_ptr<Shared>(shared)]() mutable {
      {
        const ForkGate::Pass pass;
        read_all(*shared);
        shared.reset();
      }
      registry().threads.fetch_sub(1);
      registry().ended.set();
    }).detach();
  } catch (...) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    all.threads.fetch_sub(1);
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

class PrefetchedStream : public ResultStream {
 public:
  PrefetchedStream(std::unique_ptr<ResultStream> inner, PrefetchOptions options)
      : shared_(std::make_shared<Shared>()) {
    shared_->inner = std::move(inner);
    shared_->options = options;
  }

  ~PrefetchedStream() override {
    if (generation_ != ForkGate::generation()) {
      // Inherited: the thread is the parent's, and so is all that it shares.
      static_cast<void>(new std::shared_ptr<Shared>(std::move(shared_)));
      return;
    }
    shared_->stop.cancel();
    shared_->drained.set();
  }

  const ArrowSchema& schema(const Wait& wait) override {
    check();
    if (!started_) return shared_->inner->schema(wait);
    return *shared_->schema.get();
  }

  Next next(Batch& out, const Wait& wait, Deadline nap) override {
    check();
    start(wait);
    for (;;) {
      if (const auto step = take(out)) return *step;
      pollfd fd{shared_->filled.fd(), POLLIN, 0};
      if (!wait_for({&fd, 1}, wait, "waiting for rows", nap)) return Next::kNothingYet;
    }
  }

  [[nodiscard]] Progress progress() const override {
    if (generation_ != ForkGate::generation()) return {};
    if (!started_) return shared_->inner->progress();
    const std::lock_guard lock(shared_->mutex);
    Progress now = shared_->progress;
    now.rows = rows_;
    return now;
  }

  void cancel() noexcept override {
    if (generation_ == ForkGate::generation()) shared_->stop.cancel();
  }

 private:
  void check() const {
    if (generation_ == ForkGate::generation()) return;
    throw Error(Code::kInvalidState,
                "reading rows: the result was opened before the process forked, and its "
                "reader stayed with the parent (execute again in the child)");
  }

  void start(const Wait& wait) {
    if (started_) return;
    const ArrowSchema& schema = shared_->inner->schema(wait);
    if (ArrowSchemaDeepCopy(&schema, shared_->schema.get()) != NANOARROW_OK) {
      throw std::bad_alloc();
    }
    rows_ = shared_->inner->progress().rows;
    start_thread(shared_);
    started_ = true;
  }

  std::optional<Next> take(Batch& out) {
    const std::lock_guard lock(shared_->mutex);
    if (!shared_->items.empty()) {
      out = std::move(shared_->items.front().batch);
      shared_->bytes -= shared_->items.front().bytes;
      shared_->items.pop_front();
      shared_->drained.set();
      rows_ += out.rows->length;
      return Next::kBatch;
    }
    shared_->filled.clear();
    if (!shared_->finished) return std::nullopt;
    shared_->filled.set();
    if (shared_->failure != nullptr) std::rethrow_exception(shared_->failure);
    return Next::kEnd;
  }

  std::shared_ptr<Shared> shared_;
  const uint32_t generation_ = ForkGate::generation();
  bool started_ = false;
  int64_t rows_ = 0;
};

}  // namespace

std::unique_ptr<ResultStream> prefetch(std::unique_ptr<ResultStream> inner,
                                       PrefetchOptions options) {
  return std::make_unique<PrefetchedStream>(std::move(inner), options);
}

void stop_prefetchers(std::chrono::milliseconds at_most) noexcept {
  try {
    const ForkGate::Pass pass;
    Registry& all = registry();
    {
      const std::lock_guard lock(all.mutex);
      for (const auto& weak : all.running) {
        if (const auto shared = weak.lock()) shared->stop.cancel();
      }
    }
    const Deadline end = Deadline::after(at_most);
    while (all.threads.load() > 0 && !end.expired()) {
      pollfd fd{all.ended.fd(), POLLIN, 0};
      if (!wait_for({&fd, 1}, Wait{}, "stopping", end)) break;
      all.ended.clear();
    }
  } catch (...) {
    // At exit there is nobody to tell; the threads end with the process.
  }
}

}  // namespace fletching
