// SPDX-License-Identifier: Apache-2.0
#include "driver/metadata_ask.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "driver/metadata_like.h"
#include "driver/metadata_rows.h"
#include "driver/metadata_schema.h"
#include "fletching/error.h"

namespace fletching {
namespace {

enum class Patterns : uint8_t { kPlain, kEscaped, kWider };

bool is_about_keys(MetadataRequest::Kind kind) {
  using Kind = MetadataRequest::Kind;
  return kind == Kind::kPrimaryKeys || kind == Kind::kImportedKeys ||
         kind == Kind::kExportedKeys || kind == Kind::kCrossReference;
}

bool has_place(const TableName& table) {
  return !table.catalog.value_or("").empty() || !table.schema.value_or("").empty();
}

void leave_out_place(TableName& table) {
  table.catalog.reset();
  table.schema.reset();
}

bool depends_on_escape(const std::optional<std::string>& pattern) {
  return pattern && LikePattern(*pattern).depends_on_escape();
}

void rewrite(std::optional<std::string>& pattern, Patterns how,
             const std::string& escape) {
  if (!depends_on_escape(pattern)) return;
  const LikePattern parsed(*pattern);
  pattern = how == Patterns::kEscaped ? parsed.with_escape(escape) : parsed.wider();
}

std::string mapped(std::string text, char from, char to, int shift) {
  for (char& c : text) {
    if (c >= from && c <= to) c = static_cast<char>(c + shift);
  }
  return text;
}

// As given, in upper and in lower case: a server compares its own spelling.
void spell_types(std::vector<std::string>& types) {
  std::vector<std::string> out;
  const auto add = [&](std::string type) {
    if (std::find(out.begin(), out.end(), type) == out.end()) {
      out.push_back(std::move(type));
    }
  };
  for (const std::string& type : types) add(type);
  for (const std::string& type : types) {
    add(mapped(type, 'a', 'z', 'A' - 'a'));
    add(mapped(type, 'A', 'Z', 'a' - 'A'));
  }
  types = std::move(out);
}

// By code, or, where the server has used another one, by its words.
bool says_not_implemented(const Error& error) {
  if (error.code() == Code::kNotImplemented) return true;
  if (error.vendor_code() == 0) return false;
  switch (error.code()) {
    case Code::kUnknown:
    case Code::kInternal:
    case Code::kInvalidArgument:
      break;
    default:
      return false;
  }
  const std::string words = mapped(error.message(), 'A', 'Z', 'a' - 'A');
  constexpr std::array<std::string_view, 4> kPhrases = {
      "not implemented", "unimplemented", "not supported", "unsupported"};
  return std::any_of(kPhrases.begin(), kPhrases.end(), [&](std::string_view phrase) {
    return words.find(phrase) != std::string::npos;
  });
}

[[noreturn]] void rethrow(const Error& error, MetadataRequest::Kind kind) {
  const std::string name(command_name(kind));
  if (!says_not_implemented(error)) throw error.with_context(name);
  throw Error(
      Code::kNotImplemented,
      name + ": the server does not implement it (it says: " + error.message() + ")",
      "", error.vendor_code(), error.details());
}

// The keys' commands name a table exactly, and servers compare "" with their NULL:
// rows without a catalog or schema are told apart here.
void leave_out_empty(TableName& table) {
  if (table.catalog && table.catalog->empty()) table.catalog.reset();
  if (table.schema && table.schema->empty()) table.schema.reset();
}

class Question {
 public:
  Question(std::shared_ptr<Session> session, MetadataRequest request,
           bool lenient_schema)
      : session_(std::move(session)),
        request_(std::move(request)),
        lenient_schema_(lenient_schema) {}

  [[nodiscard]] MetadataRequest::Kind kind() const noexcept { return request_.kind; }

  // Whether the wider way may find more than `how`.
  [[nodiscard]] bool may_widen(Patterns how) const {
    if (!is_about_keys(request_.kind)) return how == Patterns::kEscaped;
    return has_place(request_.table) || has_place(request_.foreign_table);
  }

  // The best way.
  [[nodiscard]] Patterns choose(const Wait& wait) {
    if (!depends_on_escape(request_.schema_pattern) &&
        !depends_on_escape(request_.table_pattern)) {
      return Patterns::kPlain;
    }
    escape_ = session_->server_info(wait).search_escape.value_or("");
    return escape_.empty() ? Patterns::kWider : Patterns::kEscaped;
  }

  [[nodiscard]] std::unique_ptr<ResultStream> put(Patterns how, const Wait& wait) {
    MetadataRequest sent = request_;
    rewrite(sent.schema_pattern, how, escape_);
    rewrite(sent.table_pattern, how, escape_);
    spell_types(sent.table_types);
    // A server whose keys do not say their catalog or schema finds none for those.
    const auto shorten = how == Patterns::kWider ? leave_out_place : leave_out_empty;
    shorten(sent.table);
    shorten(sent.foreign_table);
    return normalised(session_->metadata(sent, wait), request_, lenient_schema_);
  }

 private:
  std::shared_ptr<Session> session_;
  MetadataRequest request_;
  bool lenient_schema_;
  std::string escape_;
};

// Asks again, once, where the narrow question has found nothing.
class AnswerStream : public ResultStream {
 public:
  AnswerStream(Question question, const Wait& wait, Again again)
      : question_(std::move(question)) {
    const Patterns how = question_.choose(wait);
    may_widen_ = again == Again::kMayWiden && question_.may_widen(how);
    answer_ = question_.put(how, wait);
  }

  const ArrowSchema& schema(const Wait& wait) override { return answer_->schema(wait); }

  Next next(Batch& out, const Wait& wait, Deadline nap) override {
    try {
      const Next step = answer_->next(out, wait, nap);
      if (step == Next::kBatch && out.rows->length > 0) may_widen_ = false;
      if (step != Next::kEnd || !may_widen_) return step;
      may_widen_ = false;
      answer_ = question_.put(Patterns::kWider, wait);
      return answer_->next(out, wait, nap);
    } catch (const Error& error) {
      if (says_not_implemented(error)) rethrow(error, question_.kind());
      throw;
    }
  }

  [[nodiscard]] bool runs_foreign_code() const override {
    return answer_->runs_foreign_code();
  }
  [[nodiscard]] Progress progress() const override { return answer_->progress(); }
  void cancel() noexcept override { answer_->cancel(); }

 private:
  Question question_;
  std::unique_ptr<ResultStream> answer_;
  bool may_widen_ = false;
};

}  // namespace

std::unique_ptr<ResultStream> ask_metadata(const std::shared_ptr<Session>& session,
                                           const MetadataRequest& request,
                                           const Wait& wait, bool lenient_schema,
                                           Again again) {
  try {
    return std::make_unique<AnswerStream>(Question(session, request, lenient_schema),
                                          wait, again);
  } catch (const Error& error) {
    rethrow(error, request.kind);
  }
}

}  // namespace fletching
