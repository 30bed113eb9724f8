// SPDX-License-Identifier: Apache-2.0
// What decoding and validating costs: ipc_bench [ROUNDS]. For each kind of column a
// batch of about 2 MB in a body of its own, 164 MB of batches held as a result would
// be.
#include <nanoarrow/nanoarrow.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include "arrow/ipc_reader.h"
#include "arrow/ipc_writer.h"

namespace fletching {
namespace {

void check(int code) {
  if (code != NANOARROW_OK) std::abort();
}

// Of this thread, so that a busy machine does not count.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

struct Kind {
  const char* name;
  ArrowType type;
  const char* text;  // null: integers
};

UniqueSchema schema_of(ArrowType type) {
  UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  check(ArrowSchemaSetTypeStruct(schema.get(), 1));
  check(ArrowSchemaSetType(schema->children[0], type));
  check(ArrowSchemaSetName(schema->children[0], "c"));
  return schema;
}

UniqueArray rows_of(const ArrowSchema& schema, const char* text) {
  UniqueArray array;
  check(ArrowArrayInitFromSchema(array.get(), &schema, nullptr));
  check(ArrowArrayStartAppending(array.get()));
  const int64_t count = text == nullptr ? 250'000 : 65'536;
  for (int64_t i = 0; i < count; ++i) {
    if (text == nullptr) {
      check(ArrowArrayAppendInt(array->children[0], i * 7919));
    } else {
      const std::string value = std::to_string(i) + text;
      check(ArrowArrayAppendString(array->children[0], ArrowCharView(value.c_str())));
    }
    check(ArrowArrayFinishElement(array.get()));
  }
  check(ArrowArrayFinishBuildingDefault(array.get(), nullptr));
  return array;
}

Body body_of(const IpcEncoded& message) {
  Body body = Body::allocate(static_cast<size_t>(message.body_size));
  size_t at = 0;
  for (const auto part : message.body) {
    std::memcpy(body.data() + at, part.data(), part.size());
    at += part.size();
  }
  return body;
}

void measure(const Kind& kind, int rounds) {
  const UniqueSchema schema = schema_of(kind.type);
  const UniqueArray rows = rows_of(*schema.get(), kind.text);
  IpcWriter writer(*schema.get());
  IpcReader reader;
  reader.read(writer.schema().header, {});
  const auto messages = writer.batch(*rows.get());
  const IpcEncoded& message = messages.back();
  const auto copies = static_cast<size_t>((int64_t{164} << 20) / message.body_size);
  std::vector<Body> bodies;
  for (size_t i = 0; i < copies; ++i) bodies.push_back(body_of(message));
  double best = 1e9;
  for (int round = 0; round < rounds; ++round) {
    std::vector<UniqueArray> held;
    const double start = cpu_seconds();
    for (const Body& body : bodies) {
      reader.read(message.header, body);
      held.push_back(reader.take_batch());
    }
    best = std::min(best, cpu_seconds() - start);
  }
  const double bytes =
      static_cast<double>(message.body_size) * static_cast<double>(copies);
  std::printf("%-28s %4zu batches of %4.1f MB: %7.2f ms, %6.1f GB/s\n", kind.name,
              copies, static_cast<double>(message.body_size) / 1e6, best * 1e3,
              bytes / best / 1e9);
}

}  // namespace
}  // namespace fletching

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 5;
  const char* ascii = " plain words of a column";
  const char* other = " wörter einer spalte, länger";
  const fletching::Kind kinds[] = {
      {"int64", NANOARROW_TYPE_INT64, nullptr},
      {"string, ASCII", NANOARROW_TYPE_STRING, ascii},
      {"string, not ASCII", NANOARROW_TYPE_STRING, other},
      {"string_view, ASCII", NANOARROW_TYPE_STRING_VIEW, ascii},
      {"string_view, not ASCII", NANOARROW_TYPE_STRING_VIEW, other},
      {"string_view, short", NANOARROW_TYPE_STRING_VIEW, "abc"},
  };
  for (const auto& kind : kinds) fletching::measure(kind, rounds);
}
