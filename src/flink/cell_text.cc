// SPDX-License-Identifier: Apache-2.0
// Cells of text and of bytes.
#include <limits>

#include "flink/cell_base.h"

namespace fletching::flink {
namespace {

// Offsets and the bytes between them.
class Strings {
 public:
  void push(std::string_view bytes) {
    if (bytes.size() > kMost - data_.size()) {
      throw BadValue{"a column of one page would hold more than 2 GiB"};
    }
    start();
    data_.append(bytes.data(), bytes.size());
    offsets_.push(static_cast<int32_t>(data_.size()));
  }
  void truncate(int64_t length) noexcept {
    if (offsets_.size() == 0) return;
    offsets_.resize_down(static_cast<size_t>(length) + 1);
    data_.resize_down(static_cast<size_t>(offsets_.at(static_cast<size_t>(length))));
  }
  void move_to(ArrowArray* out) {
    start();
    offsets_.move_to(out, 1);
    data_.move_to(out, 2);
  }

 private:
  static constexpr size_t kMost = std::numeric_limits<int32_t>::max();
  void start() {
    if (offsets_.size() == 0) offsets_.push(0);
  }
  Values<int32_t> offsets_;
  Values<char> data_;
};

// Read: appends what a text means to a string; or the text itself.
template <class Read>
class StringCell final : public ScalarCell<StringCell<Read>> {
 public:
  StringCell(Tokens tokens, Read read)
      : ScalarCell<StringCell>(tokens), read_(std::move(read)) {}

  void text(std::string_view text) override {
    strings_.push(read_(text));
    ++this->length_;
  }
  void null() override {
    strings_.push({});
    this->nulls_.push(this->length_++);
  }
  void truncate(int64_t length) override {
    this->length_ = length;
    this->nulls_.truncate(length);
    strings_.truncate(length);
  }
  void finish(ArrowArray* out) override {
    out->length = this->length_;
    this->nulls_.move_to(out, this->length_);
    strings_.move_to(out);
    this->length_ = 0;
  }

 private:
  Read read_;
  Strings strings_;
};

struct AsItIs {
  std::string_view operator()(std::string_view text) const noexcept { return text; }
};

struct Bytes {
  bool base64;
  std::string bytes = {};
  std::string_view operator()(std::string_view text) {
    bytes.clear();
    if (base64) {
      read_base64(text, bytes);
    } else {
      read_hex(text, bytes);
    }
    return bytes;
  }
};

}  // namespace

CellPtr make_text_cell(const Type& type, CellContext& context) {
  const Tokens tokens = tokens_of(type.root, context.encoding);
  switch (type.root) {
    case Root::kChar:
    case Root::kVarchar:
      return std::make_unique<StringCell<AsItIs>>(tokens, AsItIs{});
    case Root::kBinary:
    case Root::kVarbinary:
      return std::make_unique<StringCell<Bytes>>(
          tokens, Bytes{context.encoding == Encoding::kGatewayJson});
    case Root::kVariant:  // the gateway's is JSON text, Confluent's a tree
      if (context.encoding == Encoding::kConfluent) return nullptr;
      return std::make_unique<StringCell<AsItIs>>(tokens, AsItIs{});
    default:
      return nullptr;
  }
}

}  // namespace fletching::flink
