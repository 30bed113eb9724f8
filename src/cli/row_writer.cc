// SPDX-License-Identifier: Apache-2.0
#include "cli/row_writer.h"

#include <cerrno>
#include <cstring>

#include "arrow/stream_file.h"
#include "cli/cell.h"
#include "cli/interrupt.h"
#include "cli/table.h"

namespace fletching::cli {
namespace {

constexpr size_t kWidestCell = 60;
constexpr size_t kFlushAt = size_t{64} << 10;

std::vector<CellWriter> cells_of(const ArrowSchema& schema) {
  std::vector<CellWriter> cells;
  for (int64_t i = 0; i < schema.n_children; ++i) {
    cells.emplace_back(*schema.children[i]);
  }
  return cells;
}

[[noreturn]] void write_failed() {
  const int why = errno;
  if (why == EPIPE) throw OutputClosed();
  if (why == EINTR) interrupt_tick()->tick();
  throw OutputError(std::string("writing the output: ") + std::strerror(why));
}

std::string name_of(const ArrowSchema& schema, int64_t i) {
  const char* name = schema.children[i]->name;
  return name == nullptr ? "" : name;
}

// What the three text formats share: a batch becomes rows of cells.
class TextWriter : public RowWriter {
 public:
  TextWriter(const ArrowSchema& schema, std::FILE* out)
      : cells_(cells_of(schema)), out_(out) {}

  void batch(const ArrowArray& rows) override {
    for (size_t i = 0; i < cells_.size(); ++i) cells_[i].set_array(*rows.children[i]);
    for (int64_t row = 0; row < rows.length; ++row) {
      write_row(row + rows.offset);
      if (text_.size() >= kFlushAt) flush();
    }
    rows_ += rows.length;
    flush();
  }

  void finish() override { flush(); }

 protected:
  virtual void write_row(int64_t row) = 0;
  virtual void flush() {
    write_all(out_, text_);
    text_.clear();
  }

  std::vector<CellWriter> cells_;
  std::string text_;
  std::FILE* out_;
};

class TableWriter : public TextWriter {
 public:
  TableWriter(const ArrowSchema& schema, const RowWriterOptions& options,
              std::FILE* out)
      : TextWriter(schema, out),
        table_(columns(schema, options.types), options.full_cells ? 0 : kWidestCell) {}

  void finish() override { write_all(out_, table_.finish()); }
  void release() override { write_all(out_, table_.release()); }

 private:
  std::vector<Table::Column> columns(const ArrowSchema& schema, bool types) const {
    std::vector<Table::Column> out;
    for (size_t i = 0; i < cells_.size(); ++i) {
      const auto at = static_cast<int64_t>(i);
      out.push_back({name_of(schema, at), types ? type_name(*schema.children[at]) : "",
                     cells_[i].is_number()});
    }
    return out;
  }

  void write_row(int64_t row) override {
    std::vector<std::string> cells;
    for (const CellWriter& cell : cells_) {
      std::string text;
      if (cell.is_null(row)) {
        text = "NULL";
      } else {
        cell.append(text, row, CellStyle::kText);
      }
      cells.push_back(std::move(text));
    }
    table_.add(std::move(cells));
  }

  void flush() override { write_all(out_, table_.take()); }

  Table table_;
};

// RFC 4180; NULL is an empty field, an empty string is "".
class CsvWriter : public TextWriter {
 public:
  CsvWriter(const ArrowSchema& schema, std::FILE* out) : TextWriter(schema, out) {
    for (int64_t i = 0; i < schema.n_children; ++i) {
      if (i > 0) text_ += ',';
      append_field(name_of(schema, i));
    }
    text_ += '\n';
  }

 private:
  void append_field(const std::string& field) {
    if (!field.empty() && field.find_first_of(",\"\r\n") == std::string::npos) {
      text_ += field;
      return;
    }
    text_ += '"';
    for (const char c : field) {
      if (c == '"') text_ += '"';
      text_ += c;
    }
    text_ += '"';
  }

  void write_row(int64_t row) override {
    for (size_t i = 0; i < cells_.size(); ++i) {
      if (i > 0) text_ += ',';
      if (cells_[i].is_null(row)) continue;
      std::string field;
      cells_[i].append(field, row, CellStyle::kText);
      append_field(field);
    }
    text_ += '\n';
  }
};

class JsonLinesWriter : public TextWriter {
 public:
  JsonLinesWriter(const ArrowSchema& schema, std::FILE* out) : TextWriter(schema, out) {
    for (int64_t i = 0; i < schema.n_children; ++i) {
      append_json_string(keys_.emplace_back(), name_of(schema, i));
    }
  }

 private:
  void write_row(int64_t row) override {
    text_ += '{';
    for (size_t i = 0; i < cells_.size(); ++i) {
      text_ += (i > 0 ? ", " : "") + keys_[i] + ": ";
      cells_[i].append(text_, row, CellStyle::kJson);
    }
    text_ += "}\n";
  }

  std::vector<std::string> keys_;
};

class ArrowWriter : public RowWriter {
 public:
  ArrowWriter(const ArrowSchema& schema, std::FILE* out)
      : stream_(schema, [out](std::span<const uint8_t> bytes) {
          write_all(out, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
        }) {}

  void batch(const ArrowArray& rows) override {
    stream_.write(rows);
    rows_ += rows.length;
  }
  void finish() override { stream_.finish(); }

 private:
  StreamFileWriter stream_;
};

}  // namespace

void write_all(std::FILE* out, std::string_view text) {
  if (text.empty()) return;
  if (std::fwrite(text.data(), 1, text.size(), out) != text.size()) write_failed();
}

void flush_all(std::FILE* out) {
  if (std::fflush(out) != 0) write_failed();
}

std::unique_ptr<RowWriter> make_row_writer(const ArrowSchema& schema,
                                           const RowWriterOptions& options,
                                           std::FILE* out) {
  switch (options.format) {
    case Format::kCsv:
      return std::make_unique<CsvWriter>(schema, out);
    case Format::kJsonLines:
      return std::make_unique<JsonLinesWriter>(schema, out);
    case Format::kArrow:
      return std::make_unique<ArrowWriter>(schema, out);
    case Format::kTable:
      break;
  }
  return std::make_unique<TableWriter>(schema, options, out);
}

}  // namespace fletching::cli
