// SPDX-License-Identifier: Apache-2.0
// Reads and writes protobuf messages field by field. wire.cc is the only file that
// includes protozero. Source: protobuf "Encoding"; proto3 leaves out fields that have
// their default value unless they are `optional`.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fletching {

// A field's number together with its wire type: what a reader switches on, so that a
// field sent with an unexpected wire type matches no case and is skipped.
[[nodiscard]] constexpr uint32_t proto_varint(uint32_t n) noexcept { return n << 3; }
[[nodiscard]] constexpr uint32_t proto_fixed64(uint32_t n) noexcept {
  return n << 3 | 1;
}
[[nodiscard]] constexpr uint32_t proto_bytes(uint32_t n) noexcept { return n << 3 | 2; }
[[nodiscard]] constexpr uint32_t proto_fixed32(uint32_t n) noexcept {
  return n << 3 | 5;
}

struct ProtoField {
  uint32_t key = 0;        // proto_bytes(n) and so on
  std::string_view bytes;  // of proto_bytes; points into what is read
  uint64_t value = 0;      // of the others: varint as sent, or the fixed bits

  [[nodiscard]] int64_t as_int64() const noexcept {
    return static_cast<int64_t>(value);
  }
  [[nodiscard]] int32_t as_int32() const noexcept {
    return static_cast<int32_t>(value);
  }
  [[nodiscard]] bool as_bool() const noexcept { return value != 0; }
  [[nodiscard]] double as_double() const noexcept;
  [[nodiscard]] std::string as_string() const { return std::string(bytes); }
};

class ProtoReader {
 public:
  // `what` names the message in errors. Both must outlive the reader.
  ProtoReader(std::string_view message, const char* what)
      : rest_(message), what_(what) {}

  // The next field, or nullopt at the end. Throws kInvalidData if malformed.
  [[nodiscard]] std::optional<ProtoField> next();

 private:
  std::string_view rest_;
  const char* what_;
};

// Appends fields; each is written even if it has the default value, except by the
// functions named *_if.
class ProtoWriter {
 public:
  ProtoWriter& add_bytes(uint32_t field, std::string_view value);
  ProtoWriter& add_bytes_if(uint32_t field, std::string_view value);  // not if empty
  ProtoWriter& add_message(uint32_t field, const ProtoWriter& value);
  ProtoWriter& add_uint64(uint32_t field, uint64_t value);
  ProtoWriter& add_int64(uint32_t field, int64_t value);
  ProtoWriter& add_int64_if(uint32_t field, int64_t value);  // not if zero
  ProtoWriter& add_bool(uint32_t field, bool value);
  ProtoWriter& add_sfixed64(uint32_t field, int64_t value);
  ProtoWriter& add_double(uint32_t field, double value);
  // Tag and length of a bytes field whose payload is sent apart.
  ProtoWriter& begin_bytes(uint32_t field, uint64_t size);

  [[nodiscard]] const std::string& str() const& noexcept { return out_; }
  [[nodiscard]] std::string str() && noexcept { return std::move(out_); }

 private:
  std::string out_;
};

// google.protobuf.Any.
struct ProtoAny {
  std::string_view type_url;
  std::string_view value;

  // Compares what follows the last '/', as servers differ in what stands before it.
  [[nodiscard]] bool is(std::string_view full_name) const noexcept;
};
// `full_name`: "arrow.flight.protocol.sql.CommandStatementQuery".
[[nodiscard]] std::string pack_any(std::string_view full_name,
                                   std::string_view message);
// Points into `bytes`. nullopt if it is no Any (a bare message, for liberal readers).
[[nodiscard]] std::optional<ProtoAny> unpack_any(std::string_view bytes) noexcept;

[[nodiscard]] inline std::string_view as_text(std::span<const uint8_t> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
[[nodiscard]] inline std::span<const uint8_t> as_octets(
    std::string_view text) noexcept {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace fletching
