// SPDX-License-Identifier: Apache-2.0
#include "arrow/prefetcher.h"

#include <poll.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include "base/fork_gate.h"
#include "fletching/error.h"

namespace fletching {
namespace {

// About what a batch keeps alive: its buffers, without asking which bodies they share.
size_t bytes_of(const ArrowArray& array, const ArrowSchema& schema) {
  size_t total = 0;
  ArrowSchemaView view;
  if (array.length == 0 ||
      ArrowSchemaViewInit(&view, &schema, nullptr) != NANOARROW_OK) {
    return 0;
  }
  const auto rows = static_cast<size_t>(array.length);
  int64_t bits = 0;
  for (const int64_t width : view.layout.element_size_bits) bits += width;
  total += rows * static_cast<size_t>(bits) / 8;
  const auto end = array.offset + array.length;
  switch (view.storage_type) {
    case NANOARROW_TYPE_STRING:
    case NANOARROW_TYPE_BINARY:
      total += static_cast<size_t>(static_cast<const int32_t*>(array.buffers[1])[end]);
      break;
    case NANOARROW_TYPE_LARGE_STRING:
    case NANOARROW_TYPE_LARGE_BINARY:
      total += static_cast<size_t>(static_cast<const int64_t*>(array.buffers[1])[end]);
      break;
    case NANOARROW_TYPE_STRING_VIEW:
    case NANOARROW_TYPE_BINARY_VIEW:
      for (int64_t i = 0; i < array.n_buffers - 3; ++i) {
        total += static_cast<size_t>(
            static_cast<const int64_t*>(array.buffers[array.n_buffers - 1])[i]);
      }
      break;
    default:
      break;
  }
  for (int64_t i = 0; i < array.n_children; ++i) {
    total += bytes_of(*array.children[i], *schema.children[i]);
  }
  return total;
}

// What the reader and its thread share; the last of them frees it. The mutex is only
// held inside a fork gate pass and never while waiting.
class Shared {
 public:
  Shared(std::unique_ptr<ResultStream> inner, PrefetchOptions options)
      : inner_(std::move(inner)), options_(options) {}

  const uint32_t generation = ForkGate::generation();

  // The thread. Everything that goes wrong is for the reader to see.
  void run() noexcept {
    try {
      pump();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
    }
    // Whoever gave it up does not wait for this thread, and may not call again.
    if (stop_.cancelled()) inner_->end_now();
    // Not with the state: the reader may be gone, and the stream's last call should not
    // wait for it.
    inner_.reset();
    const std::lock_guard lock(mutex_);
    done_ = true;
    readable_.set();
  }

  const ArrowSchema& schema(const Wait& wait) {
    wait_until(wait, Deadline::never(), [this] { return schema_ready_ || done_; });
    const std::lock_guard lock(mutex_);
    if (!schema_ready_) rethrow();
    return *schema_.get();
  }

  Next next(Batch& out, const Wait& wait, Deadline nap) {
    go_on_after_failure();
    const bool ready =
        wait_until(wait, nap, [this] { return !queue_.empty() || done_; });
    if (!ready) return Next::kNothingYet;
    const std::lock_guard lock(mutex_);
    if (queue_.empty()) {
      if (failure_ != nullptr) rethrow();
      return Next::kEnd;
    }
    Entry entry = std::move(queue_.front());
    queue_.pop_front();
    if (entry.failure != nullptr) std::rethrow_exception(entry.failure);
    out = std::move(entry.batch);
    bytes_ -= entry.bytes;
    rows_ += out.rows->length;
    writable_.set();
    return Next::kBatch;
  }

  [[nodiscard]] Progress progress() const {
    const std::lock_guard lock(mutex_);
    Progress now = progress_;
    now.rows = rows_;
    return now;
  }

  void cancel() noexcept {
    stop_.cancel();
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    readable_.set();
  }

 private:
  struct Entry {
    Batch batch;
    size_t bytes = 0;
    std::exception_ptr failure;  // instead of a batch; the thread has stopped there
  };

  [[noreturn]] void rethrow() const {
    if (failure_ != nullptr) std::rethrow_exception(failure_);
    throw Error(Code::kCancelled, "reading ahead: cancelled");
  }

  void pump() {
    Wait wait;
    wait.cancel = &stop_;
    const ArrowSchema& schema = inner_->schema(wait);
    publish_schema(schema);
    for (;;) {
      wait_for_room(wait);
      Batch batch;
      Next step = Next::kNothingYet;
      try {
        step = inner_->next(batch, wait);
      } catch (const Error&) {
        if (stop_.cancelled() || !inner_->can_go_on()) throw;
        push_failure(std::current_exception());
        wait_for_reader(wait);
      }
      if (step == Next::kEnd) return;
      if (step == Next::kBatch) push(std::move(batch), schema);
    }
  }

  // The failure stands where it came, behind the batches before it. Whether to go on is
  // the reader's choice: it does so by asking once more.
  void push_failure(std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    queue_.push_back({.failure = std::move(failure)});
    paused_ = true;
    readable_.set();
  }
  void wait_for_reader(const Wait& wait) {
    for (;;) {
      {
        const std::lock_guard lock(mutex_);
        writable_.clear();
        if (!paused_) return;
      }
      wait_for_reading(wait);
    }
  }
  // Until the reader has done something, or some time has passed.
  void wait_for_reading(const Wait& wait) {
    pollfd fd{writable_.fd(), POLLIN, 0};
    const Deadline beat = options_.keep_alive.count() > 0
                              ? Deadline::after(options_.keep_alive)
                              : Deadline::never();
    if (!wait_for({&fd, 1}, wait, "reading ahead", beat)) inner_->keep_alive(wait);
  }
  // Once the reader has been told of the failure, which is the last in the queue.
  void go_on_after_failure() {
    const std::lock_guard lock(mutex_);
    if (!paused_ || !queue_.empty()) return;
    paused_ = false;
    writable_.set();
  }

  void publish_schema(const ArrowSchema& schema) {
    const std::lock_guard lock(mutex_);
    if (ArrowSchemaDeepCopy(&schema, schema_.get()) != NANOARROW_OK) {
      throw std::bad_alloc();
    }
    schema_ready_ = true;
    readable_.set();
  }

  void wait_for_room(const Wait& wait) {
    for (;;) {
      {
        const std::lock_guard lock(mutex_);
        writable_.clear();
        if (queue_.empty() ||
            (queue_.size() < options_.max_batches && bytes_ < options_.max_bytes)) {
          return;
        }
      }
      wait_for_reading(wait);
    }
  }

  void push(Batch batch, const ArrowSchema& schema) {
    const size_t bytes = bytes_of(*batch.rows.get(), schema);
    const Progress progress = inner_->progress();
    const std::lock_guard lock(mutex_);
    queue_.push_back({.batch = std::move(batch), .bytes = bytes});
    bytes_ += bytes;
    progress_ = progress;
    readable_.set();
  }

  // False where the nap was over first.
  template <class Ready>
  bool wait_until(const Wait& wait, Deadline nap, Ready ready) {
    for (;;) {
      {
        const std::lock_guard lock(mutex_);
        if (cancelled_) throw Error(Code::kCancelled, "reading the result: cancelled");
        if (ready()) return true;
        readable_.clear();
      }
      pollfd fd{readable_.fd(), POLLIN, 0};
      if (!wait_for({&fd, 1}, wait, "reading the result", nap)) return false;
    }
  }

  std::unique_ptr<ResultStream> inner_;  // the thread's
  const PrefetchOptions options_;
  CancelToken stop_;
  Event readable_;
  Event writable_;

  mutable std::mutex mutex_;  // guards all below
  UniqueSchema schema_;
  bool schema_ready_ = false;
  bool done_ = false;
  bool cancelled_ = false;
  bool paused_ = false;  // after a failure, until the reader asks for more
  std::exception_ptr failure_;
  std::deque<Entry> queue_;
  size_t bytes_ = 0;
  int64_t rows_ = 0;
  Progress progress_;
};

// The threads that run. Immortal, and guarded only inside a fork gate pass, so a forked
// child finds the mutex free; threads of another generation do not count there.
struct Registry {
  std::mutex mutex;
  uint32_t generation = ForkGate::generation();
  std::vector<std::weak_ptr<Shared>> all;
  int running = 0;
  Event ended;

  void renew_after_fork() {
    if (generation == ForkGate::generation()) return;
    generation = ForkGate::generation();
    all.clear();
    running = 0;
  }
};

Registry& registry() {
  static auto& immortal = *new Registry;
  return immortal;
}

void* thread_main(void* argument) {
  {
    const ForkGate::Pass pass;
    {
      const std::unique_ptr<std::shared_ptr<Shared>> shared(
          static_cast<std::shared_ptr<Shared>*>(argument));
      (*shared)->run();
    }
    Registry& r = registry();
    const std::lock_guard lock(r.mutex);
    --r.running;
    r.ended.set();
  }
  return nullptr;
}

// What TLS, decompression and nested types have room in; musl gives a thread 128 KiB.
constexpr size_t kLeastStack = 1 << 20;

// A detached thread with every signal blocked: Ctrl-C is for the threads that the
// process knows of.
void start(const std::shared_ptr<Shared>& shared) {
  auto argument = std::make_unique<std::shared_ptr<Shared>>(shared);
  Registry& r = registry();
  {
    const std::lock_guard lock(r.mutex);
    r.renew_after_fork();
    std::erase_if(r.all, [](const auto& weak) { return weak.expired(); });
    r.all.push_back(shared);
    ++r.running;
  }
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  size_t stack = 0;
  pthread_attr_getstacksize(&attributes, &stack);
  pthread_attr_setstacksize(&attributes, std::max(stack, kLeastStack));
  sigset_t every;
  sigset_t before;
  sigfillset(&every);
  pthread_sigmask(SIG_SETMASK, &every, &before);
  pthread_t thread{};
  const int failed = pthread_create(&thread, &attributes, &thread_main, argument.get());
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (failed != 0) {
    const std::lock_guard lock(r.mutex);
    --r.running;
    throw Error(Code::kIo, "reading ahead: no thread could be started");
  }
  static_cast<void>(argument.release());
}

class Prefetched : public ResultStream {
 public:
  Prefetched(std::unique_ptr<ResultStream> inner, PrefetchOptions options)
      : shared_(std::make_shared<Shared>(std::move(inner), options)) {
    const ForkGate::Pass pass;
    start(shared_);
  }

  ~Prefetched() override {
    if (shared_->generation == ForkGate::generation()) {
      const ForkGate::Pass pass;
      shared_->cancel();
      shared_.reset();
    } else {
      // The thread did not come along, and what it held is the parent's: leaked.
      static_cast<void>(new std::shared_ptr<Shared>(std::move(shared_)));
    }
  }
  Prefetched(const Prefetched&) = delete;
  Prefetched& operator=(const Prefetched&) = delete;

  const ArrowSchema& schema(const Wait& wait) override {
    const ForkGate::Pass pass;
    check_generation();
    return shared_->schema(wait);
  }
  Next next(Batch& out, const Wait& wait, Deadline nap) override {
    const ForkGate::Pass pass;
    check_generation();
    return shared_->next(out, wait, nap);
  }
  [[nodiscard]] Progress progress() const override {
    const ForkGate::Pass pass;
    check_generation();
    return shared_->progress();
  }
  void cancel() noexcept override {
    if (shared_->generation != ForkGate::generation()) return;
    const ForkGate::Pass pass;
    shared_->cancel();
  }

 private:
  void check_generation() const {
    if (shared_->generation == ForkGate::generation()) return;
    throw Error(
        Code::kInvalidState,
        "this result was being read when the process forked, and belongs to the "
        "parent (run the query again in the child)");
  }

  std::shared_ptr<Shared> shared_;
};

}  // namespace

std::unique_ptr<ResultStream> prefetch(std::unique_ptr<ResultStream> inner,
                                       PrefetchOptions options) {
  return std::make_unique<Prefetched>(std::move(inner), options);
}

void stop_prefetchers(std::chrono::milliseconds at_most) noexcept {
  try {
    const ForkGate::Pass pass;
    const Deadline until = Deadline::at(Clock::now() + at_most);
    Registry& r = registry();
    std::vector<std::shared_ptr<Shared>> all;
    {
      const std::lock_guard lock(r.mutex);
      r.renew_after_fork();
      for (const auto& weak : r.all) {
        if (auto shared = weak.lock()) all.push_back(std::move(shared));
      }
    }
    for (const auto& shared : all) shared->cancel();
    all.clear();
    for (;;) {
      {
        const std::lock_guard lock(r.mutex);
        r.ended.clear();
        if (r.running == 0) return;
      }
      pollfd fd{r.ended.fd(), POLLIN, 0};
      if (!wait_for({&fd, 1}, Wait{}, "stopping", until)) return;
    }
  } catch (...) {
    // At exit there is nobody to tell, and no more to be done.
  }
}

}  // namespace fletching
