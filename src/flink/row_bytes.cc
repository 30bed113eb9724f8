// SPDX-License-Identifier: Apache-2.0
#include "flink/row_bytes.h"

#include <algorithm>
#include <cstring>

#include "flink/cell_base.h"

namespace fletching::flink {

// One column or nested field: a byte that says whether there is a value, then
//   fixed widths, booleans  the value
//   text, bytes             uint32 size, the bytes
//   lists, maps             uint32 size, the items
//   structs                 the fields
class RowBytes::Node {
 public:
  Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  virtual ~Node() = default;

  void encode(const ArrowArrayView& view, int64_t row, std::string& out) const {
    const bool is_null = ArrowArrayViewIsNull(&view, row) != 0;
    out += is_null ? '\0' : '\1';
    if (!is_null) value(view, row, out);
  }
  void decode(std::string_view& bytes) {
    const bool is_null = take(bytes, 1)[0] == '\0';
    if (is_null) {
      null();
    } else {
      decode_value(bytes);
      ++length_;
    }
  }
  void null() {
    nulls_.push(length_++);
    null_value();
  }
  void finish(ArrowArray* out) {
    out->length = length_;
    if (out->n_buffers > 0) nulls_.move_to(out, length_);
    finish_values(out);
    length_ = 0;
  }
  [[nodiscard]] int64_t length() const noexcept { return length_; }

 protected:
  virtual void value(const ArrowArrayView& view, int64_t row,
                     std::string& out) const = 0;
  virtual void decode_value(std::string_view& bytes) = 0;
  virtual void null_value() = 0;
  virtual void finish_values(ArrowArray* out) = 0;

  static std::string_view take(std::string_view& bytes, size_t size) {
    const std::string_view taken = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return taken;
  }
  static void put_size(std::string& out, size_t size) {
    const auto narrow = static_cast<uint32_t>(size);
    out.append(reinterpret_cast<const char*>(&narrow), sizeof narrow);
  }
  static size_t take_size(std::string_view& bytes) {
    uint32_t size = 0;
    std::memcpy(&size, take(bytes, sizeof size).data(), sizeof size);
    return size;
  }

 private:
  Nulls nulls_;
  int64_t length_ = 0;
};

namespace {

using Node = RowBytes::Node;
using NodePtr = std::unique_ptr<Node>;

class NullNode final : public Node {
  void value(const ArrowArrayView&, int64_t, std::string&) const override {}
  void decode_value(std::string_view&) override {}
  void null_value() override {}
  void finish_values(ArrowArray* out) override { out->null_count = out->length; }
};

class BooleanNode final : public Node {
  void value(const ArrowArrayView& view, int64_t row, std::string& out) const override {
    out += ArrowArrayViewGetIntUnsafe(&view, row) != 0 ? '\1' : '\0';
  }
  void decode_value(std::string_view& bytes) override {
    put(take(bytes, 1)[0] != '\0');
  }
  void null_value() override { put(false); }
  void put(bool value) {
    check_arrow(ArrowBitmapAppend(bits_.get(), value ? 1 : 0, 1));
  }
  void finish_values(ArrowArray* out) override {
    check_arrow(ArrowArraySetBuffer(out, 1, &bits_->buffer));
    bits_ = nanoarrow::UniqueBitmap();
  }
  nanoarrow::UniqueBitmap bits_;
};

class FixedNode final : public Node {
 public:
  explicit FixedNode(size_t width) : width_(width) {}

 private:
  void value(const ArrowArrayView& view, int64_t row, std::string& out) const override {
    const char* values = view.buffer_views[1].data.as_char;
    out.append(values + static_cast<size_t>(row + view.offset) * width_, width_);
  }
  void decode_value(std::string_view& bytes) override {
    values_.append(take(bytes, width_).data(), width_);
  }
  void null_value() override {
    constexpr char kZeros[16] = {};
    values_.append(kZeros, width_);
  }
  void finish_values(ArrowArray* out) override { values_.move_to(out, 1); }

  size_t width_;
  Values<char> values_;
};

class BytesNode final : public Node {
  void value(const ArrowArrayView& view, int64_t row, std::string& out) const override {
    const ArrowBufferView bytes = ArrowArrayViewGetBytesUnsafe(&view, row);
    put_size(out, static_cast<size_t>(bytes.size_bytes));
    out.append(bytes.data.as_char, static_cast<size_t>(bytes.size_bytes));
  }
  void decode_value(std::string_view& bytes) override {
    const size_t size = take_size(bytes);
    data_.append(take(bytes, size).data(), size);
    mark();
  }
  void null_value() override { mark(); }
  void mark() {
    if (data_.size() > INT32_MAX) {
      throw Error(Code::kInvalidState,
                  "a snapshot's column would hold more than 2 GiB in one batch");
    }
    if (offsets_.size() == 0) offsets_.push(0);
    offsets_.push(static_cast<int32_t>(data_.size()));
  }
  void finish_values(ArrowArray* out) override {
    if (offsets_.size() == 0) offsets_.push(0);
    offsets_.move_to(out, 1);
    data_.move_to(out, 2);
  }
  Values<int32_t> offsets_;
  Values<char> data_;
};

class ListNode final : public Node {
 public:
  explicit ListNode(NodePtr item) : item_(std::move(item)) {}

 private:
  void value(const ArrowArrayView& view, int64_t row, std::string& out) const override {
    const int64_t begin = ArrowArrayViewListChildOffset(&view, row + view.offset);
    const int64_t end = ArrowArrayViewListChildOffset(&view, row + view.offset + 1);
    put_size(out, static_cast<size_t>(end - begin));
    for (int64_t i = begin; i < end; ++i) item_->encode(*view.children[0], i, out);
  }
  void decode_value(std::string_view& bytes) override {
    for (size_t left = take_size(bytes); left > 0; --left) item_->decode(bytes);
    mark();
  }
  void null_value() override { mark(); }
  void mark() {
    if (offsets_.size() == 0) offsets_.push(0);
    offsets_.push(static_cast<int32_t>(item_->length()));
  }
  void finish_values(ArrowArray* out) override {
    if (offsets_.size() == 0) offsets_.push(0);
    offsets_.move_to(out, 1);
    item_->finish(out->children[0]);
  }
  NodePtr item_;
  Values<int32_t> offsets_;
};

class StructNode final : public Node {
 public:
  explicit StructNode(std::vector<NodePtr> fields) : fields_(std::move(fields)) {}

 private:
  void value(const ArrowArrayView& view, int64_t row, std::string& out) const override {
    for (size_t i = 0; i < fields_.size(); ++i) {
      fields_[i]->encode(*view.children[i], row + view.offset, out);
    }
  }
  void decode_value(std::string_view& bytes) override {
    for (const NodePtr& field : fields_) field->decode(bytes);
  }
  void null_value() override {
    for (const NodePtr& field : fields_) field->null();
  }
  void finish_values(ArrowArray* out) override {
    for (size_t i = 0; i < fields_.size(); ++i) fields_[i]->finish(out->children[i]);
  }
  std::vector<NodePtr> fields_;
};

[[noreturn]] void no_row(const std::string& column, const char* why) {
  throw Error(Code::kNotImplemented,
              "applying a changelog: column '" + column + "' " + why);
}

size_t width_of(const ArrowSchemaView& view) {
  switch (view.storage_type) {
    case NANOARROW_TYPE_INT8:
    case NANOARROW_TYPE_UINT8:
      return 1;
    case NANOARROW_TYPE_INT16:
    case NANOARROW_TYPE_UINT16:
      return 2;
    case NANOARROW_TYPE_INT32:
    case NANOARROW_TYPE_UINT32:
    case NANOARROW_TYPE_FLOAT:
    case NANOARROW_TYPE_INTERVAL_MONTHS:
      return 4;
    case NANOARROW_TYPE_INT64:
    case NANOARROW_TYPE_UINT64:
    case NANOARROW_TYPE_DOUBLE:
      return 8;
    case NANOARROW_TYPE_DECIMAL128:
    case NANOARROW_TYPE_INTERVAL_MONTH_DAY_NANO:
      return 16;
    default:
      return 0;
  }
}

NodePtr make_node(const ArrowSchema& schema, const std::string& column, int depth) {
  ArrowSchemaView view;
  if (depth > 130 || ArrowSchemaViewInit(&view, &schema, nullptr) != NANOARROW_OK ||
      schema.dictionary != nullptr) {
    no_row(column, "has a schema that rows are not made of");
  }
  if (const size_t width = width_of(view); width != 0) {
    return std::make_unique<FixedNode>(width);
  }
  switch (view.storage_type) {
    case NANOARROW_TYPE_NA:
      return std::make_unique<NullNode>();
    case NANOARROW_TYPE_BOOL:
      return std::make_unique<BooleanNode>();
    case NANOARROW_TYPE_STRING:
    case NANOARROW_TYPE_BINARY:
      return std::make_unique<BytesNode>();
    case NANOARROW_TYPE_LIST:
    case NANOARROW_TYPE_MAP:
      return std::make_unique<ListNode>(
          make_node(*schema.children[0], column, depth + 1));
    case NANOARROW_TYPE_STRUCT: {
      std::vector<NodePtr> fields;
      for (int64_t i = 0; i < schema.n_children; ++i) {
        fields.push_back(make_node(*schema.children[i], column, depth + 1));
      }
      return std::make_unique<StructNode>(std::move(fields));
    }
    default:
      no_row(column, "has a type that Flink's results do not have");
  }
}

void check_rows(int code, const ArrowError& error) {
  if (code == ENOMEM) throw std::bad_alloc();
  if (code == NANOARROW_OK) return;
  throw Error(
      Code::kInvalidData,
      std::string("applying a changelog: the batch does not fit the columns: ") +
          error.message);
}

}  // namespace

RowBytes::RowBytes(const ArrowSchema& schema, const std::vector<size_t>& first)
    : schema_(schema), order_(first), first_(first.size()) {
  for (int64_t i = 0; i < schema.n_children; ++i) {
    const ArrowSchema& child = *schema.children[i];
    columns_.push_back(make_node(child, child.name == nullptr ? "" : child.name, 0));
    const auto at = static_cast<size_t>(i);
    if (std::find(first.begin(), first.end(), at) == first.end()) order_.push_back(at);
  }
  ArrowError error{};
  check_rows(ArrowArrayViewInitFromSchema(view_.get(), &schema, &error), error);
}
RowBytes::~RowBytes() = default;
RowBytes::RowBytes(RowBytes&&) noexcept = default;

void RowBytes::bind(const ArrowArray& rows) {
  ArrowError error{};
  check_rows(ArrowArrayViewSetArray(view_.get(), &rows, &error), error);
  check_rows(
      ArrowArrayViewValidate(view_.get(), NANOARROW_VALIDATION_LEVEL_FULL, &error),
      error);
}

size_t RowBytes::encode(int64_t row, std::string& out) const {
  const size_t begin = out.size();
  size_t first = 0;
  for (size_t i = 0; i < order_.size(); ++i) {
    if (i == first_) first = out.size() - begin;
    const size_t column = order_[i];
    columns_[column]->encode(*view_->children[column], row + view_->offset, out);
  }
  return first_ == order_.size() ? out.size() - begin : first;
}

void RowBytes::decode(std::string_view bytes) {
  for (const size_t column : order_) columns_[column]->decode(bytes);
  ++length_;
}

UniqueArray RowBytes::finish() {
  UniqueArray rows;
  ArrowError error{};
  check_rows(ArrowArrayInitFromSchema(rows.get(), &schema_, &error), error);
  for (size_t i = 0; i < columns_.size(); ++i) columns_[i]->finish(rows->children[i]);
  rows->length = length_;
  length_ = 0;
  check_rows(
      ArrowArrayFinishBuilding(rows.get(), NANOARROW_VALIDATION_LEVEL_MINIMAL, &error),
      error);
  return rows;
}

}  // namespace fletching::flink
