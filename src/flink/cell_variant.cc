// SPDX-License-Identifier: Apache-2.0
// Confluent's VARIANT: trees of nodes [code, ...] that say their own types.
//
//   [0] NULL    [1, [[key, node], ...]] object    [2, [node, ...]] array
//   [code, "text"] scalars: 3 BOOLEAN 4-7 integers 8 FLOAT 9 DOUBLE 10 DECIMAL 11
//   STRING 12 DATE 13 TIMESTAMP 14 TIMESTAMP_LTZ (in UTC; the session's offset follows)
//   15 BYTES 16 TIME 17 TIMESTAMP_NS 18 TIMESTAMP_LTZ_NS [code < 0, metadata, value]
//   what the server itself could not read
#include "flink/cell_base.h"

namespace fletching::flink {
namespace {

constexpr int kMaxDepth = 200;

class TreeReader {
 public:
  // Appends the node as JSON.
  void node(json::value& value, std::string& out, int depth = 0) {
    if (depth > kMaxDepth) throw BadValue{"a VARIANT is nested more than 200 deep"};
    const std::string_view token = token_of(value);
    if (token.empty() || token[0] != '[') malformed();
    int at = 0;
    int64_t code = 0;
    for (auto item : must(value.get_array())) {
      json::value part = must(std::move(item));
      if (at == 0) {
        code = read_integer(token_of(part), INT64_MIN, INT64_MAX);
      } else if (at == 1) {
        content(code, part, out, depth);
      } else {
        more(code, part, at);
      }
      ++at;
    }
    finish(code, at, out);
  }

  // Whether a node could not be read by the server.
  [[nodiscard]] bool undecodable() const noexcept { return undecodable_; }

 private:
  [[noreturn]] static void malformed() {
    throw BadValue{"a VARIANT's tree is malformed"};
  }

  void content(int64_t code, json::value& part, std::string& out, int depth) {
    if (code < 0) return blob(part);
    if (code == 1) return object(part, out, depth);
    if (code == 2) return array(part, out, depth);
    const std::string_view token = token_of(part);
    if (token.empty() || token[0] != '"') malformed();
    scalar(code, string_of(part, token), token, out);
  }
  static void blob(json::value& part) {
    const std::string_view token = token_of(part);
    if (token.empty() || token[0] != '"') malformed();
    std::string bytes;
    read_hex(string_of(part, token), bytes);
  }
  static void more(int64_t code, json::value& part, int at) {
    if (code < 0 && at == 2) return blob(part);
    if ((code != 14 && code != 18) || at != 2) malformed();
  }
  void finish(int64_t code, int parts, std::string& out) {
    if (code < 0 ? parts != 3 : code == 0 ? parts != 1 : parts < 2) malformed();
    if (parts == 0) malformed();
    if (code == 0) out += "null";
    if (code < 0) undecodable_ = true;
  }

  void object(json::value& part, std::string& out, int depth) {
    if (token_of(part).substr(0, 1) != "[") malformed();
    out += '{';
    bool first = true;
    for (auto item : must(part.get_array())) {
      json::value entry = must(std::move(item));
      if (!first) out += ',';
      first = false;
      member(entry, out, depth);
    }
    out += '}';
  }
  void member(json::value& entry, std::string& out, int depth) {
    if (token_of(entry).substr(0, 1) != "[") malformed();
    int at = 0;
    for (auto item : must(entry.get_array())) {
      json::value part = must(std::move(item));
      if (at == 0) {
        const std::string_view token = token_of(part);
        if (token.empty() || token[0] != '"') malformed();
        (void)string_of(part, token);  // its escapes are legal
        out += token;
        out += ':';
      } else if (at == 1) {
        node(part, out, depth + 1);
      }
      ++at;
    }
    if (at != 2) malformed();
  }
  void array(json::value& part, std::string& out, int depth) {
    if (token_of(part).substr(0, 1) != "[") malformed();
    out += '[';
    bool first = true;
    for (auto item : must(part.get_array())) {
      json::value each = must(std::move(item));
      if (!first) out += ',';
      first = false;
      node(each, out, depth + 1);
    }
    out += ']';
  }

  // text: what `token` means.
  static void scalar(int64_t code, std::string_view text, std::string_view token,
                     std::string& out) {
    switch (code) {
      case 3:
        out += read_boolean(text) ? "true" : "false";
        return;
      case 4:
      case 5:
      case 6:
      case 7:
        out += std::to_string(read_integer(text, INT64_MIN, INT64_MAX));
        return;
      case 8:
      case 9:
      case 10:
        return number(code, text, out);
      case 12:
        (void)read_date(text);
        break;
      case 13:
      case 17:
        (void)read_timestamp(text, 9);
        break;
      case 14:
      case 18:
        (void)read_timestamp(text, 9);
        out += '"';
        out += text;
        out += "+00:00\"";
        return;
      case 15:
        return bytes(text, out);
      case 16:
        (void)read_time(text, 9);
        break;
      case 11:
        break;
      default:
        malformed();
    }
    out += token;
  }

  static void number(int64_t code, std::string_view text, std::string& out) {
    const bool finite = text != "NaN" && text != "Infinity" && text != "-Infinity";
    if (!finite && code == 10) malformed();
    if (finite && !is_json_number(text)) bad_text(text, "number");
    if (!finite) out += '"';  // JSON has none of these
    out += text;
    if (!finite) out += '"';
  }
  static bool is_json_number(std::string_view text) {
    size_t at = 0;
    const auto digits = [&] {
      const size_t first = at;
      while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
      return at - first;
    };
    if (text.starts_with('-')) ++at;
    const bool zero = at < text.size() && text[at] == '0';
    const size_t whole = digits();
    if (whole == 0 || (zero && whole > 1)) return false;
    if (at < text.size() && text[at] == '.') {
      ++at;
      if (digits() == 0) return false;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
      ++at;
      if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
      if (digits() == 0) return false;
    }
    return at == text.size();
  }

  static void bytes(std::string_view text, std::string& out) {
    constexpr const char* kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string raw;
    read_hex(text, raw);
    out += '"';
    for (size_t i = 0; i < raw.size(); i += 3) {
      uint32_t bits = 0;
      for (size_t k = 0; k < 3; ++k) {
        bits = bits << 8 | (i + k < raw.size() ? static_cast<uint8_t>(raw[i + k]) : 0u);
      }
      for (size_t k = 0; k < 4; ++k) {
        out += i + k <= raw.size() ? kDigits[bits >> (18 - 6 * k) & 63] : '=';
      }
    }
    out += '"';
  }

  bool undecodable_ = false;
};

class VariantCell final : public Cell {
 public:
  VariantCell(CellPtr strings, const CellContext& context)
      : strings_(std::move(strings)), context_(context) {}

  void json(json::value& value) override {
    const std::string_view token = token_of(value);
    if (token == "null") return null();
    const char* start = token.data();
    text_.clear();
    TreeReader tree;
    tree.node(value, text_);
    if (context_.variant == VariantForm::kTree) {
      text_ = extent_of({start, static_cast<size_t>(context_.page_end - start)});
    } else if (tree.undecodable()) {
      throw BadValue{"the server could not read a part of this VARIANT"};
    }
    strings_->text(text_);
    length_ = strings_->length();
  }
  void plain(PlainText& text) override { text.refuse(); }
  void text(std::string_view text) override { bad_text(text, "VARIANT"); }
  void null() override {
    strings_->null();
    length_ = strings_->length();
  }
  void truncate(int64_t length) override {
    strings_->truncate(length);
    length_ = length;
  }
  void finish(ArrowArray* out) override {
    strings_->finish(out);
    length_ = 0;
  }

 private:
  CellPtr strings_;
  const CellContext& context_;
  std::string text_;
};

}  // namespace

CellPtr make_variant_cell(const Type& type, CellContext& context) {
  if (type.root != Root::kVariant) return nullptr;
  Type text;
  text.root = Root::kVarchar;
  return std::make_unique<VariantCell>(make_text_cell(text, context), context);
}

}  // namespace fletching::flink
