// SPDX-License-Identifier: Apache-2.0
#include "bindings/adbc/info.h"

#include <nanoarrow/nanoarrow.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "bindings/adbc/stream.h"
#include "driver/metadata_schema.h"
#include "fletching/version.h"

namespace fletching::adbc {
namespace {

constexpr std::array<uint32_t, 8> kCodes = {
    ADBC_INFO_VENDOR_NAME,          ADBC_INFO_VENDOR_VERSION,
    ADBC_INFO_VENDOR_ARROW_VERSION, ADBC_INFO_VENDOR_SQL,
    ADBC_INFO_DRIVER_NAME,          ADBC_INFO_DRIVER_VERSION,
    ADBC_INFO_DRIVER_ARROW_VERSION, ADBC_INFO_DRIVER_ADBC_VERSION};

// The schema is that of Flight SQL's GetSqlInfo with other names.
UniqueSchema info_schema() {
  MetadataRequest request;
  request.kind = MetadataRequest::Kind::kSqlInfo;
  UniqueSchema schema = metadata_schema(metadata_columns(request));
  ArrowSchema* value = schema->children[1];
  NANOARROW_THROW_NOT_OK(ArrowSchemaSetName(value, "info_value"));
  ArrowSchema* number = value->children[static_cast<int>(InfoChild::kInt64)];
  NANOARROW_THROW_NOT_OK(ArrowSchemaSetName(number, "int64_value"));
  return schema;
}

class InfoRows {
 public:
  explicit InfoRows(const ArrowSchema* schema) {
    NANOARROW_THROW_NOT_OK(ArrowArrayInitFromSchema(rows_.get(), schema, nullptr));
    NANOARROW_THROW_NOT_OK(ArrowArrayStartAppending(rows_.get()));
  }

  void add(uint32_t code, const std::string& text) {
    const ArrowStringView view{text.data(), static_cast<int64_t>(text.size())};
    NANOARROW_THROW_NOT_OK(ArrowArrayAppendString(child(InfoChild::kText), view));
    finish(code, InfoChild::kText);
  }
  void add(uint32_t code, bool value) {
    NANOARROW_THROW_NOT_OK(ArrowArrayAppendInt(child(InfoChild::kBool), value ? 1 : 0));
    finish(code, InfoChild::kBool);
  }
  void add(uint32_t code, int64_t value) {
    NANOARROW_THROW_NOT_OK(ArrowArrayAppendInt(child(InfoChild::kInt64), value));
    finish(code, InfoChild::kInt64);
  }

  UniqueArray take() {
    NANOARROW_THROW_NOT_OK(ArrowArrayFinishBuildingDefault(rows_.get(), nullptr));
    return std::move(rows_);
  }

 private:
  ArrowArray* child(InfoChild which) {
    return rows_->children[1]->children[static_cast<int>(which)];
  }
  void finish(uint32_t code, InfoChild which) {
    NANOARROW_THROW_NOT_OK(ArrowArrayAppendUInt(rows_->children[0], code));
    NANOARROW_THROW_NOT_OK(
        ArrowArrayFinishUnionElement(rows_->children[1], static_cast<int8_t>(which)));
    NANOARROW_THROW_NOT_OK(ArrowArrayFinishElement(rows_.get()));
  }

  UniqueArray rows_;
};

}  // namespace

void get_info(Connection& connection, std::span<const uint32_t> codes,
              ArrowArrayStream* out) {
  if (codes.empty()) codes = kCodes;
  UniqueSchema schema = info_schema();
  InfoRows rows(schema.get());
  std::optional<ServerDescription> asked;
  const auto server = [&]() -> const ServerDescription& {
    if (!asked) asked = connection.server();
    return *asked;
  };
  // What the server does not say has no row.
  const auto add_told = [&](uint32_t code, const std::string& value) {
    if (!value.empty()) rows.add(code, value);
  };
  for (const uint32_t code : codes) {
    switch (code) {
      case ADBC_INFO_VENDOR_NAME:
        add_told(code, server().name);
        break;
      case ADBC_INFO_VENDOR_VERSION:
        add_told(code, server().version);
        break;
      case ADBC_INFO_VENDOR_ARROW_VERSION:
        add_told(code, server().arrow_version);
        break;
      case ADBC_INFO_VENDOR_SQL:
        rows.add(code, true);
        break;
      case ADBC_INFO_DRIVER_NAME:
        rows.add(code, std::string("Fletching ADBC driver"));
        break;
      case ADBC_INFO_DRIVER_VERSION:
        rows.add(code, std::string(FLETCHING_VERSION));
        break;
      case ADBC_INFO_DRIVER_ARROW_VERSION:
        rows.add(code, std::string("nanoarrow " NANOARROW_VERSION));
        break;
      case ADBC_INFO_DRIVER_ADBC_VERSION:
        rows.add(code, int64_t{ADBC_VERSION_1_1_0});
        break;
      default:
        break;
    }
  }
  export_array(std::move(schema), rows.take(), out);
}

}  // namespace fletching::adbc
