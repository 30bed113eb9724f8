// SPDX-License-Identifier: Apache-2.0
// Field numbers: FlightSql.proto.
#include "flightsql/actions.h"

#include "fletching/error.h"
#include "flight/wire.h"
#include "flightsql/commands.h"

namespace fletching {
namespace {

std::string request(std::string_view name, const ProtoWriter& message) {
  return pack_any("arrow.flight.protocol.sql.Action" + std::string(name) + "Request",
                  message.str());
}

// What is inside of the Any; or the bytes themselves, where they are the bare message.
// A bare one with an opaque first field could look like an Any, so its name must fit.
std::string_view unwrapped(std::string_view bytes) {
  const auto any = unpack_any(bytes);
  if (any && any->type_url.find("arrow.flight.protocol.") != std::string_view::npos) {
    return any->value;
  }
  return bytes;
}

}  // namespace

std::string create_prepared_body(std::string_view sql, std::string_view transaction) {
  return request("CreatePreparedStatement",
                 ProtoWriter().add_bytes(1, sql).add_bytes_if(2, transaction));
}

std::string create_prepared_plan_body(const SubstraitPlan& plan,
                                      std::string_view transaction) {
  return request(
      "CreatePreparedSubstraitPlan",
      ProtoWriter().add_message(1, plan_message(plan)).add_bytes_if(2, transaction));
}

std::string close_prepared_body(std::string_view handle) {
  return request("ClosePreparedStatement", ProtoWriter().add_bytes(1, handle));
}

std::string begin_transaction_body() { return request("BeginTransaction", {}); }

std::string end_transaction_body(std::string_view transaction, EndTransaction how) {
  return request("EndTransaction", ProtoWriter()
                                       .add_bytes(1, transaction)
                                       .add_uint64(2, static_cast<uint64_t>(how)));
}

std::string begin_savepoint_body(std::string_view transaction, std::string_view name) {
  return request("BeginSavepoint",
                 ProtoWriter().add_bytes(1, transaction).add_bytes(2, name));
}

std::string end_savepoint_body(std::string_view savepoint, EndSavepoint how) {
  return request(
      "EndSavepoint",
      ProtoWriter().add_bytes(1, savepoint).add_uint64(2, static_cast<uint64_t>(how)));
}

std::string cancel_query_body(std::string_view info) {
  return request("CancelQuery", ProtoWriter().add_bytes(1, info));
}

PreparedResult decode_prepared_result(std::string_view body) {
  PreparedResult out;
  ProtoReader reader(unwrapped(body), "ActionCreatePreparedStatementResult");
  while (const auto field = reader.next()) {
    switch (field->key) {
      case proto_bytes(1):
        out.handle = field->as_string();
        break;
      case proto_bytes(2):
        out.dataset_schema = field->as_string();
        break;
      case proto_bytes(3):
        out.parameter_schema = field->as_string();
        break;
      case proto_varint(4):
        out.is_update = field->as_bool();
        break;
      default:
        break;
    }
  }
  return out;
}

std::string decode_id(std::string_view body) {
  std::string out;
  ProtoReader reader(unwrapped(body), "the result of an action");
  while (const auto field = reader.next()) {
    if (field->key == proto_bytes(1)) out = field->as_string();
  }
  return out;
}

std::optional<std::string> updated_handle(std::string_view app_metadata) {
  try {
    std::string handle = decode_id(app_metadata);
    if (!handle.empty()) return handle;
  } catch (const Error&) {
    // Something of the server's own.
  }
  return std::nullopt;
}

}  // namespace fletching
