// SPDX-License-Identifier: Apache-2.0
#include "flink/page_decoder.h"

#include <array>
#include <limits>
#include <optional>

#include "fletching/error.h"
#include "flink/cell.h"
#include "flink/json.h"

namespace fletching::flink {
namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw Error(Code::kInvalidData, "reading a result page: " + what);
}

// A key's characters between its quotes. Padding makes it safe to look at them.
bool is_key(json::field& field, std::string_view name) noexcept {
  const char* raw = field.key().raw();
  return std::memcmp(raw, name.data(), name.size()) == 0 && raw[name.size()] == '"';
}

std::optional<json::value> member(json::object& object, std::string_view name) {
  json::value found;
  const auto error = object.find_field_unordered(name).get(found);
  if (error == simdjson::NO_SUCH_FIELD) return std::nullopt;
  if (error != simdjson::SUCCESS) broken_page(error);
  return found;
}

// A text, or "" for null and anything else.
std::string optional_text(json::value& value) {
  const std::string_view token = token_of(value);
  if (token.empty() || token[0] != '"') return {};
  return std::string(string_of(value, token));
}

bool is_object(json::value& value) {
  const std::string_view token = token_of(value);
  return !token.empty() && token[0] == '{';
}

bool is_null(std::string_view json) {
  const size_t begin = json.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return false;
  json.remove_prefix(begin);
  return json.starts_with("null") &&
         json.find_first_not_of(" \t\r\n", 4) == std::string_view::npos;
}

RowKind kind_named(std::string_view token) {
  constexpr std::array<std::string_view, 4> kKinds = {"\"INSERT\"", "\"UPDATE_BEFORE\"",
                                                      "\"UPDATE_AFTER\"", "\"DELETE\""};
  for (size_t i = 0; i < kKinds.size(); ++i) {
    if (token == kKinds[i]) return static_cast<RowKind>(i);
  }
  throw BadValue{"the row's kind " + std::string(token.substr(0, 40)) + " is none"};
}

RowKind kind_numbered(std::string_view token) {
  if (token.size() == 1 && token[0] >= '0' && token[0] <= '3') {
    return static_cast<RowKind>(token[0] - '0');
  }
  throw BadValue{"the row's op " + std::string(token.substr(0, 40)) +
                 " is none (0 to 3)"};
}

}  // namespace

struct PageDecoder::State {
  State(Encoding encoding, DecodeOptions given)
      : options(std::move(given)),
        context{encoding, options.variant, Zone(options.session_zone)} {}

  void set_columns(Columns given);
  void make_cells();
  Page decode(std::string json);

  DecodeOptions options;
  CellContext context;
  bool has_columns = false;
  std::string columns_json;  // as the gateway's first page had them
  Columns columns;
  UniqueSchema schema;
  std::vector<CellPtr> cells;
  json::parser parser;
};

namespace {

using State = PageDecoder::State;

// One page on its way through.
class PageReader {
 public:
  PageReader(State& state, std::string_view json, Page& page)
      : state_(state), page_(page), end_(json.data() + json.size()) {}

  void read(json::document& document) {
    const bool confluent = state_.context.encoding == Encoding::kConfluent;
    json::object root;
    const auto error = document.get_object().get(root);
    if (error == simdjson::INCORRECT_TYPE) refuse("it is no JSON object");
    if (error != simdjson::SUCCESS) broken_page(error);
    if (confluent) {
      read_confluent(root);
    } else {
      read_gateway(root);
    }
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
      refuse("it goes on behind its JSON");
    }
    if (state_.has_columns) finish();
  }

 private:
  void read_confluent(json::object& root) {
    PageInfo& info = page_.info;
    info.missing_results = true;
    for (auto item : root) {
      json::field field = must(std::move(item));
      json::value& value = field.value();
      if (is_key(field, "metadata")) {
        if (is_object(value)) read_metadata(must(value.get_object()));
      } else if (is_key(field, "results")) {
        if (is_object(value)) read_results(must(value.get_object()));
      } else if (is_key(field, "error")) {
        info.error_json = text_of(value);
      }
    }
    info.kind = info.next.empty() ? PageInfo::Kind::kEnd : PageInfo::Kind::kRows;
  }
  void read_metadata(json::object metadata) {
    if (auto next = member(metadata, "next")) page_.info.next = optional_text(*next);
  }
  void read_results(json::object results) {
    auto data = member(results, "data");
    if (!data) return;
    page_.info.missing_results = false;
    read_rows(*data);
  }

  void read_gateway(json::object& root) {
    PageInfo& info = page_.info;
    std::string type;
    for (auto item : root) {
      json::field field = must(std::move(item));
      json::value& value = field.value();
      if (is_key(field, "resultType")) {
        type = optional_text(value);
      } else if (is_key(field, "nextResultUri")) {
        info.next = optional_text(value);
      } else if (is_key(field, "isQueryResult")) {
        info.is_query = token_of(value) != "false";
      } else if (is_key(field, "resultKind")) {
        info.result_kind = optional_text(value);
      } else if (is_key(field, "jobID")) {
        info.job_id = optional_text(value);
      } else if (is_key(field, "results") && is_object(value)) {
        read_gateway_results(must(value.get_object()));
      }
    }
    if (type == "NOT_READY") {
      info.kind = PageInfo::Kind::kNotReady;
    } else if (type == "EOS") {
      info.kind = PageInfo::Kind::kEnd;
    } else if (type != "PAYLOAD") {
      refuse("its resultType is '" + type.substr(0, 40) + "'");
    }
  }
  void read_gateway_results(json::object results) {
    auto columns = member(results, "columns");
    if (!columns) refuse("its results have no columns");
    const std::string_view columns_json = text_of(*columns);
    if (auto format = member(results, "rowFormat")) {
      page_.info.row_format = optional_text(*format);
    }
    take_columns(columns_json);
    if (auto data = member(results, "data")) read_rows(*data);
  }

  // They stand in each page, and are the same in all of one result.
  void take_columns(std::string_view json) {
    const Encoding before = state_.context.encoding;
    if (page_.info.row_format == "JSON") {
      state_.context.encoding = Encoding::kGatewayJson;
    } else if (page_.info.row_format == "PLAIN_TEXT") {
      state_.context.encoding = Encoding::kGatewayPlainText;
    }
    if (!state_.has_columns) {
      state_.set_columns(parse_columns_json(json));
      state_.columns_json = json;
    } else if (json != state_.columns_json) {
      refuse("its columns are not those of the pages before it");
    } else if (before != state_.context.encoding) {
      state_.make_cells();
    }
  }

  // The text of a value that was not read into yet.
  std::string_view text_of(json::value& value) const {
    const char* start = value.raw_json_token().data();
    return extent_of({start, static_cast<size_t>(end_ - start)});
  }

  void read_rows(json::value& data) {
    const std::string_view token = token_of(data);
    if (token == "null") return;
    if (token.empty() || token[0] != '[') refuse("its rows are no array");
    if (!state_.has_columns) {
      // Rows that nobody can read are no rows, but none is one too.
      if (!text_is_empty_array(data)) refuse("it has rows, but no columns are known");
      return;
    }
    for (auto item : must(data.get_array())) {
      json::value row = must(std::move(item));
      read_row(row);
    }
  }
  bool text_is_empty_array(json::value& data) const {
    const std::string_view text = text_of(data);
    return text.find_first_not_of(" \t\r\n", 1) == text.size() - 1;
  }

  void read_row(json::value& row) {
    const char* start = row.raw_json_token().data();
    column_ = -1;
    try {
      const RowKind kind = read_parts(row);
      page_.ops.push_back(kind);
      changes_ = changes_ || kind != RowKind::kInsert;
      ++rows_;
    } catch (const BadValue& bad) {
      for (const CellPtr& cell : state_.cells) cell->truncate(rows_);
      add_fault(bad, start, false);
    }
    ++read_;
  }

  RowKind read_parts(json::value& row) {
    if (!is_object(row)) throw BadValue{"the row is no JSON object"};
    RowKind kind = RowKind::kInsert;
    bool found = false;
    row_start_ = row.raw_json_token().data();
    for (auto item : must(row.get_object())) {
      json::field field = must(std::move(item));
      json::value& value = field.value();
      if (is_key(field, "row") || is_key(field, "fields")) {
        if (found) throw BadValue{"the row has its values twice"};
        found = true;
        read_values(value);
      } else if (is_key(field, "op")) {
        kind = kind_numbered(token_of(value));
      } else if (is_key(field, "kind")) {
        kind = kind_named(token_of(value));
      }
    }
    if (!found) throw BadValue{"the row has no values"};
    return kind;
  }

  void read_values(json::value& values) {
    const std::string_view token = token_of(values);
    if (token.empty() || token[0] != '[')
      throw BadValue{"the row's values are no array"};
    const size_t width = state_.cells.size();
    size_t at = 0;
    for (auto item : must(values.get_array())) {
      json::value value = must(std::move(item));
      if (at < width) {
        column_ = static_cast<int64_t>(at);
        read_value(*state_.cells[at], value);
      }
      ++at;
    }
    column_ = -1;
    if (at != width) {
      throw BadValue{"the row has " + std::to_string(at) + " values, the result " +
                     std::to_string(width) + " columns"};
    }
  }

  void read_value(Cell& cell, json::value& value) {
    if (state_.options.bad_value == DecodeOptions::BadValue::kFault) [[likely]] {
      return cell.json(value);
    }
    try {
      cell.json(value);
    } catch (const BadValue& bad) {
      cell.truncate(rows_);
      cell.null();
      add_fault(bad, row_start_, true);
    }
  }

  void add_fault(const BadValue& bad, const char* start, bool replaced) {
    Fault fault;
    fault.row = read_;
    fault.before = rows_;
    fault.column = column_;
    fault.replaced = replaced;
    if (column_ >= 0) {
      const Field& field = state_.columns[static_cast<size_t>(column_)];
      fault.what = "column " + std::to_string(column_ + 1) + " '" + field.name + "' (" +
                   sql_text(field.type) + "): ";
    }
    fault.what += bad.what;
    fault.json = extent_of({start, static_cast<size_t>(end_ - start)});
    page_.faults.push_back(std::move(fault));
  }

  void finish() {
    if (!changes_) page_.ops.clear();
    ArrowArray* rows = page_.rows.get();
    ArrowError error{};
    const auto check = [&](int code) {
      if (code == ENOMEM) throw std::bad_alloc();
      if (code != NANOARROW_OK) {
        throw Error(Code::kInternal, std::string("building the rows of a page: ") +
                                         ArrowErrorMessage(&error));
      }
    };
    check(ArrowArrayInitFromSchema(rows, state_.schema.get(), &error));
    for (size_t i = 0; i < state_.cells.size(); ++i) {
      state_.cells[i]->finish(rows->children[i]);
    }
    rows->length = rows_;
    check(ArrowArrayFinishBuilding(rows, NANOARROW_VALIDATION_LEVEL_MINIMAL, &error));
  }

  State& state_;
  Page& page_;
  const char* end_;
  const char* row_start_ = nullptr;
  int64_t rows_ = 0;     // that are good
  int64_t read_ = 0;     // good and bad
  int64_t column_ = -1;  // that is being read
  bool changes_ = false;
};

}  // namespace

void PageDecoder::State::set_columns(Columns given) {
  check_determined(given, context.encoding);
  schema = arrow_schema(given, {context.zone.name()});
  columns = std::move(given);
  has_columns = true;
  make_cells();
}

void PageDecoder::State::make_cells() {
  check_determined(columns, context.encoding);
  std::vector<CellPtr> made;
  for (const Field& column : columns) made.push_back(make_cell(column.type, context));
  cells = std::move(made);
}

Page PageDecoder::State::decode(std::string json) {
  if (json.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
    refuse("it is larger than 2 GiB");
  }
  Page page;
  if (context.encoding == Encoding::kConfluent && is_null(json)) {
    page.info.missing_results = true;
    page.info.error_json = "null";
    return page;
  }
  json.reserve(json.size() + simdjson::SIMDJSON_PADDING);
  json::document document;
  const auto error = parser
                         .iterate(simdjson::padded_string_view(json.data(), json.size(),
                                                               json.capacity()))
                         .get(document);
  if (error != simdjson::SUCCESS) broken_page(error);
  context.page_end = json.data() + json.size();
  try {
    PageReader(*this, json, page).read(document);
  } catch (...) {
    for (const CellPtr& cell : cells) cell->truncate(0);
    throw;
  }
  return page;
}

PageDecoder::PageDecoder(Encoding encoding, DecodeOptions options)
    : state_(std::make_unique<State>(encoding, std::move(options))) {}
PageDecoder::~PageDecoder() = default;
PageDecoder::PageDecoder(PageDecoder&&) noexcept = default;
PageDecoder& PageDecoder::operator=(PageDecoder&&) noexcept = default;

void PageDecoder::set_columns(Columns columns) {
  state_->set_columns(std::move(columns));
}
bool PageDecoder::has_columns() const noexcept { return state_->has_columns; }
const Columns& PageDecoder::columns() const { return state_->columns; }
const ArrowSchema& PageDecoder::schema() const { return *state_->schema.get(); }
Page PageDecoder::decode(std::string json) { return state_->decode(std::move(json)); }

}  // namespace fletching::flink
