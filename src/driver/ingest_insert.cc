// SPDX-License-Identifier: Apache-2.0
#include "driver/ingest_insert.h"

#include <utility>

#include "arrow/row_slices.h"

namespace fletching {
namespace {

// Of literals in one INSERT: enough to make the round trip small, few enough for
// servers that limit the length of a text.
constexpr int64_t kRowsOfText = 500;
constexpr size_t kBytesOfText = size_t{256} << 10;

[[noreturn]] void no_type(const ArrowSchema& field) {
  throw Error(Code::kNotImplemented,
              "the SQL type of column " +
                  std::string(field.name == nullptr ? "" : field.name) +
                  " is not known for this server (create the table, then use "
                  "mode=append)");
}

// % in a template is the value.
std::string filled(std::string_view form, std::string_view value) {
  const size_t at = form.find('%');
  if (at == std::string_view::npos) return std::string(form);
  return std::string(form.substr(0, at)) + std::string(value) +
         std::string(form.substr(at + 1));
}

// The form that keeps a unit's digits.
std::string_view temporal(const TemporalForms& forms, ArrowTimeUnit unit) {
  const int digits = unit == NANOARROW_TIME_UNIT_SECOND  ? 0
                     : unit == NANOARROW_TIME_UNIT_MILLI ? 3
                     : unit == NANOARROW_TIME_UNIT_MICRO ? 6
                                                         : 9;
  std::string_view last;
  for (const TemporalForm& form : forms) {
    if (form.type.empty()) continue;
    last = form.type;
    if (form.digits >= digits) break;
  }
  return last;
}

std::string_view plain_type(const LiteralForms& forms, const ArrowSchemaView& view) {
  const auto& types = forms.types;
  switch (view.type) {
    case NANOARROW_TYPE_BOOL:
      return types.boolean;
    case NANOARROW_TYPE_INT8:
      return types.ints[0];
    case NANOARROW_TYPE_INT16:
      return types.ints[1];
    case NANOARROW_TYPE_INT32:
      return types.ints[2];
    case NANOARROW_TYPE_INT64:
      return types.ints[3];
    case NANOARROW_TYPE_UINT8:
      return types.uints[0];
    case NANOARROW_TYPE_UINT16:
      return types.uints[1];
    case NANOARROW_TYPE_UINT32:
      return types.uints[2];
    case NANOARROW_TYPE_UINT64:
      return types.uints[3];
    case NANOARROW_TYPE_HALF_FLOAT:
    case NANOARROW_TYPE_FLOAT:
      return types.real;
    case NANOARROW_TYPE_DOUBLE:
      return types.float64;
    case NANOARROW_TYPE_STRING:
    case NANOARROW_TYPE_LARGE_STRING:
    case NANOARROW_TYPE_STRING_VIEW:
      return types.text;
    case NANOARROW_TYPE_BINARY:
    case NANOARROW_TYPE_LARGE_BINARY:
    case NANOARROW_TYPE_BINARY_VIEW:
    case NANOARROW_TYPE_FIXED_SIZE_BINARY:
      return types.binary;
    case NANOARROW_TYPE_DATE32:
    case NANOARROW_TYPE_DATE64:
      return types.date;
    case NANOARROW_TYPE_TIME32:
    case NANOARROW_TYPE_TIME64:
      return temporal(forms.time, view.time_unit);
    case NANOARROW_TYPE_TIMESTAMP:
      return temporal(view.timezone == nullptr || *view.timezone == '\0'
                          ? forms.timestamp
                          : forms.timestamp_zoned,
                      view.time_unit);
    default:
      return {};
  }
}

// Runs text that has no rows for us.
void run_plain(const Execution& run, std::string_view sql) {
  Result result = run_text(run, sql);
  for (UniqueArray rows; result.has_rows() && result.next(rows.get()); rows.reset()) {
  }
}

// The statements that make the table are ours, so that a failure shows them.
void run_definition(const Execution& run, const std::string& sql) {
  try {
    run_plain(run, sql);
  } catch (const Error& e) {
    throw Error(e.code(),
                e.message() + " (in: " + sql +
                    "; a table that is there already is filled with mode=append)",
                e.sqlstate(), e.vendor_code(), e.details());
  }
}

std::string table_of(const SqlDialect& dialect, const IngestOptions& target) {
  return quote_table(target.catalog, target.schema, target.table, dialect);
}

void make_table(const Execution& run, const SqlDialect& dialect,
                const IngestOptions& target, const ArrowSchema& schema) {
  using Mode = IngestOptions::Mode;
  if (target.mode == Mode::kAppend) return;
  const std::string table = table_of(dialect, target);
  std::string columns;
  for (int64_t i = 0; i < schema.n_children; ++i) {
    const ArrowSchema& field = *schema.children[i];
    columns += (i == 0 ? "" : ", ") + quote_identifier(field.name, dialect) + " " +
               sql_type(dialect, field);
  }
  if (target.mode == Mode::kReplace) {
    run_definition(run, "DROP TABLE IF EXISTS " + table);
  }
  run_definition(run, std::string("CREATE ") + (target.temporary ? "TEMPORARY " : "") +
                          "TABLE " +
                          (target.mode == Mode::kCreateAppend ? "IF NOT EXISTS " : "") +
                          table + " (" + columns + ")");
}

std::string insert_head(const SqlDialect& dialect, const IngestOptions& target,
                        const ArrowSchema& schema) {
  std::string names;
  for (int64_t i = 0; i < schema.n_children; ++i) {
    names += (i == 0 ? "" : ", ") + quote_identifier(schema.children[i]->name, dialect);
  }
  return "INSERT INTO " + table_of(dialect, target) + " (" + names + ") VALUES ";
}

std::string marks(int64_t count) {
  std::string out = "(";
  for (int64_t i = 0; i < count; ++i) out += i == 0 ? "?" : ", ?";
  return out + ")";
}

int64_t insert_literals(const Execution& run, const SqlDialect& dialect,
                        const std::string& head, ResultStream& rows,
                        PacedProgress& progress) {
  const Wait wait = run.wait({});
  const ArrowSchema& schema = rows.schema(wait);
  const PreparedText row =
      find_placeholders(marks(schema.n_children), ParameterStyle::kQmark, dialect);
  int64_t written = 0;
  std::string text;
  int64_t in_text = 0, bytes = 0;
  const auto send = [&] {
    if (in_text == 0) return;
    run_plain(run, text);
    written += std::exchange(in_text, 0);
    bytes += std::ssize(text);
    progress.tell({.rows = written, .bytes = bytes});
  };
  for (Batch batch; rows.next(batch, wait) == Next::kBatch; batch = Batch()) {
    LiteralText literals(row, schema);
    for (int64_t i = 0; i < batch.rows->length; ++i) {
      text = in_text == 0 ? head : text + ", ";
      text += literals.of(*batch.rows.get(), i);
      if (++in_text >= kRowsOfText || text.size() >= kBytesOfText) send();
    }
  }
  send();
  return written;
}

// A cursor's position in the rows, for a count where the server gives none.
class Counted : public ResultStream {
 public:
  Counted(std::unique_ptr<ResultStream> inner, int64_t& rows, PacedProgress& progress)
      : inner_(std::move(inner)), rows_(rows), progress_(progress) {}
  const ArrowSchema& schema(const Wait& wait) override { return inner_->schema(wait); }
  Next next(Batch& out, const Wait& wait, Deadline nap) override {
    const Next step = inner_->next(out, wait, nap);
    if (step != Next::kBatch) return step;
    rows_ += out.rows->length;
    progress_.tell({.rows = rows_});
    return step;
  }
  void cancel() noexcept override { inner_->cancel(); }

 private:
  std::unique_ptr<ResultStream> inner_;
  int64_t& rows_;
  PacedProgress& progress_;
};

}  // namespace

std::string sql_type(const SqlDialect& dialect, const ArrowSchema& field) {
  ArrowSchemaView view{};
  ArrowError error{};
  if (ArrowSchemaViewInit(&view, &field, &error) != NANOARROW_OK) no_type(field);
  const LiteralForms& forms = dialect.literals;
  if (field.dictionary != nullptr) return sql_type(dialect, *field.dictionary);
  if (view.type == NANOARROW_TYPE_DECIMAL32 || view.type == NANOARROW_TYPE_DECIMAL64 ||
      view.type == NANOARROW_TYPE_DECIMAL128 ||
      view.type == NANOARROW_TYPE_DECIMAL256) {
    if (view.decimal_precision > forms.decimal_digits) no_type(field);
    return std::string(forms.types.decimal) + "(" +
           std::to_string(view.decimal_precision) + ", " +
           std::to_string(view.decimal_scale) + ")";
  }
  if (view.type == NANOARROW_TYPE_LIST || view.type == NANOARROW_TYPE_LARGE_LIST ||
      view.type == NANOARROW_TYPE_FIXED_SIZE_LIST) {
    if (forms.list_type.empty()) no_type(field);
    return filled(forms.list_type,
                  filled(forms.nullable_item, sql_type(dialect, *field.children[0])));
  }
  const std::string_view name = plain_type(forms, view);
  if (name.empty()) no_type(field);
  return std::string(name);
}

int64_t insert_rows(const Execution& run, const ServerProfile& profile,
                    const IngestOptions& target, std::unique_ptr<ResultStream> rows,
                    PacedProgress& progress) {
  const SqlDialect& dialect = dialect_of(&profile);
  const Wait wait = run.wait({});
  const ArrowSchema& schema = rows->schema(wait);
  make_table(run, dialect, target, schema);
  const std::string head = insert_head(dialect, target, schema);
  PreparedText text =
      prepare_text(run, head + marks(schema.n_children), ParameterStyle::kQmark);
  if (!text.on_server) return insert_literals(run, dialect, head, *rows, progress);
  int64_t written = 0;
  Result result = run_with_parameters(
      run, text, std::make_unique<Counted>(std::move(rows), written, progress));
  return result.rows_affected() >= 0 ? result.rows_affected() : written;
}

}  // namespace fletching
