// SPDX-License-Identifier: Apache-2.0
#include "arrow/c_stream.h"

#include <cerrno>
#include <string>
#include <utility>

#include "base/fork_gate.h"

namespace fletching {
namespace {

struct Exported {
  std::unique_ptr<ResultStream> stream;
  std::function<Wait()> wait;
  std::string last_error;
  uint32_t generation = ForkGate::generation();
};

Exported& of(ArrowArrayStream* self) {
  return *static_cast<Exported*>(self->private_data);
}

int errno_of(Code code) {
  switch (code) {
    case Code::kCancelled:
      return ECANCELED;
    case Code::kTimeout:
      return ETIMEDOUT;
    case Code::kInvalidData:
    case Code::kInvalidArgument:
      return EINVAL;
    case Code::kNotImplemented:
      return ENOTSUP;
    default:
      return EIO;
  }
}

// No exception may cross into C. What is no Error comes from the caller's own tick: an
// interrupt, which the caller knows more about than this text says.
template <class Body>
int guarded(ArrowArrayStream* self, Body&& body) noexcept {
  Exported& exported = of(self);
  try {
    if (exported.generation != ForkGate::generation()) {
      exported.last_error = "the stream was made before the process forked";
      return EINVAL;
    }
    const ForkGate::Pass pass;
    body(exported);
    return 0;
  } catch (const Error& e) {
    exported.last_error = e.message();
    return errno_of(e.code());
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  } catch (...) {
    exported.last_error = "interrupted";
    return EINTR;
  }
}

int get_schema(ArrowArrayStream* self, ArrowSchema* out) {
  return guarded(self, [out](Exported& e) {
    if (ArrowSchemaDeepCopy(&e.stream->schema(e.wait()), out) != NANOARROW_OK) {
      throw std::bad_alloc();
    }
  });
}

int get_next(ArrowArrayStream* self, ArrowArray* out) {
  return guarded(self, [out](Exported& e) {
    Batch batch;
    if (e.stream->next(batch, e.wait()) == Next::kBatch) {
      ArrowArrayMove(batch.rows.get(), out);
    } else {
      out->release = nullptr;  // the end of the stream, by the interface's rule
    }
  });
}

const char* get_last_error(ArrowArrayStream* self) {
  return of(self).last_error.c_str();
}

void release(ArrowArrayStream* self) {
  std::unique_ptr<Exported> exported(&of(self));
  self->release = nullptr;
  self->private_data = nullptr;
  if (exported->generation != ForkGate::generation()) {
    static_cast<void>(exported.release());
    return;
  }
  const ForkGate::Pass pass;
  exported.reset();
}

}  // namespace

UniqueArrayStream export_stream(std::unique_ptr<ResultStream> stream,
                                std::function<Wait()> wait) {
  auto exported = std::make_unique<Exported>();
  exported->stream = std::move(stream);
  exported->wait = std::move(wait);
  UniqueArrayStream out;
  out->get_schema = get_schema;
  out->get_next = get_next;
  out->get_last_error = get_last_error;
  out->release = release;
  out->private_data = exported.release();
  return out;
}

}  // namespace fletching
