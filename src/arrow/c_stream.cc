// SPDX-License-Identifier: Apache-2.0
#include "arrow/c_stream.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "base/fork_gate.h"

namespace fletching {

int errno_of(Code code) noexcept {
  switch (code) {
    case Code::kCancelled:
      return ECANCELED;
    case Code::kTimeout:
      return ETIMEDOUT;
    case Code::kInvalidData:
    case Code::kInvalidArgument:
    case Code::kInvalidState:
      return EINVAL;
    case Code::kNotImplemented:
      return ENOTSUP;
    case Code::kNotFound:
      return ENOENT;
    case Code::kUnauthenticated:
    case Code::kUnauthorized:
      return EACCES;
    default:
      return EIO;
  }
}

namespace {

class Exported {
 public:
  Exported(std::unique_ptr<ResultStream> stream, MakeWait make_wait)
      : stream_(std::move(stream)), make_wait_(std::move(make_wait)) {}

  ~Exported() {
    if (generation_ == ForkGate::generation()) {
      const ForkGate::Pass pass;
      stream_.reset();
    } else {
      static_cast<void>(stream_.release());  // the parent's: not ours to touch
    }
  }
  Exported(const Exported&) = delete;
  Exported& operator=(const Exported&) = delete;

  int get_schema(ArrowSchema* out) noexcept {
    return guard([&] {
      const ArrowSchema& schema = stream_->schema(make_wait_());
      if (ArrowSchemaDeepCopy(&schema, out) != NANOARROW_OK) throw std::bad_alloc();
    });
  }

  int get_next(ArrowArray* out) noexcept {
    return guard([&] {
      Batch batch;
      const Wait wait = make_wait_();
      Next next = Next::kNothingYet;
      while (next == Next::kNothingYet) next = stream_->next(batch, wait);
      if (next == Next::kBatch) {
        ArrowArrayMove(batch.rows.get(), out);
      } else {
        out->release = nullptr;
      }
    });
  }

  [[nodiscard]] const char* last_error() const noexcept {
    return failed_ == 0 ? nullptr : message_.c_str();
  }

 private:
  // Only the tick, that is the face's own code, throws anything but Error and
  // bad_alloc.
  template <class Call>
  int guard(Call&& call) noexcept {
    if (failed_ != 0) return failed_;
    try {
      if (generation_ != ForkGate::generation()) {
        throw Error(
            Code::kInvalidState,
            "this stream was made before the process forked, and belongs to the "
            "parent");
      }
      const ForkGate::Pass pass;
      call();
      return 0;
    } catch (const Error& error) {
      return fail(errno_of(error.code()), error.what());
    } catch (const std::bad_alloc&) {
      return fail(ENOMEM, "out of memory");
    } catch (const std::exception& error) {
      return fail(EINTR, error.what());
    } catch (...) {
      return fail(EINTR, "interrupted");
    }
  }

  int fail(int code, const char* message) noexcept {
    failed_ = code;
    try {
      message_ = message;
    } catch (...) {
      message_.clear();
    }
    return code;
  }

  const uint32_t generation_ = ForkGate::generation();
  std::unique_ptr<ResultStream> stream_;
  MakeWait make_wait_;
  int failed_ = 0;
  std::string message_;
};

Exported& self(ArrowArrayStream* stream) {
  return *static_cast<Exported*>(stream->private_data);
}

// Somebody else's rows are let go outside of the gate: it may take the interpreter
// lock, and who holds that may be waiting for the gate, to fork.
void release_foreign(ArrowArray* array) {
  const std::unique_ptr<ArrowArray> rows(static_cast<ArrowArray*>(array->private_data));
  array->release = nullptr;
  const ForkGate::Outside outside;
  rows->release(rows.get());
}

// The children stay where they are, so all of it is let go together.
void let_go_outside(ArrowArray* array) {
  auto rows = std::make_unique<ArrowArray>(*array);
  array->private_data = rows.release();
  array->release = &release_foreign;
}

class Imported : public ResultStream {
 public:
  explicit Imported(UniqueArrayStream stream) : stream_(std::move(stream)) {}
  ~Imported() override {
    const ForkGate::Outside outside;
    stream_.reset();
    schema_.reset();
  }

  const ArrowSchema& schema(const Wait& wait) override {
    if (schema_->release != nullptr) return *schema_.get();
    check(wait);
    int code = 0;
    {
      const ForkGate::Outside outside;  // foreign code
      code = stream_->get_schema(stream_.get(), schema_.get());
    }
    if (code != 0) fail(code);
    if (schema_->format == nullptr || std::strcmp(schema_->format, "+s") != 0) {
      throw Error(Code::kInvalidArgument,
                  "reading an Arrow stream: its schema is not a struct type");
    }
    return *schema_.get();
  }

  Next next(Batch& out, const Wait& wait, Deadline) override {
    check(wait);
    if (ended_) return Next::kEnd;
    static_cast<void>(schema(wait));
    out.ops.clear();
    out.rows.reset();
    int code = 0;
    {
      const ForkGate::Outside outside;
      code = stream_->get_next(stream_.get(), out.rows.get());
    }
    if (code != 0) fail(code);
    ended_ = out.rows->release == nullptr;
    if (!ended_) let_go_outside(out.rows.get());
    check(wait);
    if (ended_) return Next::kEnd;
    rows_ += out.rows->length;
    return Next::kBatch;
  }

  [[nodiscard]] Progress progress() const override { return {.rows = rows_}; }
  void cancel() noexcept override { cancelled_.store(true, std::memory_order_release); }

 private:
  void check(const Wait& wait) const {
    wait.check("reading an Arrow stream");
    if (cancelled_.load(std::memory_order_acquire)) {
      throw Error(Code::kCancelled, "reading an Arrow stream: cancelled");
    }
  }

  [[noreturn]] void fail(int code) {
    std::string why;
    {
      const ForkGate::Outside outside;
      const char* text = stream_->get_last_error(stream_.get());
      why = text != nullptr ? text : std::strerror(code);
    }
    const Code kind = code == ECANCELED || code == EINTR ? Code::kCancelled
                      : code == ETIMEDOUT                ? Code::kTimeout
                      : code == ENOTSUP                  ? Code::kNotImplemented
                      : code == EINVAL                   ? Code::kInvalidArgument
                                                         : Code::kIo;
    throw Error(kind, "reading an Arrow stream: " + why);
  }

  UniqueArrayStream stream_;
  UniqueSchema schema_;
  bool ended_ = false;
  int64_t rows_ = 0;
  std::atomic<bool> cancelled_{false};
};

}  // namespace

UniqueArrayStream export_stream(std::unique_ptr<ResultStream> stream,
                                MakeWait make_wait) {
  auto exported = std::make_unique<Exported>(std::move(stream), std::move(make_wait));
  UniqueArrayStream out;
  out->private_data = exported.release();
  out->get_schema = [](ArrowArrayStream* s, ArrowSchema* schema) {
    return self(s).get_schema(schema);
  };
  out->get_next = [](ArrowArrayStream* s, ArrowArray* array) {
    return self(s).get_next(array);
  };
  out->get_last_error = [](ArrowArrayStream* s) { return self(s).last_error(); };
  out->release = [](ArrowArrayStream* s) {
    delete &self(s);
    s->release = nullptr;
  };
  return out;
}

std::unique_ptr<ResultStream> import_stream(UniqueArrayStream stream) {
  return std::make_unique<Imported>(std::move(stream));
}

}  // namespace fletching
