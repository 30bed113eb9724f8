// SPDX-License-Identifier: Apache-2.0
#include "arrow/ipc_reader.h"

#include <optional>
#include <string>
#include <utility>

#include "arrow/ipc_batch.h"
#include "arrow/ipc_dictionaries.h"
#include "arrow/ipc_format.h"
#include "arrow/ipc_schema.h"
#include "fletching/error.h"

namespace fletching {
namespace {

[[noreturn]] void bad(const std::string& what) {
  throw Error(Code::kInvalidData, "decoding Arrow data: " + what);
}

}  // namespace

class IpcReader::Impl {
 public:
  explicit Impl(IpcLimits limits)
      : limits_(limits), find_([this](const FieldType& type, const FieldPath& path) {
          return dictionaries_.find(type, path);
        }) {}

  IpcMessage read(std::span<const uint8_t> header, Body body) {
    if (header.empty()) return IpcMessage::kOther;
    const auto view = IpcMessageView::parse(header);
    switch (static_cast<ipc::Header>(view.header_type)) {
      case ipc::Header::kSchema:
        read_schema_message(view, header.size());
        return IpcMessage::kSchema;
      case ipc::Header::kDictionaryBatch:
        read_dictionary(view, body);
        return IpcMessage::kDictionary;
      case ipc::Header::kRecordBatch:
        read_rows(view, body);
        return IpcMessage::kBatch;
      default:
        return IpcMessage::kOther;
    }
  }

  UniqueArray take_batch() {
    if (!batch_) throw Error(Code::kInvalidState, "no batch was read");
    return std::move(*std::exchange(batch_, std::nullopt));
  }

  [[nodiscard]] bool has_schema() const noexcept { return schema_->release != nullptr; }
  [[nodiscard]] const ArrowSchema& schema() const {
    if (!has_schema()) throw Error(Code::kInvalidState, "no schema was read");
    return *schema_.get();
  }

 private:
  void read_schema_message(const IpcMessageView& view, size_t bytes) {
    if (has_schema()) bad("a second schema in one stream");
    IpcSchema read = read_schema(view.header(), bytes, limits_.max_depth);
    try {
      root_ = compile_type(*read.schema.get(), read.dictionary_ids, limits_.max_depth);
    } catch (const Error& error) {
      bad(error.message());
    }
    schema_ = std::move(read.schema);
    dictionaries_.learn(root_);
  }

  BatchContext context(const IpcMessageView& view, const FindDictionary& find) {
    if (!has_schema()) bad("data before the schema");
    return {view.version, limits_.max_decompressed, &decompressor_, &find};
  }

  void read_rows(const IpcMessageView& view, const Body& body) {
    batch_.reset();
    std::vector<Body> bodies;
    decode_batch(view.header(), body, root_.children, context(view, find_), data_,
                 bodies);
    batch_ = export_array(data_, std::move(bodies));
  }

  // A dictionary batch is a batch of one column, whose dictionaries are found later.
  void read_dictionary(const IpcMessageView& view, const Body& body) {
    static const FindDictionary none;
    const BatchContext later = context(view, none);
    const flat::Table header = view.header();
    const auto id = header.scalar<int64_t>(ipc::dictionary_batch::kId, 0);
    const auto batch = header.table(ipc::dictionary_batch::kData);
    if (!batch) flat::malformed();
    Dictionary read;
    ArrayData columns;
    decode_batch(*batch, body, std::span(&dictionaries_.type_of(id), 1), later, columns,
                 read.bodies);
    read.data = std::move(columns.children[0]);
    if (header.scalar<uint8_t>(ipc::dictionary_batch::kIsDelta, 0) != 0) {
      dictionaries_.append(id, std::move(read));
    } else {
      dictionaries_.replace(id, std::move(read));
    }
  }

  IpcLimits limits_;
  UniqueSchema schema_;
  FieldType root_;
  Dictionaries dictionaries_;
  Decompressor decompressor_;
  FindDictionary find_;
  ArrayData data_;  // of the last batch: its vectors are used again
  std::optional<UniqueArray> batch_;
};

IpcReader::IpcReader(IpcLimits limits) : impl_(std::make_unique<Impl>(limits)) {}
IpcReader::~IpcReader() = default;
IpcReader::IpcReader(IpcReader&&) noexcept = default;
IpcReader& IpcReader::operator=(IpcReader&&) noexcept = default;

IpcMessage IpcReader::read(std::span<const uint8_t> header, Body body) {
  return impl_->read(header, std::move(body));
}
UniqueArray IpcReader::take_batch() { return impl_->take_batch(); }
bool IpcReader::has_schema() const noexcept { return impl_->has_schema(); }
const ArrowSchema& IpcReader::schema() const { return impl_->schema(); }

}  // namespace fletching
