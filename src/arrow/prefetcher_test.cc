// SPDX-License-Identifier: Apache-2.0
#include "arrow/prefetcher.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>
#include <utility>

#include "arrow/c_stream.h"
#include "base/fork_gate.h"
#include "fletching/error.h"

namespace fletching {
namespace {

UniqueSchema one_column() {
  UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  EXPECT_EQ(ArrowSchemaSetTypeStruct(schema.get(), 1), NANOARROW_OK);
  EXPECT_EQ(ArrowSchemaSetType(schema->children[0], NANOARROW_TYPE_INT64),
            NANOARROW_OK);
  EXPECT_EQ(ArrowSchemaSetName(schema->children[0], "n"), NANOARROW_OK);
  return schema;
}

UniqueArray one_row(int64_t value) {
  const UniqueSchema schema = one_column();
  UniqueArray array;
  EXPECT_EQ(ArrowArrayInitFromSchema(array.get(), schema.get(), nullptr), NANOARROW_OK);
  EXPECT_EQ(ArrowArrayStartAppending(array.get()), NANOARROW_OK);
  EXPECT_EQ(ArrowArrayAppendInt(array->children[0], value), NANOARROW_OK);
  EXPECT_EQ(ArrowArrayFinishElement(array.get()), NANOARROW_OK);
  EXPECT_EQ(ArrowArrayFinishBuildingDefault(array.get(), nullptr), NANOARROW_OK);
  return array;
}

int64_t value_of(const Batch& batch) {
  return static_cast<const int64_t*>(batch.rows->children[0]->buffers[1])[0];
}

// What the test and the stream, which a thread may own, both look at.
struct Record {
  std::atomic<int> made{0}, kept_alive{0};
  std::atomic<bool> ended{false};
  std::atomic<bool> destroyed{false};
  std::atomic<bool> signals_blocked{false};
};

// Counts up to `end`, then ends, throws, or waits for ever.
class Counter : public ResultStream {
 public:
  enum class Finally { kEnd, kThrow, kHang };
  Counter(std::shared_ptr<Record> record, int end, Finally finally)
      : record_(std::move(record)),
        schema_(one_column()),
        end_(end),
        finally_(finally) {}
  ~Counter() override { record_->destroyed = true; }

  const ArrowSchema& schema(const Wait&) override { return *schema_.get(); }
  Next next(Batch& out, const Wait& wait, Deadline nap) override {
    sigset_t now;
    pthread_sigmask(SIG_SETMASK, nullptr, &now);
    record_->signals_blocked = sigismember(&now, SIGINT) == 1;
    if (record_->made == end_) {
      if (finally_ == Finally::kEnd) return Next::kEnd;
      if (finally_ == Finally::kThrow) throw Error(Code::kIo, "the wire broke");
      wait_for({}, wait, "counting", nap);
      return Next::kNothingYet;
    }
    out.rows = one_row(record_->made++);
    return Next::kBatch;
  }
  void cancel() noexcept override {}
  void keep_alive(const Wait&) override { ++record_->kept_alive; }

 private:
  std::shared_ptr<Record> record_;
  UniqueSchema schema_;
  int end_;
  Finally finally_;
};

using Finally = Counter::Finally;

template <class Condition>
bool comes_true(Condition condition) {
  for (int i = 0; i < 500; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

std::unique_ptr<ResultStream> counter(const std::shared_ptr<Record>& record, int end,
                                      Finally finally, PrefetchOptions options = {}) {
  return prefetch(std::make_unique<Counter>(record, end, finally), options);
}

TEST(PrefetcherTest, GivesEveryBatchInOrderAndThenEndsForGood) {
  const auto record = std::make_shared<Record>();
  const auto stream = counter(record, 100, Finally::kEnd);
  Batch batch;
  EXPECT_STREQ(stream->schema(Wait{}).children[0]->name, "n");
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(stream->next(batch, Wait{}), Next::kBatch);
    EXPECT_EQ(value_of(batch), i);
  }
  EXPECT_EQ(stream->next(batch, Wait{}), Next::kEnd);
  EXPECT_EQ(stream->next(batch, Wait{}), Next::kEnd);
  EXPECT_EQ(stream->progress().rows, 100);
  EXPECT_TRUE(record->signals_blocked);
}

TEST(PrefetcherTest, ReadsAheadNoFurtherThanAllowed) {
  const auto record = std::make_shared<Record>();
  const auto stream = counter(record, 1000, Finally::kEnd, {.max_batches = 4});
  ASSERT_TRUE(comes_true([&] { return record->made >= 4; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_LE(record->made, 5);
  Batch batch;
  ASSERT_EQ(stream->next(batch, Wait{}), Next::kBatch);
  EXPECT_TRUE(comes_true([&] { return record->made >= 5; }));
}

TEST(PrefetcherTest, AnErrorComesAfterTheBatchesBeforeItAndStays) {
  const auto stream = counter(std::make_shared<Record>(), 3, Finally::kThrow);
  Batch batch;
  for (int i = 0; i < 3; ++i) ASSERT_EQ(stream->next(batch, Wait{}), Next::kBatch);
  for (int i = 0; i < 2; ++i) {
    try {
      stream->next(batch, Wait{});
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.message(), "the wire broke");
    }
  }
}

// Throws once in place of each third batch, and goes on when it is asked to.
class Stumbling final : public Counter {
 public:
  explicit Stumbling(std::shared_ptr<Record> record)
      : Counter(record, 6, Finally::kEnd), record_(std::move(record)) {}
  Next next(Batch& out, const Wait& wait, Deadline nap) override {
    if (std::exchange(stumbles_, record_->made % 3 == 1 && !stumbles_)) {
      throw Error(Code::kInvalidData, "a bad row");
    }
    return Counter::next(out, wait, nap);
  }
  [[nodiscard]] bool can_go_on() const noexcept override { return true; }
  void end_now() noexcept override { record_->ended = true; }

 private:
  std::shared_ptr<Record> record_;
  bool stumbles_ = false;
};

TEST(PrefetcherTest, AStreamThatCanGoOnDoesSoWhenItIsAskedAgain) {
  const auto record = std::make_shared<Record>();
  const auto stream = prefetch(std::make_unique<Stumbling>(record));
  std::string seen;
  Batch batch;
  while (true) {
    try {
      if (stream->next(batch, Wait{}) == Next::kEnd) break;
      seen += std::to_string(value_of(batch));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::kInvalidData);
      seen += '!';
    }
  }
  EXPECT_EQ(seen, "01!234!5");
}

TEST(PrefetcherTest, WhatIsGivenUpWithAFullQueueIsEndedByTheThread) {
  const auto record = std::make_shared<Record>();
  auto stream = prefetch(std::make_unique<Stumbling>(record), {.max_batches = 1});
  ASSERT_TRUE(comes_true([&] { return record->made >= 1; }));
  stream.reset();
  EXPECT_TRUE(comes_true([&] { return record->ended && record->destroyed; }));
}

TEST(PrefetcherTest, KeepsAliveWhatNobodyReads) {
  const auto record = std::make_shared<Record>();
  const PrefetchOptions options{.max_batches = 1,
                                .keep_alive = std::chrono::milliseconds(5)};
  const auto stream = counter(record, 3, Finally::kEnd, options);
  ASSERT_TRUE(comes_true([&] { return record->kept_alive >= 3; }));
  EXPECT_EQ(record->made, 1);
  Batch batch;
  for (int64_t n = 0; n < 3; ++n) {
    ASSERT_EQ(stream->next(batch, Wait{}), Next::kBatch);
    EXPECT_EQ(value_of(batch), n);
  }
  EXPECT_EQ(stream->next(batch, Wait{}), Next::kEnd);
}

TEST(PrefetcherTest, NapAndDeadlineEndTheWaitButNotTheStream) {
  const auto stream = counter(std::make_shared<Record>(), 1, Finally::kHang);
  Batch batch;
  ASSERT_EQ(stream->next(batch, Wait{}), Next::kBatch);
  const auto soon = Deadline::after(std::chrono::milliseconds(20));
  EXPECT_EQ(stream->next(batch, Wait{}, soon), Next::kNothingYet);
  try {
    stream->next(batch, Wait{Deadline::after(std::chrono::milliseconds(20))});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kTimeout);
  }
}

TEST(PrefetcherTest, CancelWakesTheReaderAndFreesTheInnerStream) {
  const auto record = std::make_shared<Record>();
  const auto stream = counter(record, 0, Finally::kHang);
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    stream->cancel();
  });
  Batch batch;
  try {
    stream->next(batch, Wait{});
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kCancelled);
  }
  other.join();
  EXPECT_TRUE(comes_true([&] { return record->destroyed.load(); }));
}

TEST(PrefetcherTest, DestructorDoesNotWaitAndTheThreadEnds) {
  const auto record = std::make_shared<Record>();
  const auto start = Clock::now();
  counter(record, 0, Finally::kHang).reset();
  EXPECT_LT(Clock::now() - start, std::chrono::milliseconds(500));
  EXPECT_TRUE(comes_true([&] { return record->destroyed.load(); }));
}

TEST(PrefetcherTest, StopEndsAllThreads) {
  const auto record = std::make_shared<Record>();
  const auto stream = counter(record, 0, Finally::kHang);
  stop_prefetchers(std::chrono::seconds(5));
  EXPECT_TRUE(record->destroyed);
  Batch batch;
  EXPECT_THROW(stream->next(batch, Wait{}), Error);
}

TEST(PrefetcherForkTest, AChildGetsAnErrorAndTheParentReadsOn) {
  const auto record = std::make_shared<Record>();
  auto stream = counter(record, 50, Finally::kEnd, {.max_batches = 2});
  Batch batch;
  ASSERT_EQ(stream->next(batch, Wait{}), Next::kBatch);
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    int code = 1;
    try {
      stream->next(batch, Wait{});
    } catch (const Error& error) {
      code = error.code() == Code::kInvalidState ? 0 : 2;
    }
    stream->cancel();
    stream.reset();
    // A child reads ahead by itself.
    const auto own = counter(std::make_shared<Record>(), 1, Finally::kEnd);
    if (own->next(batch, Wait{}) != Next::kBatch) code = 3;
    stop_prefetchers(std::chrono::seconds(1));
    ::_exit(code);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  int rows = 1;
  while (stream->next(batch, Wait{}) == Next::kBatch) ++rows;
  EXPECT_EQ(rows, 50);
}

class ThrowingTick : public Tick {
 public:
  void tick() override { throw std::runtime_error("KeyboardInterrupt"); }
};

TEST(CStreamTest, ExportsBatchesThenTheEnd) {
  auto exported = export_stream(
      std::make_unique<Counter>(std::make_shared<Record>(), 2, Finally::kEnd),
      [] { return Wait{}; });
  auto stream = import_stream(std::move(exported));
  Batch batch;
  EXPECT_EQ(stream->schema(Wait{}).n_children, 1);
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(stream->next(batch, Wait{}), Next::kBatch);
    EXPECT_EQ(value_of(batch), i);
  }
  EXPECT_EQ(stream->next(batch, Wait{}), Next::kEnd);
  EXPECT_EQ(stream->next(batch, Wait{}), Next::kEnd);
}

int first_failure(Finally finally, const MakeWait& make_wait, std::string* text) {
  auto stream = export_stream(
      std::make_unique<Counter>(std::make_shared<Record>(), 0, finally), make_wait);
  UniqueArray array;
  const int code = stream->get_next(stream.get(), array.get());
  *text = stream->get_last_error(stream.get());
  EXPECT_EQ(stream->get_next(stream.get(), array.get()), code) << "errors stay";
  return code;
}

TEST(CStreamTest, FailuresHaveTheirErrnoAndText) {
  std::string text;
  EXPECT_EQ(first_failure(Finally::kThrow, [] { return Wait{}; }, &text), EIO);
  EXPECT_EQ(text, "the wire broke");
  const auto soon = [] { return Wait{Deadline::after(std::chrono::milliseconds(10))}; };
  EXPECT_EQ(first_failure(Finally::kHang, soon, &text), ETIMEDOUT);
  CancelToken token;
  token.cancel();
  const auto cancelled = [&] { return Wait{Deadline::never(), &token}; };
  EXPECT_EQ(first_failure(Finally::kHang, cancelled, &text), ECANCELED);
  ThrowingTick tick;
  const auto ticking = [&] { return Wait{Deadline::never(), nullptr, &tick}; };
  EXPECT_EQ(first_failure(Finally::kHang, ticking, &text), EINTR);
  EXPECT_EQ(text, "KeyboardInterrupt");
}

}  // namespace
}  // namespace fletching
