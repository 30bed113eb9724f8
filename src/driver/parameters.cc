// SPDX-License-Identifier: Apache-2.0
#include "driver/parameters.h"

#include <utility>

#include "arrow/row_slices.h"

namespace fletching {
namespace {

// SQLSTATE 07001: the parameters do not match the placeholders.
[[noreturn]] void rethrow_as_mismatch(const Error& e) {
  throw Error(e.code(), e.message(), "07001", e.vendor_code(), e.details());
}

std::string_view name_of(const ArrowSchema& field) {
  return field.name == nullptr ? std::string_view() : std::string_view(field.name);
}

}  // namespace

const SqlDialect& dialect_of(const ServerProfile* profile) noexcept {
  const SqlDialect* found =
      profile == nullptr ? nullptr : find_dialect(profile->dialect);
  return found == nullptr ? generic_dialect() : *found;
}

PreparedText find_placeholders(std::string_view text, ParameterStyle style,
                               const SqlDialect& dialect) {
  PreparedText out;
  out.text = text;
  out.style = style;
  out.dialect = &dialect;
  try {
    out.found = find_parameters(out.text, style, dialect);
  } catch (const Error& e) {
    rethrow_as_mismatch(e);
  }
  return out;
}

void rewrite_for_server(PreparedText& text) {
  const RewrittenSql rewritten(text.text, text.style, *text.dialect);
  text.sent = rewritten.sql();
  text.slots = rewritten.slots();
  text.on_server = true;
}

const ArrowSchema* expected_field(const PreparedText& text, size_t value) {
  if (text.lease == nullptr) return nullptr;
  const ArrowSchema* schema = (*text.lease)->parameter_schema();
  if (schema == nullptr || schema->n_children != std::ssize(text.slots)) return nullptr;
  for (size_t i = 0; i < text.slots.size(); ++i) {
    if (text.slots[i].value == value) return schema->children[i];
  }
  return nullptr;
}

std::unique_ptr<ResultStream> fit_to_values(std::unique_ptr<ResultStream>&& rows,
                                            const PreparedText& text,
                                            const Wait& wait) {
  const ArrowSchema& schema = rows->schema(wait);
  std::vector<size_t> used;
  try {
    if (is_by_name(text.style)) {
      std::vector<std::string_view> given;
      for (int64_t i = 0; i < schema.n_children; ++i) {
        given.push_back(name_of(*schema.children[i]));
      }
      used = match_names(text.found, given);
    } else {
      used = match_positions(text.found, static_cast<size_t>(schema.n_children));
    }
  } catch (const Error& e) {
    rethrow_as_mismatch(e);
  }
  std::vector<int64_t> columns(used.begin(), used.end());
  const std::vector<std::string> names(columns.size());
  return select_columns(std::move(rows), schema, std::move(columns), names);
}

std::unique_ptr<ResultStream> fit_to_slots(std::unique_ptr<ResultStream> rows,
                                           const PreparedText& text, const Wait& wait) {
  const ArrowSchema& schema = rows->schema(wait);
  const bool numbered = text.dialect->placeholder == Placeholder::kDollarNumber;
  std::vector<int64_t> columns;
  std::vector<std::string> names;
  for (size_t i = 0; i < text.slots.size(); ++i) {
    const ParameterSlot& slot = text.slots[i];
    columns.push_back(static_cast<int64_t>(slot.value));
    const ArrowSchema* expected = expected_field(text, slot.value);
    std::string name(expected == nullptr ? std::string_view() : name_of(*expected));
    // datafusion-flight-sql-server reads the number from the field's name.
    if (name.empty()) {
      name = !slot.server_name.empty() ? slot.server_name
             : numbered                ? "$" + std::to_string(i + 1)
                                       : "";
    }
    names.push_back(std::move(name));
  }
  return select_columns(std::move(rows), schema, std::move(columns), names);
}

LiteralText::LiteralText(const PreparedText& text, const ArrowSchema& schema,
                         const InstantWriter& instants)
    : schema_(schema),
      renderer_(text.text, text.style, *text.dialect, schema, instants) {}

std::string LiteralText::of(const ArrowArray& rows, int64_t row) {
  if (viewed_ != &rows) {
    ArrowError error{};
    view_.reset();
    if (ArrowArrayViewInitFromSchema(view_.get(), &schema_, &error) != NANOARROW_OK ||
        ArrowArrayViewSetArray(view_.get(), &rows, &error) != NANOARROW_OK) {
      throw Error(Code::kInvalidArgument,
                  std::string("binding parameters: ") + error.message);
    }
    viewed_ = &rows;
  }
  return renderer_.render(*view_.get(), row);
}

}  // namespace fletching
