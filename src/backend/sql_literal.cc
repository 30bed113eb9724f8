// SPDX-License-Identifier: Apache-2.0
#include "backend/sql_literal.h"

#include <utility>

#include "arrow/utf8.h"
#include "backend/sql_literal_writer.h"

namespace fletching {

void append_text_literal(std::string& sql, std::string_view text,
                         const SqlDialect& dialect) {
  if (!is_utf8(text)) literal_not_valid("a text is not UTF-8");
  if (text.find('\0') != std::string_view::npos) {
    literal_not_valid(
        "a text holds a NUL character, which SQL text cannot (bind bytes)");
  }
  const Answer backslash = dialect.lexical.backslash;
  if (backslash == Answer::kUnknown && text.find('\\') != std::string_view::npos) {
    literal_not_supported(
        "a text holds a backslash, which this server may read as an escape (name the "
        "server with the option profile)");
  }
  const LiteralForms& forms = dialect.literals;
  sql += '\'';
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\'') {
      sql += forms.backslash_quotes ? "\\'" : "''";
    } else if (c == '\\' && backslash == Answer::kYes) {
      sql += "\\\\";
    } else if (c == '$' && forms.escape_dollar) {
      sql += "\\u0024";
    } else {
      sql += c;
    }
  }
  sql += '\'';
}

LiteralRenderer::LiteralRenderer(const SqlDialect& dialect, const ArrowSchema& schema,
                                 InstantWriter instants)
    : dialect_(&dialect),
      field_(std::make_unique<const Field>(compile_literal_field(schema))),
      instants_(std::move(instants)) {}
LiteralRenderer::LiteralRenderer(LiteralRenderer&&) noexcept = default;
LiteralRenderer& LiteralRenderer::operator=(LiteralRenderer&&) noexcept = default;
LiteralRenderer::~LiteralRenderer() = default;

void LiteralRenderer::append(std::string& sql, const ArrowArrayView& array,
                             int64_t row) const {
  LiteralWriter(*dialect_, sql, instants_).value(*field_, array, row);
}

std::string render_literal(const SqlDialect& dialect, const ArrowSchema& schema,
                           const ArrowArrayView& array, int64_t row) {
  std::string sql;
  LiteralRenderer(dialect, schema).append(sql, array, row);
  return sql;
}

ParameterRenderer::ParameterRenderer(std::string_view sql, ParameterStyle style,
                                     const SqlDialect& dialect,
                                     const ArrowSchema& parameters,
                                     const InstantWriter& instants)
    : sql_(sql), found_(find_parameters(sql, style, dialect)) {
  const auto given = static_cast<size_t>(parameters.n_children);
  if (is_by_name(style)) {
    std::vector<std::string_view> names;
    for (size_t i = 0; i < given; ++i) {
      const char* name = parameters.children[i]->name;
      names.emplace_back(name == nullptr ? "" : name);
    }
    columns_ = match_names(found_, names);
  } else {
    columns_ = match_positions(found_, given);
  }
  for (const size_t column : columns_) {
    renderers_.emplace_back(dialect, *parameters.children[column], instants);
  }
}

std::string ParameterRenderer::label(size_t value) const {
  return found_.names.empty()
             ? "parameter " + std::to_string(found_.ordinals[value] + 1)
             : "parameter " + found_.names[value];
}

std::string ParameterRenderer::render(const ArrowArrayView& rows, int64_t row) const {
  if (!found_.has_parameters()) return sql_;
  std::vector<std::string> literals(renderers_.size());
  for (size_t i = 0; i < renderers_.size(); ++i) {
    try {
      renderers_[i].append(literals[i], *rows.children[columns_[i]], row + rows.offset);
    } catch (const Error& error) {
      throw error.with_context(label(i));
    }
  }
  return fill_parameters(sql_, found_, literals);
}

std::string render_parameters(std::string_view sql, ParameterStyle style,
                              const SqlDialect& dialect, const ArrowSchema& parameters,
                              const ArrowArrayView& rows, int64_t row) {
  return ParameterRenderer(sql, style, dialect, parameters).render(rows, row);
}

}  // namespace fletching
