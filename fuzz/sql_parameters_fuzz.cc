// SPDX-License-Identifier: Apache-2.0
// Statements of any kind: tokens cover the text in order; placeholders are found where
// the scanner sees neither string nor comment; a rewritten text holds as many of the
// server's placeholders as were found. The first byte is the dialect, the second the
// style.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "backend/sql_parameters.h"
#include "backend/sql_text.h"
#include "fletching/error.h"

namespace {

using namespace fletching;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

void check_tokens(std::string_view sql, const SqlDialect& dialect) {
  SqlScanner scanner(sql, dialect);
  size_t end = 0;
  while (scanner.next() != SqlToken::kEnd) {
    if (scanner.position() < end || scanner.text().empty()) fail("tokens overlap");
    if (is_blank(scanner.text().front())) fail("a token begins with a blank");
    end = scanner.end();
  }
  if (end > sql.size()) fail("a token beyond the text");
}

void check_rewriting(std::string_view sql, ParameterStyle style,
                     const SqlDialect& dialect) {
  const RewrittenSql rewritten(sql, style, dialect);
  const SqlTemplate& found = rewritten.found();
  size_t end = 0;
  for (const SqlTemplate::Piece& piece : found.pieces) {
    if (piece.begin < end || piece.end <= piece.begin || piece.end > sql.size()) {
      fail("pieces overlap");
    }
    if (piece.value != SqlTemplate::kEscape && piece.value >= found.values()) {
      fail("a piece of no value");
    }
    end = piece.end;
  }
  if (!found.has_parameters()) {
    if (rewritten.sql().data() != sql.data() || rewritten.count() != 0) {
      fail("a text without placeholders changed");
    }
    return;
  }
  // What comes out is the numeric style, of the same values, and stays as it is.
  // (:1 is the user's own where $1 is the server's.)
  for (size_t at = sql.find(':'); at != sql.npos; at = sql.find(':', at + 1)) {
    if (at + 1 < sql.size() && sql[at + 1] >= '0' && sql[at + 1] <= '9') return;
  }
  if (dialect.placeholder != Placeholder::kDollarNumber) return;
  const RewrittenSql again(rewritten.sql(), ParameterStyle::kNumeric, dialect);
  if (again.sql() != rewritten.sql() || again.count() != rewritten.count()) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(rewritten.sql().size()),
                 rewritten.sql().data());
    fail("the server sees other placeholders");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const auto dialects = all_dialects();
  const SqlDialect& dialect = dialects[data[0] % dialects.size()];
  const auto style = static_cast<ParameterStyle>(data[1] % 5);
  const std::string_view sql(reinterpret_cast<const char*>(data) + 2, size - 2);
  check_tokens(sql, dialect);
  const bool read = is_read_statement(sql, dialect);
  if (read && is_update_statement(sql, dialect)) fail("both a read and an update");
  if (read && has_several_statements(sql, dialect)) fail("a read of two statements");
  try {
    check_rewriting(sql, style, dialect);
    (void)detect_parameter_style(sql, is_by_name(style), dialect);
  } catch (const Error& error) {
    if (error.code() != Code::kNotImplemented &&
        error.code() != Code::kInvalidArgument) {
      fail("an odd error");
    }
  }
  return 0;
}
