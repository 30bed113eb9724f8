// SPDX-License-Identifier: Apache-2.0
#include "arrow/prefetcher.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <utility>

#include "arrow/c_stream.h"
#include "base/fork_gate.h"

namespace fletching {
namespace {

struct Script {
  int batches = 3;
  bool fails = false;
  bool never_ends = false;
  std::atomic<int> made{0};
  std::atomic<bool> destroyed{false};
};

// A stream of batches with one int64 column that holds the batch's number.
class ScriptedStream : public ResultStream {
 public:
  explicit ScriptedStream(std::shared_ptr<Script> script) : script_(std::move(script)) {
    ArrowSchemaInit(schema_.get());
    NANOARROW_THROW_NOT_OK(ArrowSchemaSetTypeStruct(schema_.get(), 1));
    NANOARROW_THROW_NOT_OK(
        ArrowSchemaSetType(schema_->children[0], NANOARROW_TYPE_INT64));
  }
  ~ScriptedStream() override { script_->destroyed = true; }

  const ArrowSchema& schema(const Wait&) override { return *schema_.get(); }

  Next next(Batch& out, const Wait& wait, Deadline) override {
    if (script_->made == script_->batches) {
      if (script_->never_ends) wait_for({}, wait, "scripted");
      if (script_->fails) throw Error(Code::kIo, "the script ended badly");
      return Next::kEnd;
    }
    NANOARROW_THROW_NOT_OK(
        ArrowArrayInitFromSchema(out.rows.get(), schema_.get(), nullptr));
    NANOARROW_THROW_NOT_OK(ArrowArrayStartAppending(out.rows.get()));
    NANOARROW_THROW_NOT_OK(
        ArrowArrayAppendInt(out.rows->children[0], script_->made.fetch_add(1)));
    NANOARROW_THROW_NOT_OK(ArrowArrayFinishElement(out.rows.get()));
    NANOARROW_THROW_NOT_OK(ArrowArrayFinishBuildingDefault(out.rows.get(), nullptr));
    return Next::kBatch;
  }
  void cancel() noexcept override {}

 private:
  std::shared_ptr<Script> script_;
  UniqueSchema schema_;
};

int64_t value_of(const Batch& batch) {
  return static_cast<const int64_t*>(batch.rows->children[0]->buffers[1])[0];
}

TEST(Prefetcher, HandsOutEverythingInOrderAndThenTheEndForEver) {
  auto script = std::make_shared<Script>();
  script->batches = 100;
  auto stream = prefetch(std::make_unique<ScriptedStream>(script), {.max_batches = 3});
  EXPECT_EQ(stream->schema(Wait{}).n_children, 1);
  for (int64_t i = 0; i < 100; ++i) {
    Batch batch;
    ASSERT_EQ(stream->next(batch, Wait{}), Next::kBatch);
    EXPECT_EQ(value_of(batch), i);
  }
  Batch batch;
  EXPECT_EQ(stream->next(batch, Wait{}), Next::kEnd);
  EXPECT_EQ(stream->next(batch, Wait{}), Next::kEnd);
  EXPECT_EQ(stream->progress().rows, 100);
}

TEST(Prefetcher, ReadsAheadOnlySoFar) {
  auto script = std::make_shared<Script>();
  script->batches = 100;
  auto stream = prefetch(std::make_unique<ScriptedStream>(script), {.max_batches = 3});
  Batch batch;
  ASSERT_EQ(stream->next(batch, Wait{}), Next::kBatch);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_LE(script->made, 5);
}

TEST(Prefetcher, AFailureComesAfterTheRowsBeforeIt) {
  auto script = std::make_shared<Script>();
  script->fails = true;
  auto stream = prefetch(std::make_unique<ScriptedStream>(script));
  for (int i = 0; i < 3; ++i) {
    Batch batch;
    ASSERT_EQ(stream->next(batch, Wait{}), Next::kBatch);
  }
  for (int i = 0; i < 2; ++i) {
    Batch batch;
    EXPECT_THROW(stream->next(batch, Wait{}), Error);
  }
}

TEST(Prefetcher, DroppingItNeitherWaitsNorLeavesTheThreadBehind) {
  auto script = std::make_shared<Script>();
  script->never_ends = true;
  auto stream = prefetch(std::make_unique<ScriptedStream>(script));
  Batch batch;
  ASSERT_EQ(stream->next(batch, Wait{}), Next::kBatch);
  stream.reset();
  stop_prefetchers(std::chrono::seconds(10));
  EXPECT_TRUE(script->destroyed);
}

TEST(Prefetcher, AReaderThatWaitsCanBeCancelled) {
  auto script = std::make_shared<Script>();
  script->batches = 0;
  script->never_ends = true;
  auto stream = prefetch(std::make_unique<ScriptedStream>(script));
  CancelToken token;
  Wait wait;
  wait.cancel = &token;
  std::thread canceller([&] { token.cancel(); });
  Batch batch;
  try {
    stream->next(batch, wait);
    ADD_FAILURE() << "was not cancelled";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::kCancelled);
  }
  canceller.join();
}

TEST(Prefetcher, AChildOfForkGetsAnErrorAndMayDropIt) {
  auto script = std::make_shared<Script>();
  script->never_ends = true;
  auto stream = prefetch(std::make_unique<ScriptedStream>(script));
  Batch batch;
  ASSERT_EQ(stream->next(batch, Wait{}), Next::kBatch);
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    bool refused = false;
    try {
      stream->next(batch, Wait{});
    } catch (const Error&) {
      refused = true;
    }
    stream.reset();
    ::_exit(refused ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_EQ(stream->next(batch, Wait{}), Next::kBatch);
}

struct Interrupt {};
struct ThrowingTick : Tick {
  void tick() override { throw Interrupt{}; }
};

TEST(CStream, ErrorsBecomeErrnoAndText) {
  auto script = std::make_shared<Script>();
  script->batches = 1;
  script->fails = true;
  UniqueArrayStream stream =
      export_stream(std::make_unique<ScriptedStream>(script), [] { return Wait{}; });
  UniqueArray rows;
  ASSERT_EQ(stream->get_next(stream.get(), rows.get()), 0);
  ASSERT_NE(rows->release, nullptr);
  UniqueArray more;
  EXPECT_EQ(stream->get_next(stream.get(), more.get()), EIO);
  EXPECT_STREQ(stream->get_last_error(stream.get()), "the script ended badly");
}

TEST(CStream, AnInterruptIsEintr) {
  auto script = std::make_shared<Script>();
  script->batches = 0;
  script->never_ends = true;
  ThrowingTick tick;
  UniqueArrayStream stream = export_stream(std::make_unique<ScriptedStream>(script),
                                           [&tick] {
                                             Wait wait;
                                             wait.tick = &tick;
                                             return wait;
                                           });
  UniqueArray rows;
  EXPECT_EQ(stream->get_next(stream.get(), rows.get()), EINTR);
}

TEST(CStream, TheEndIsAReleasedArray) {
  auto script = std::make_shared<Script>();
  script->batches = 0;
  UniqueArrayStream stream =
      export_stream(std::make_unique<ScriptedStream>(script), [] { return Wait{}; });
  UniqueArray rows;
  EXPECT_EQ(stream->get_next(stream.get(), rows.get()), 0);
  EXPECT_EQ(rows->release, nullptr);
}

}  // namespace
}  // namespace fletching
