// SPDX-License-Identifier: Apache-2.0
#include "arrow/ipc_writer.h"

#include <cstring>
#include <map>
#include <utility>

#include "arrow/ipc_encode.h"
#include "arrow/ipc_flatcc.h"
#include "arrow/ipc_schema_writer.h"
#include "arrow/validate.h"
#include "fletching/error.h"

namespace fletching {
namespace {

// One per message: their states are large, but building is a small part of sending.
class BatchMessage {
 public:
  std::vector<uint8_t> batch(const IpcBatchParts& parts, int64_t length,
                             int64_t body_size, IpcCompression compression) {
    begin();
    ok(FLETCHING_IPC(Message_header_RecordBatch_start)(b_));
    fill(parts, length, compression);
    ok(FLETCHING_IPC(Message_header_RecordBatch_end)(b_));
    return end(body_size);
  }

  std::vector<uint8_t> dictionary(int64_t id, const IpcBatchParts& parts,
                                  int64_t length, int64_t body_size,
                                  IpcCompression compression) {
    begin();
    ok(FLETCHING_IPC(Message_header_DictionaryBatch_start)(b_));
    ok(FLETCHING_IPC(DictionaryBatch_id_add)(b_, id));
    ok(FLETCHING_IPC(DictionaryBatch_data_start)(b_));
    fill(parts, length, compression);
    ok(FLETCHING_IPC(DictionaryBatch_data_end)(b_));
    ok(FLETCHING_IPC(Message_header_DictionaryBatch_end)(b_));
    return end(body_size);
  }

 private:
  static void ok(int result) { FlatBuilder::check(result); }

  void begin() {
    ok(FLETCHING_IPC(Message_start_as_root)(b_));
    ok(FLETCHING_IPC(Message_version_add)(b_, FLETCHING_IPC(MetadataVersion_V5)));
  }

  std::vector<uint8_t> end(int64_t body_size) {
    ok(FLETCHING_IPC(Message_bodyLength_add)(b_, body_size));
    FlatBuilder::check_ref(FLETCHING_IPC(Message_end_as_root)(b_));
    return builder_.finish();
  }

  void fill(const IpcBatchParts& parts, int64_t length, IpcCompression compression) {
    static_assert(sizeof(IpcPair) == sizeof(FLETCHING_IPC(FieldNode_t)));
    static_assert(sizeof(IpcPair) == sizeof(FLETCHING_IPC(Buffer_t)));
    std::vector<FLETCHING_IPC(FieldNode_t)> nodes;
    for (const IpcPair& p : parts.nodes) nodes.push_back({p.first, p.second});
    std::vector<FLETCHING_IPC(Buffer_t)> buffers;
    for (const IpcPair& p : parts.buffers) buffers.push_back({p.first, p.second});
    ok(FLETCHING_IPC(RecordBatch_length_add)(b_, length));
    ok(FLETCHING_IPC(RecordBatch_nodes_create)(b_, nodes.data(), nodes.size()));
    ok(FLETCHING_IPC(RecordBatch_buffers_create)(b_, buffers.data(), buffers.size()));
    if (compression != IpcCompression::kNone) {
      const auto codec = compression == IpcCompression::kZstd
                             ? FLETCHING_IPC(CompressionType_ZSTD)
                             : FLETCHING_IPC(CompressionType_LZ4_FRAME);
      ok(FLETCHING_IPC(RecordBatch_compression_start)(b_));
      ok(FLETCHING_IPC(BodyCompression_codec_add)(b_, codec));
      ok(FLETCHING_IPC(RecordBatch_compression_end)(b_));
    }
    if (parts.variadic_counts.empty()) return;
    ok(FLETCHING_IPC(RecordBatch_variadicBufferCounts_create)(
        b_, parts.variadic_counts.data(), parts.variadic_counts.size()));
  }

  FlatBuilder builder_;
  flatcc_builder_t* b_ = builder_.get();
};

std::vector<uint8_t> all_bytes(const IpcEncoded& message) {
  std::vector<uint8_t> bytes = message.header;
  bytes.reserve(bytes.size() + static_cast<size_t>(message.body_size));
  for (const auto part : message.body) {
    bytes.insert(bytes.end(), part.begin(), part.end());
  }
  return bytes;
}

bool has_nulls(const ArrowArray& array) {
  if (array.n_buffers == 0 || array.buffers[0] == nullptr || array.null_count == 0) {
    return false;
  }
  const auto* bits = static_cast<const uint8_t*>(array.buffers[0]);
  for (int64_t i = 0; i < array.length; ++i) {
    if (!bit_at(bits, array.offset + i)) return true;
  }
  return false;
}

}  // namespace

class IpcWriter::Impl {
 public:
  Impl(const ArrowSchema& schema, IpcCompression compression)
      : compression_(compression),
        type_(compile_type(schema)),
        schema_(write_schema_message(schema)) {}

  [[nodiscard]] IpcEncoded schema() const { return {.header = schema_}; }

  std::vector<IpcEncoded> batch(const ArrowArray& rows) {
    if (rows.n_children != static_cast<int64_t>(type_.children.size())) {
      throw Error(Code::kInvalidArgument,
                  "encoding Arrow data: the batch has other columns than its schema");
    }
    if (has_nulls(rows)) {
      throw Error(Code::kInvalidArgument,
                  "encoding Arrow data: a record batch cannot have NULL rows");
    }
    std::vector<IpcEncoded> messages;
    for (size_t i = 0; i < type_.children.size(); ++i) {
      dictionaries(type_.children[i], *rows.children[i], messages);
    }
    IpcEncoded& out = messages.emplace_back();
    ArrayEncoder encoder(out, compression_, compressor_);
    for (size_t i = 0; i < type_.children.size(); ++i) {
      encoder.add(type_.children[i], *rows.children[i], rows.offset, rows.length);
    }
    out.header =
        BatchMessage().batch(encoder.parts(), rows.length, out.body_size, compression_);
    return messages;
  }

 private:
  // The innermost first.
  void dictionaries(const FieldType& type, const ArrowArray& array,
                    std::vector<IpcEncoded>& messages) {
    for (size_t i = 0; i < type.children.size(); ++i) {
      dictionaries(type.children[i], *array.children[i], messages);
    }
    if (type.values == nullptr) return;
    const size_t before = messages.size();
    dictionaries(*type.values, *array.dictionary, messages);
    const bool inside_changed = messages.size() != before;
    IpcEncoded message = dictionary(type, *array.dictionary);
    // By content: another array may lie where the last one did.
    std::vector<uint8_t> bytes = all_bytes(message);
    std::vector<uint8_t>& last = sent_[type.dictionary_id];
    if (!inside_changed && bytes == last) return;
    last = std::move(bytes);
    messages.push_back(std::move(message));
  }

  IpcEncoded dictionary(const FieldType& type, const ArrowArray& values) {
    IpcEncoded out;
    ArrayEncoder encoder(out, compression_, compressor_);
    encoder.add(*type.values, values, 0, values.length);
    out.header = BatchMessage().dictionary(type.dictionary_id, encoder.parts(),
                                           values.length, out.body_size, compression_);
    return out;
  }

  IpcCompression compression_;
  FieldType type_;
  std::vector<uint8_t> schema_;
  Compressor compressor_;
  std::map<int64_t, std::vector<uint8_t>> sent_;
};

IpcWriter::IpcWriter(const ArrowSchema& schema, IpcCompression compression)
    : impl_(std::make_unique<Impl>(schema, compression)) {}
IpcWriter::~IpcWriter() = default;

IpcEncoded IpcWriter::schema() const { return impl_->schema(); }
std::vector<IpcEncoded> IpcWriter::batch(const ArrowArray& rows) {
  return impl_->batch(rows);
}

std::vector<uint8_t> encapsulate(std::span<const uint8_t> header) {
  const size_t padded = (header.size() + 7) / 8 * 8;
  std::vector<uint8_t> out(8 + padded);
  const uint32_t words[2] = {0xFFFFFFFF, static_cast<uint32_t>(padded)};
  std::memcpy(out.data(), words, 8);
  if (!header.empty()) std::memcpy(out.data() + 8, header.data(), header.size());
  return out;
}

std::vector<uint8_t> encode_schema(const ArrowSchema& schema) {
  static_cast<void>(compile_type(schema));
  return encapsulate(write_schema_message(schema));
}

}  // namespace fletching
