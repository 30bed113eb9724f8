// SPDX-License-Identifier: Apache-2.0
// Cells of ARRAY, MAP, MULTISET and ROW.
//
//              Confluent         gateway JSON         PLAIN_TEXT
//   ARRAY      [1, null]         [1, null]            [1, NULL]
//   MAP        [[k, v], ...]     {"k": v, ...}        {k=v, ...}
//   ROW        [1, 2]            {"a": 1, "b": 2}     (1, 2)
#include <limits>

#include "flink/cell_base.h"

namespace fletching::flink {
namespace {

json::array array_of(json::value& value, std::string_view token) {
  if (token.empty() || token[0] != '[') bad_token(token, "a JSON array");
  return must(value.get_array());
}

// What nested cells share: NULL, and a PLAIN_TEXT value in one string.
class NestedCell : public Cell {
 public:
  explicit NestedCell(Encoding encoding) : encoding_(encoding) {}

  void json(json::value& value) final {
    const std::string_view token = token_of(value);
    if (token == "null") return null();
    if (encoding_ != Encoding::kGatewayPlainText) return parts(value, token);
    if (token.empty() || token[0] != '"') bad_token(token, "a JSON string");
    text(string_of(value, token));
  }
  void text(std::string_view text) final {
    PlainText rest(text);
    plain_parts(rest);
    rest.end();
  }
  void plain(PlainText& text) final {
    if (text.take_null()) return null();
    plain_parts(text);
  }

 protected:
  virtual void parts(json::value& value, std::string_view token) = 0;
  virtual void plain_parts(PlainText& text) = 0;

  [[nodiscard]] bool confluent() const noexcept {
    return encoding_ == Encoding::kConfluent;
  }
  Nulls nulls_;

 private:
  Encoding encoding_;
};

// The offsets of lists and maps.
class Offsets {
 public:
  void push(int64_t end) {
    if (end > std::numeric_limits<int32_t>::max()) {
      throw BadValue{"a column of one page would hold more than 2^31 items"};
    }
    start();
    offsets_.push(static_cast<int32_t>(end));
  }
  // How many items the first `length` lists have.
  int64_t truncate(int64_t length) noexcept {
    if (offsets_.size() == 0) return 0;
    offsets_.resize_down(static_cast<size_t>(length) + 1);
    return offsets_.at(static_cast<size_t>(length));
  }
  void move_to(ArrowArray* out) {
    start();
    offsets_.move_to(out, 1);
  }

 private:
  void start() {
    if (offsets_.size() == 0) offsets_.push(0);
  }
  Values<int32_t> offsets_;
};

class ArrayCell final : public NestedCell {
 public:
  ArrayCell(Encoding encoding, CellPtr item)
      : NestedCell(encoding), item_(std::move(item)) {}

  void null() override {
    offsets_.push(item_->length());
    nulls_.push(length_++);
  }
  void truncate(int64_t length) override {
    length_ = length;
    nulls_.truncate(length);
    item_->truncate(offsets_.truncate(length));
  }
  void finish(ArrowArray* out) override {
    out->length = length_;
    nulls_.move_to(out, length_);
    offsets_.move_to(out);
    item_->finish(out->children[0]);
    length_ = 0;
  }

 private:
  void parts(json::value& value, std::string_view token) override {
    for (auto item : array_of(value, token)) {
      json::value each = must(std::move(item));
      item_->json(each);
    }
    done();
  }
  void plain_parts(PlainText& text) override {
    text.expect("[");
    if (!text.take("]")) {
      do item_->plain(text);
      while (text.take(", "));
      text.expect("]");
    }
    done();
  }
  void done() {
    offsets_.push(item_->length());
    ++length_;
  }

  CellPtr item_;
  Offsets offsets_;
};

// MAP and MULTISET. NULL keys, which Arrow does not have, are refused.
class MapCell final : public NestedCell {
 public:
  MapCell(Encoding encoding, CellPtr key, bool nullable_key, CellPtr value)
      : NestedCell(encoding),
        key_(std::move(key)),
        nullable_key_(nullable_key),
        value_(std::move(value)) {}

  void null() override {
    offsets_.push(key_->length());
    nulls_.push(length_++);
  }
  void truncate(int64_t length) override {
    length_ = length;
    nulls_.truncate(length);
    const int64_t entries = offsets_.truncate(length);
    key_->truncate(entries);
    value_->truncate(entries);
  }
  void finish(ArrowArray* out) override {
    out->length = length_;
    nulls_.move_to(out, length_);
    offsets_.move_to(out);
    ArrowArray* entries = out->children[0];
    entries->length = key_->length();
    key_->finish(entries->children[0]);
    value_->finish(entries->children[1]);
    length_ = 0;
  }

 private:
  void parts(json::value& value, std::string_view token) override {
    if (confluent()) {
      for (auto item : array_of(value, token)) {
        json::value entry = must(std::move(item));
        pair(entry);
      }
    } else {
      object(value, token);
    }
    done();
  }

  void pair(json::value& entry) {
    int parts = 0;
    for (auto item : array_of(entry, token_of(entry))) {
      json::value part = must(std::move(item));
      if (parts == 0) {
        if (token_of(part) == "null") null_key();
        key_->json(part);
      } else if (parts == 1) {
        value_->json(part);
      }
      ++parts;
    }
    if (parts != 2) throw BadValue{"an entry of a map is no pair"};
  }

  void object(json::value& value, std::string_view token) {
    if (token.empty() || token[0] != '{') bad_token(token, "a JSON object");
    for (auto item : must(value.get_object())) {
      json::field entry = must(std::move(item));
      const std::string_view name = must(entry.unescaped_key());
      // This is how the gateway writes a key that is NULL, too.
      if (nullable_key_ && name == "null") {
        throw BadValue{
            "a key of the map is NULL or the text 'null', which the gateway writes "
            "alike (filter it, or select the map's entries as an ARRAY of ROWs)"};
      }
      key_->text(name);
      value_->json(entry.value());
    }
  }

  void plain_parts(PlainText& text) override {
    text.expect("{");
    if (!text.take("}")) {
      do {
        if (text.take_null()) null_key();
        key_->plain(text);
        text.expect("=");
        value_->plain(text);
      } while (text.take(", "));
      text.expect("}");
    }
    done();
  }

  [[noreturn]] static void null_key() {
    throw BadValue{"a key of the map is NULL, which Arrow's maps cannot hold"};
  }
  void done() {
    offsets_.push(key_->length());
    ++length_;
  }

  CellPtr key_;
  bool nullable_key_;
  CellPtr value_;
  Offsets offsets_;
};

class RowCell final : public NestedCell {
 public:
  struct Part {
    std::string name;
    CellPtr cell;
  };
  RowCell(Encoding encoding, std::vector<Part> parts)
      : NestedCell(encoding), parts_(std::move(parts)) {}

  void null() override {
    for (Part& part : parts_) part.cell->null();
    nulls_.push(length_++);
  }
  void truncate(int64_t length) override {
    length_ = length;
    nulls_.truncate(length);
    for (Part& part : parts_) part.cell->truncate(length);
  }
  void finish(ArrowArray* out) override {
    out->length = length_;
    nulls_.move_to(out, length_);
    for (size_t i = 0; i < parts_.size(); ++i) parts_[i].cell->finish(out->children[i]);
    length_ = 0;
  }

 private:
  void parts(json::value& value, std::string_view token) override {
    if (confluent()) {
      by_position(value, token);
    } else {
      by_name(value, token);
    }
    ++length_;
  }

  void by_position(json::value& value, std::string_view token) {
    size_t at = 0;
    for (auto item : array_of(value, token)) {
      json::value part = must(std::move(item));
      if (at < parts_.size()) parts_[at].cell->json(part);
      ++at;
    }
    if (at != parts_.size()) {
      throw BadValue{"a row has " + std::to_string(at) + " fields, not " +
                     std::to_string(parts_.size())};
    }
  }

  void by_name(json::value& value, std::string_view token) {
    if (token.empty() || token[0] != '{') bad_token(token, "a JSON object");
    size_t expected = 0;
    for (auto item : must(value.get_object())) {
      json::field field = must(std::move(item));
      const std::string_view name = must(field.unescaped_key());
      Part& part = part_named(name, expected);
      if (part.cell->length() != length_) {
        throw BadValue{"a row has its field '" + part.name + "' twice"};
      }
      part.cell->json(field.value());
    }
    for (const Part& part : parts_) {
      if (part.cell->length() == length_) {
        throw BadValue{"a row lacks its field '" + part.name + "'"};
      }
    }
  }

  // They almost always come in the type's order.
  Part& part_named(std::string_view name, size_t& expected) {
    if (expected < parts_.size() && parts_[expected].name == name) {
      return parts_[expected++];
    }
    for (size_t i = 0; i < parts_.size(); ++i) {
      if (parts_[i].name == name) {
        expected = i + 1;
        return parts_[i];
      }
    }
    throw BadValue{"a row has a field '" + std::string(name.substr(0, 100)) +
                   "' that its type does not know"};
  }

  void plain_parts(PlainText& text) override {
    text.expect("(");
    for (size_t i = 0; i < parts_.size(); ++i) {
      if (i != 0) text.expect(", ");
      parts_[i].cell->plain(text);
    }
    text.expect(")");
    ++length_;
  }

  std::vector<Part> parts_;
};

CellPtr count_cell(CellContext& context) {
  Type count;
  count.root = Root::kInteger;
  return make_cell(count, context);
}

}  // namespace

CellPtr make_nested_cell(const Type& type, CellContext& context) {
  switch (type.root) {
    case Root::kArray:
      return std::make_unique<ArrayCell>(context.encoding,
                                         make_cell(type.element(), context));
    case Root::kMap:
      return std::make_unique<MapCell>(context.encoding, make_cell(type.key(), context),
                                       type.key().nullable,
                                       make_cell(type.value(), context));
    case Root::kMultiset:
      return std::make_unique<MapCell>(context.encoding,
                                       make_cell(type.element(), context),
                                       type.element().nullable, count_cell(context));
    case Root::kRow:
    case Root::kStructured: {
      std::vector<RowCell::Part> parts;
      for (const Field& field : type.fields) {
        parts.push_back({field.name, make_cell(field.type, context)});
      }
      return std::make_unique<RowCell>(context.encoding, std::move(parts));
    }
    default:
      return nullptr;
  }
}

CellPtr make_cell(const Type& type, CellContext& context) {
  if (CellPtr made = make_scalar_cell(type, context)) return made;
  if (CellPtr made = make_text_cell(type, context)) return made;
  if (CellPtr made = make_variant_cell(type, context)) return made;
  if (CellPtr made = make_nested_cell(type, context)) return made;
  throw Error(Code::kInternal,
              "no cell for the Flink type " + std::string(root_name(type)));
}

}  // namespace fletching::flink
