// SPDX-License-Identifier: Apache-2.0
#include "render/row_writer.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "arrow/stream_file.h"
#include "render/cell.h"
#include "render/table.h"

namespace fletching::render {
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

std::string name_of(const ArrowSchema& schema, int64_t i) {
  const char* name = schema.children[i]->name;
  return name == nullptr ? "" : name;
}

// What the three text formats share: a batch becomes rows of cells.
class TextWriter : public RowWriter {
 public:
  TextWriter(const ArrowSchema& schema, Sink sink)
      : cells_(cells_of(schema)), sink_(std::move(sink)) {}

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
    if (!text_.empty()) sink_(text_);
    text_.clear();
  }

  std::vector<CellWriter> cells_;
  std::string text_;
  Sink sink_;
};

// A value as people read it.
std::string cell_text(const CellWriter& cell, int64_t row) {
  if (cell.is_null(row)) return "NULL";
  std::string text;
  cell.append(text, row, CellStyle::kText);
  return text;
}

class TableWriter : public TextWriter {
 public:
  TableWriter(const ArrowSchema& schema, const RowWriterOptions& options, Sink sink)
      : TextWriter(schema, std::move(sink)),
        table_(columns(schema, options.types), options.full_cells ? 0 : kWidestCell) {}

  void finish() override { send(table_.finish()); }
  void release() override { send(table_.release()); }

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
    for (const CellWriter& cell : cells_) cells.push_back(cell_text(cell, row));
    table_.add(std::move(cells));
  }

  void flush() override { send(table_.take()); }
  void send(const std::string& text) {
    if (!text.empty()) sink_(text);
  }

  Table table_;
};

// A row as a block of lines, each a column's name and its value, never shortened.
class ExpandedWriter : public TextWriter {
 public:
  ExpandedWriter(const ArrowSchema& schema, Sink sink)
      : TextWriter(schema, std::move(sink)) {
    size_t widest = 0;
    for (int64_t i = 0; i < schema.n_children; ++i) {
      names_.push_back(printable(name_of(schema, i)));
      widest = std::max(widest, display_width(names_.back()));
    }
    for (std::string& name : names_) {
      name.append(widest - display_width(name), ' ');
      name += " | ";
    }
  }

 private:
  void write_row(int64_t row) override {
    text_ += "-[ " + std::to_string(++written_) + " ]-\n";
    for (size_t i = 0; i < cells_.size(); ++i) {
      text_ += names_[i] + printable(cell_text(cells_[i], row)) + '\n';
    }
  }

  std::vector<std::string> names_;
  int64_t written_ = 0;
};

// RFC 4180; NULL is an empty field, an empty string is "".
class CsvWriter : public TextWriter {
 public:
  CsvWriter(const ArrowSchema& schema, Sink sink)
      : TextWriter(schema, std::move(sink)) {
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
  JsonLinesWriter(const ArrowSchema& schema, Sink sink)
      : TextWriter(schema, std::move(sink)) {
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
  ArrowWriter(const ArrowSchema& schema, Sink sink)
      : stream_(schema, [sink = std::move(sink)](std::span<const uint8_t> bytes) {
          sink({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
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

std::optional<Format> format_named(std::string_view name) {
  constexpr std::pair<std::string_view, Format> kNames[] = {
      {"table", Format::kTable},
      {"expanded", Format::kExpanded},
      {"csv", Format::kCsv},
      {"jsonl", Format::kJsonLines},
      {"arrow", Format::kArrow}};
  for (const auto& [known, format] : kNames) {
    if (known == name) return format;
  }
  return std::nullopt;
}

std::unique_ptr<RowWriter> make_row_writer(const ArrowSchema& schema,
                                           const RowWriterOptions& options, Sink sink) {
  switch (options.format) {
    case Format::kExpanded:
      return std::make_unique<ExpandedWriter>(schema, std::move(sink));
    case Format::kCsv:
      return std::make_unique<CsvWriter>(schema, std::move(sink));
    case Format::kJsonLines:
      return std::make_unique<JsonLinesWriter>(schema, std::move(sink));
    case Format::kArrow:
      return std::make_unique<ArrowWriter>(schema, std::move(sink));
    case Format::kTable:
      break;
  }
  return std::make_unique<TableWriter>(schema, options, std::move(sink));
}

}  // namespace fletching::render
