// SPDX-License-Identifier: Apache-2.0
#include "bindings/adbc/stream.h"

#include <utility>

#include "arrow/c_stream.h"
#include "bindings/adbc/error.h"

namespace fletching::adbc {
namespace {

class ExportedResult {
 public:
  explicit ExportedResult(Result result) : result_(std::move(result)) {}
  ~ExportedResult() {
    if (error_.release != nullptr) error_.release(&error_);
  }
  ExportedResult(const ExportedResult&) = delete;
  ExportedResult& operator=(const ExportedResult&) = delete;

  static int get_schema(ArrowArrayStream* stream, ArrowSchema* out) {
    auto& self = of(stream);
    return self.run([&] {
      NANOARROW_THROW_NOT_OK(ArrowSchemaDeepCopy(&self.result_.schema(), out));
    });
  }
  static int get_next(ArrowArrayStream* stream, ArrowArray* out) {
    out->release = nullptr;
    auto& self = of(stream);
    // What has failed stays so: a consumer that asks again must not see an end.
    if (self.status_ != ADBC_STATUS_OK) return errno_of(Code{self.status_});
    return self.run([&] {
      if (!self.result_.next(out)) out->release = nullptr;
    });
  }
  static const char* get_last_error(ArrowArrayStream* stream) {
    return of(stream).error_.message;
  }
  static void release(ArrowArrayStream* stream) {
    delete static_cast<ExportedResult*>(stream->private_data);
    stream->private_data = nullptr;
    stream->release = nullptr;
  }
  static ExportedResult& of(ArrowArrayStream* stream) {
    return *static_cast<ExportedResult*>(stream->private_data);
  }

  const AdbcError* error(AdbcStatusCode* status) const noexcept {
    if (status_ == ADBC_STATUS_OK) return nullptr;
    if (status != nullptr) *status = status_;
    return &error_;
  }

 private:
  template <class Body>
  int run(Body&& body) noexcept {
    const AdbcStatusCode status = guarded(&error_, std::forward<Body>(body));
    if (status == ADBC_STATUS_OK) return 0;
    status_ = status;
    return errno_of(Code{status});
  }

  Result result_;
  AdbcError error_ = ADBC_ERROR_INIT;
  AdbcStatusCode status_ = ADBC_STATUS_OK;
};

UniqueSchema no_columns() {
  UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  NANOARROW_THROW_NOT_OK(ArrowSchemaSetTypeStruct(schema.get(), 0));
  return schema;
}

}  // namespace

void export_result(Result result, ArrowArrayStream* out) {
  if (!result.has_rows()) return export_no_rows(no_columns(), out);
  static_cast<void>(result.schema());
  auto* exported = new ExportedResult(std::move(result));
  out->get_schema = ExportedResult::get_schema;
  out->get_next = ExportedResult::get_next;
  out->get_last_error = ExportedResult::get_last_error;
  out->release = ExportedResult::release;
  out->private_data = exported;
}

const AdbcError* stream_error(ArrowArrayStream* stream,
                              AdbcStatusCode* status) noexcept {
  if (stream == nullptr || stream->release != ExportedResult::release) return nullptr;
  return ExportedResult::of(stream).error(status);
}

void export_array(UniqueSchema schema, UniqueArray array, ArrowArrayStream* out) {
  UniqueArrayStream stream;
  NANOARROW_THROW_NOT_OK(ArrowBasicArrayStreamInit(stream.get(), schema.get(), 1));
  ArrowBasicArrayStreamSetArray(stream.get(), 0, array.get());
  ArrowArrayStreamMove(stream.get(), out);
}

void export_no_rows(UniqueSchema schema, ArrowArrayStream* out) {
  UniqueArrayStream stream;
  NANOARROW_THROW_NOT_OK(ArrowBasicArrayStreamInit(stream.get(), schema.get(), 0));
  ArrowArrayStreamMove(stream.get(), out);
}

}  // namespace fletching::adbc
