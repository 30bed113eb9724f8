// SPDX-License-Identifier: Apache-2.0
#include "cli/live.h"

#include <sys/ioctl.h>
#include <unistd.h>
#include <nanoarrow/nanoarrow.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "cli/interrupt.h"
#include "flink/changelog.h"

namespace fletching::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kRedraw{100};

RowKind kind_of(std::string_view op) {
  if (op == "-U") return RowKind::kUpdateBefore;
  if (op == "+U") return RowKind::kUpdateAfter;
  return op == "-D" ? RowKind::kDelete : RowKind::kInsert;
}

// The columns behind `op`.
UniqueSchema columns_of(const ArrowSchema& schema) {
  UniqueSchema out;
  ArrowSchemaInit(out.get());
  NANOARROW_THROW_NOT_OK(ArrowSchemaSetTypeStruct(out.get(), schema.n_children - 1));
  for (int64_t i = 1; i < schema.n_children; ++i) {
    ArrowSchema* child = out->children[i - 1];
    child->release(child);
    NANOARROW_THROW_NOT_OK(ArrowSchemaDeepCopy(schema.children[i], child));
  }
  return out;
}

std::vector<RowKind> ops_of(const ArrowArray& op) {
  UniqueArrayView view;
  ArrowArrayViewInitFromType(view.get(), NANOARROW_TYPE_STRING);
  NANOARROW_THROW_NOT_OK(ArrowArrayViewSetArray(view.get(), &op, nullptr));
  std::vector<RowKind> ops;
  for (int64_t row = 0; row < op.length; ++row) {
    const ArrowStringView text = ArrowArrayViewGetStringUnsafe(view.get(), row);
    ops.push_back(kind_of({text.data, static_cast<size_t>(text.size_bytes)}));
  }
  return ops;
}

// One batch of the result taken apart.
Batch changes_of(UniqueArray& rows) {
  Batch batch;
  batch.ops = ops_of(*rows->children[0]);
  NANOARROW_THROW_NOT_OK(
      ArrowArrayInitFromType(batch.rows.get(), NANOARROW_TYPE_STRUCT));
  NANOARROW_THROW_NOT_OK(
      ArrowArrayAllocateChildren(batch.rows.get(), rows->n_children - 1));
  batch.rows->length = rows->length;
  batch.rows->null_count = 0;
  for (int64_t i = 1; i < rows->n_children; ++i) {
    ArrowArrayMove(rows->children[i], batch.rows->children[i - 1]);
  }
  return batch;
}

// Prints at most `most` rows; 0: all. The number of those that were left out.
int64_t write_rows(flink::Changelog& table, const ArrowSchema& schema,
                   const RowWriterOptions& options, std::FILE* out, int64_t most) {
  const auto writer = make_row_writer(schema, options, out);
  int64_t left = most == 0 ? table.size() : std::min(most, table.size());
  for (const auto& rows : table.snapshot()) {
    if (left == 0) break;
    ArrowArray part = *rows->get();  // a view: released by its owner alone
    part.length = std::min(left, part.length);
    left -= part.length;
    writer->batch(part);
  }
  writer->finish();
  return most == 0 ? 0 : std::max<int64_t>(0, table.size() - most);
}

// The text of a table that fits the terminal.
class Screen {
 public:
  void draw(flink::Changelog& table, const ArrowSchema& schema,
            const RowWriterOptions& options) {
    char* text = nullptr;
    size_t size = 0;
    std::FILE* memory = ::open_memstream(&text, &size);
    if (memory == nullptr) throw OutputError("no memory for a table");
    const int64_t more = write_rows(table, schema, options, memory, height() - 5);
    std::fclose(memory);
    std::string frame(text, size);
    std::free(text);
    if (more > 0) frame += "... and " + std::to_string(more) + " rows more\n";
    // Back to where it begins; lines that are too long are cut, not wrapped.
    std::string all;
    if (lines_ > 0) all = "\x1b[" + std::to_string(lines_) + "A\r\x1b[J";
    write_all(stdout, all + "\x1b[?7l" + frame + "\x1b[?7h");
    flush_all(stdout);
    lines_ = std::count(frame.begin(), frame.end(), '\n');
  }

 private:
  static int64_t height() {
    winsize size{};
    const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    return std::max<int64_t>(8, known && size.ws_row > 0 ? size.ws_row : 24);
  }

  int64_t lines_ = 0;
};

}  // namespace

void print_live(Result& result, const RowWriterOptions& options, bool quiet) {
  const UniqueSchema schema = columns_of(result.schema());
  flink::Changelog table(*schema.get());
  const bool in_place =
      ::isatty(STDOUT_FILENO) == 1 && options.format == Format::kTable;
  Screen screen;
  Clock::time_point drawn{};
  uint64_t version = ~uint64_t{0};
  const auto draw_if_due = [&] {
    if (!in_place || version == table.version() || Clock::now() - drawn < kRedraw) {
      return;
    }
    screen.draw(table, *schema.get(), options);
    version = table.version();
    drawn = Clock::now();
  };
  const OnTick on_tick(draw_if_due);  // what came last is shown while nothing comes
  Tick* tick = interrupt_tick();
  for (UniqueArray rows; result.next(rows.get()); rows.reset()) {
    table.apply(changes_of(rows));
    tick->tick();
  }
  if (in_place) {
    if (version != table.version()) screen.draw(table, *schema.get(), options);
  } else {
    static_cast<void>(write_rows(table, *schema.get(), options, stdout, 0));
    flush_all(stdout);
  }
  if (!quiet && options.format == Format::kTable) {
    std::fprintf(stderr, "%lld rows after %lld changes\n",
                 static_cast<long long>(table.size()),
                 static_cast<long long>(table.events()));
  }
}

}  // namespace fletching::cli
