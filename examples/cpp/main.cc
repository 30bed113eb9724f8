// SPDX-License-Identifier: Apache-2.0
// example URL: makes a table, writes rows into it, asks for some of them with a
// parameter, and streams a large result, on a server with bulk ingest (fletching serve
// --engine duckdb).
#include <fletching/arrow_c.h>
#include <fletching/driver.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

// Releases what it holds.
template <class Struct>
struct Owned : Struct {
  Owned() : Struct{} {}
  ~Owned() {
    if (this->release != nullptr) this->release(this);
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
};

// A stream of one batch with one column of int64, in the caller's own memory.
class Numbers {
 public:
  Numbers(const char* name, std::vector<int64_t> values)
      : name_(name), values_(std::move(values)) {}

  ArrowArrayStream stream() {
    return {get_schema, get_next, [](ArrowArrayStream*) { return ""; },
            [](ArrowArrayStream* s) { s->release = nullptr; }, this};
  }

 private:
  template <class Struct>
  static void released(Struct* s) {
    s->release = nullptr;
  }
  static int get_schema(ArrowArrayStream* stream, ArrowSchema* out) {
    auto& self = *static_cast<Numbers*>(stream->private_data);
    self.field_ = {"l",    self.name_, nullptr, ARROW_FLAG_NULLABLE,
                   0,      nullptr,    nullptr, released<ArrowSchema>,
                   nullptr};
    self.fields_[0] = &self.field_;
    *out = {"+s",   "", nullptr, 0, 1, self.fields_, nullptr, released<ArrowSchema>,
            nullptr};
    return 0;
  }
  static int get_next(ArrowArrayStream* stream, ArrowArray* out) {
    auto& self = *static_cast<Numbers*>(stream->private_data);
    *out = {};
    if (self.done_) return 0;
    self.done_ = true;
    const auto length = static_cast<int64_t>(self.values_.size());
    self.buffers_[1] = self.values_.data();
    self.column_ = {
        length, 0, 0, 2, 0, self.buffers_, nullptr, nullptr, released<ArrowArray>,
        nullptr};
    self.columns_[0] = &self.column_;
    *out = {length,
            0,
            0,
            1,
            1,
            self.no_buffers_,
            self.columns_,
            nullptr,
            released<ArrowArray>,
            nullptr};
    return 0;
  }

  const char* name_;
  std::vector<int64_t> values_;
  bool done_ = false;
  ArrowSchema field_{};
  ArrowSchema* fields_[1] = {};
  ArrowArray column_{};
  ArrowArray* columns_[1] = {};
  const void* buffers_[2] = {};
  const void* no_buffers_[1] = {};
};

int64_t first_number(fletching::Result result) {
  Owned<ArrowArray> batch;
  if (!result.next(&batch)) return -1;
  const ArrowArray& column = *batch.children[0];
  return static_cast<const int64_t*>(column.buffers[1])[column.offset];
}

void run(const char* url) {
  fletching::Database database(url);
  fletching::Connection connection = database.connect();

  // Ingest: all rows in one call.
  Numbers numbers("n", {1, 2, 3, 40});
  ArrowArrayStream rows = numbers.stream();
  const fletching::IngestOptions target{
      .table = "example_numbers", .mode = fletching::IngestOptions::Mode::kReplace};
  const int64_t written = connection.statement().ingest(target, &rows);
  std::printf("written: %lld\n", static_cast<long long>(written));

  // A parameter, bound by the server where it can.
  fletching::Statement statement = connection.statement();
  statement.prepare("select cast(sum(n) as bigint) from example_numbers where n > ?");
  Numbers least("n", {2});
  ArrowArrayStream parameter = least.stream();
  statement.bind(&parameter);
  std::printf("sum: %lld\n", static_cast<long long>(first_number(statement.execute())));

  // A result of any size, batch by batch.
  fletching::Result result =
      connection.execute("select a.n from example_numbers a, range(100000)");
  int64_t count = 0;
  while (true) {
    Owned<ArrowArray> batch;
    if (!result.next(&batch)) break;
    count += batch.length;
  }
  std::printf("streamed: %lld\n", static_cast<long long>(count));
  static_cast<void>(connection.execute("drop table example_numbers"));
  connection.close();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: example URL\n");
    return 2;
  }
  try {
    run(argv[1]);
    return 0;
  } catch (const fletching::Error& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
