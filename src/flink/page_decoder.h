// SPDX-License-Identifier: Apache-2.0
// Result pages of Flink's servers as Arrow batches, in one pass over their JSON.
//
// A page is not believed: it may be any bytes. What is no page is refused with
// kInvalidData; a value that is none of its column's type spoils its row alone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/result_stream.h"
#include "flink/types.h"

namespace fletching::flink {

// How a page writes values (the same page form holds the gateway's two row formats).
enum class Encoding : uint8_t {
  kConfluent,         // statements API: every scalar a string, rows by position
  kGatewayJson,       // SQL Gateway, rowFormat=JSON: native JSON
  kGatewayPlainText,  // SQL Gateway, rowFormat=PLAIN_TEXT: every field one string
};

// What no value says: VARIANT values of Confluent are trees [code, value] that know
// their types.
enum class VariantForm : uint8_t {
  kJson,  // JSON text, on both servers
  kTree,  // the tree's own JSON text (Confluent alone; the gateway's stays JSON text)
};

struct DecodeOptions {
  // sql.local-time-zone or table.local-time-zone of the statement: both servers write
  // TIMESTAMP_LTZ as this zone's clocks show it (the gateway's "Z" is not true). UTC
  // and its names, offsets ("+05:30", "GMT-08:00") and regions ("Europe/Paris", from
  // the system's zoneinfo). Where clocks are put back an hour is told twice: such a
  // value is a fault, never a guess.
  std::string session_zone = "UTC";
  // A value that does not decode: a fault of its row, or NULL (and a fault that says
  // so).
  enum class BadValue : uint8_t { kFault, kNull } bad_value = BadValue::kFault;
  VariantForm variant = VariantForm::kJson;
};

// What stands around the rows.
struct PageInfo {
  enum class Kind : uint8_t {
    kNotReady,  // the gateway's NOT_READY: no columns, no rows, ask again
    kRows,      // there may be none of them
    kEnd,       // the gateway's EOS (its rows count); Confluent: no next page
  };
  Kind kind = Kind::kRows;
  std::string next;         // nextResultUri or metadata.next as it was sent; "": none
  bool is_query = true;     // gateway: isQueryResult
  std::string result_kind;  // gateway: "SUCCESS", "SUCCESS_WITH_CONTENT"
  std::string job_id;       // gateway: jobID
  std::string row_format;   // gateway: "JSON", "PLAIN_TEXT"
  // Confluent answers some failures with 200: `null`, or no results.data. Then this
  // page has no rows, and what it said instead is here ("null", the object `error`).
  bool missing_results = false;
  std::string error_json;
};

// A row that did not decode, or (BadValue::kNull) one whose value became NULL.
struct Fault {
  int64_t row = 0;        // in the page, from 0
  int64_t before = 0;     // how many of Page::rows come before it
  int64_t column = -1;    // from 0; -1: the row as a whole
  bool replaced = false;  // the row is there, with NULL in this column
  std::string what;  // "column 2 'd' (DECIMAL(10, 2)): the text 'oops' is no number"
  std::string json;  // the whole row as it was sent
};

struct Page {
  PageInfo info;
  UniqueArray rows;  // of PageDecoder::schema(); released if there are no columns
  std::vector<RowKind> ops;   // one a row of `rows`, or empty: all insert
  std::vector<Fault> faults;  // by row
};

// Which columns a format does not determine, and what to write instead. Empty: all are.
struct Undetermined {
  size_t column;
  std::string what;  // "column 1 'm' (MAP<INT, STRING>): ... (CAST(`m` AS ...))"
};
[[nodiscard]] std::vector<Undetermined> undetermined_columns(const Columns& columns,
                                                             Encoding encoding);
// Throws kNotImplemented for the first of them.
void check_determined(const Columns& columns, Encoding encoding);

// Decodes the pages of one result, one after the other. Not thread-safe; the pages it
// made are independent of it.
class PageDecoder {
 public:
  // Throws kInvalidArgument for a zone that nobody knows.
  explicit PageDecoder(Encoding encoding, DecodeOptions options = {});
  ~PageDecoder();
  PageDecoder(PageDecoder&&) noexcept;
  PageDecoder& operator=(PageDecoder&&) noexcept;

  // Confluent's columns, from the statement's traits; a gateway's pages bring theirs.
  // Throws as check_determined() and arrow_schema() do.
  void set_columns(Columns columns);

  [[nodiscard]] bool has_columns() const noexcept;
  // Once there are columns; valid until others are set.
  [[nodiscard]] const Columns& columns() const;
  [[nodiscard]] const ArrowSchema& schema() const;

  // The text of one page. Throws kInvalidData for what is none, for a page whose
  // columns are not those of the first, and for rows where no columns are known;
  // kNotImplemented as check_determined() does. After an error the decoder takes the
  // next page as if that one had not been.
  [[nodiscard]] Page decode(std::string json);

  struct State;  // private

 private:
  std::unique_ptr<State> state_;
};

// Hands out a page's rows in order, and its faults where they stand: rows before a
// fault, then the fault as an error, again and again until skip(), then the rows after.
class PageCursor {
 public:
  // rows_before: rows of the pages before this one, for messages.
  explicit PageCursor(Page page, int64_t rows_before = 0);

  // False at the end of the page. Throws Error(kInvalidData) at a fault: "reading row
  // 1004 of the result: column 2 'd' ...", with details "row" (its JSON), "row_number",
  // "column". Faults that were replaced by NULL are passed over.
  [[nodiscard]] bool next(Batch& out);
  // Whether next() has given all rows.
  [[nodiscard]] bool at_end() const noexcept {
    return at_ == length_ && fault_ == faults_.size();
  }
  // Passes over the fault that next() stands at; nothing otherwise.
  void skip() noexcept;

  [[nodiscard]] const PageInfo& info() const noexcept { return info_; }
  // The page's faults, replaced values among them.
  [[nodiscard]] const std::vector<Fault>& faults() const noexcept { return faults_; }
  // Rows of this page, those that did not decode too.
  [[nodiscard]] int64_t rows_of_page() const noexcept { return rows_of_page_; }

 private:
  [[noreturn]] void raise(const Fault& fault) const;

  PageInfo info_;
  std::shared_ptr<const UniqueArray> rows_;
  std::vector<RowKind> ops_;
  std::vector<Fault> faults_;
  int64_t rows_before_;
  int64_t length_ = 0, rows_of_page_ = 0;
  int64_t at_ = 0;    // the next row
  size_t fault_ = 0;  // the next fault
};

}  // namespace fletching::flink
