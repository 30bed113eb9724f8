// SPDX-License-Identifier: Apache-2.0
#include "flight/wire.h"

#include <bit>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include "fletching/error.h"

namespace fletching {

double ProtoField::as_double() const noexcept { return std::bit_cast<double>(value); }

std::optional<ProtoField> ProtoReader::next() {
  if (rest_.empty()) return std::nullopt;
  try {
    protozero::pbf_reader reader(rest_.data(), rest_.size());
    if (!reader.next()) return std::nullopt;
    ProtoField field;
    field.key = static_cast<uint32_t>(reader.tag_and_type());
    // By the type that was sent, never by the one that was expected: protozero asserts
    // that they agree.
    switch (reader.wire_type()) {
      case protozero::pbf_wire_type::varint:
        field.value = reader.get_uint64();
        break;
      case protozero::pbf_wire_type::fixed64:
        field.value = reader.get_fixed64();
        break;
      case protozero::pbf_wire_type::fixed32:
        field.value = reader.get_fixed32();
        break;
      case protozero::pbf_wire_type::length_delimited: {
        const auto view = reader.get_view();
        field.bytes = {view.data(), view.size()};
        break;
      }
      default:
        throw protozero::unknown_pbf_wire_type_exception{};
    }
    const auto rest = reader.data();
    rest_ = {rest.data(), rest.size()};
    return field;
  } catch (const protozero::exception& error) {
    throw Error(Code::kInvalidData, std::string(what_) +
                                        ": the server sent a malformed message (" +
                                        error.what() + ")");
  }
}

ProtoWriter& ProtoWriter::add_bytes(uint32_t field, std::string_view value) {
  protozero::pbf_writer(out_).add_bytes(field, value.data(), value.size());
  return *this;
}

ProtoWriter& ProtoWriter::add_bytes_if(uint32_t field, std::string_view value) {
  return value.empty() ? *this : add_bytes(field, value);
}

ProtoWriter& ProtoWriter::add_message(uint32_t field, const ProtoWriter& value) {
  return add_bytes(field, value.out_);
}

ProtoWriter& ProtoWriter::add_uint64(uint32_t field, uint64_t value) {
  protozero::pbf_writer(out_).add_uint64(field, value);
  return *this;
}

ProtoWriter& ProtoWriter::add_int64(uint32_t field, int64_t value) {
  protozero::pbf_writer(out_).add_int64(field, value);
  return *this;
}

ProtoWriter& ProtoWriter::add_int64_if(uint32_t field, int64_t value) {
  return value == 0 ? *this : add_int64(field, value);
}

ProtoWriter& ProtoWriter::add_bool(uint32_t field, bool value) {
  protozero::pbf_writer(out_).add_bool(field, value);
  return *this;
}

ProtoWriter& ProtoWriter::add_sfixed64(uint32_t field, int64_t value) {
  protozero::pbf_writer(out_).add_sfixed64(field, value);
  return *this;
}

ProtoWriter& ProtoWriter::add_double(uint32_t field, double value) {
  protozero::pbf_writer(out_).add_double(field, value);
  return *this;
}

ProtoWriter& ProtoWriter::begin_bytes(uint32_t field, uint64_t size) {
  protozero::add_varint_to_buffer(&out_, proto_bytes(field));
  protozero::add_varint_to_buffer(&out_, size);
  return *this;
}

bool ProtoAny::is(std::string_view full_name) const noexcept {
  const size_t slash = type_url.rfind('/');
  return (slash == type_url.npos ? type_url : type_url.substr(slash + 1)) == full_name;
}

std::string pack_any(std::string_view full_name, std::string_view message) {
  ProtoWriter any;
  any.add_bytes(1, "type.googleapis.com/" + std::string(full_name));
  any.add_bytes_if(2, message);
  return std::move(any).str();
}

std::optional<ProtoAny> unpack_any(std::string_view bytes) noexcept try {
  ProtoAny any;
  ProtoReader reader(bytes, "Any");
  while (const auto field = reader.next()) {
    if (field->key == proto_bytes(1)) any.type_url = field->bytes;
    if (field->key == proto_bytes(2)) any.value = field->bytes;
  }
  // A bare message may read as an Any by chance; a type name always has a dot.
  if (any.type_url.find('.') == std::string_view::npos) return std::nullopt;
  return any;
} catch (...) {
  return std::nullopt;
}

}  // namespace fletching
