// SPDX-License-Identifier: Apache-2.0
// The actions of FlightSql.proto: bodies and results are a google.protobuf.Any around
// the message. (Those of Flight.proto are bare: see flight/.) Results are also taken
// bare, as some servers send them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fletching/substrait.h"

namespace fletching {

enum class EndTransaction : uint8_t { kCommit = 1, kRollback = 2 };
enum class EndSavepoint : uint8_t { kRelease = 1, kRollback = 2 };

// Action...Request, by the action's name.
[[nodiscard]] std::string create_prepared_body(std::string_view sql,
                                               std::string_view transaction);
[[nodiscard]] std::string create_prepared_plan_body(const SubstraitPlan& plan,
                                                    std::string_view transaction);
[[nodiscard]] std::string close_prepared_body(std::string_view handle);
[[nodiscard]] std::string begin_transaction_body();
[[nodiscard]] std::string end_transaction_body(std::string_view transaction,
                                               EndTransaction how);
[[nodiscard]] std::string begin_savepoint_body(std::string_view transaction,
                                               std::string_view name);
[[nodiscard]] std::string end_savepoint_body(std::string_view savepoint,
                                             EndSavepoint how);
// `info`: the serialized FlightInfo.
[[nodiscard]] std::string cancel_query_body(std::string_view info);

struct PreparedResult {
  std::string handle;
  std::string dataset_schema, parameter_schema;  // encapsulated, or empty
  std::optional<bool> is_update;
};
// ActionCreatePreparedStatementResult. Throws kInvalidData.
[[nodiscard]] PreparedResult decode_prepared_result(std::string_view body);

// ActionBeginTransactionResult, ActionBeginSavepointResult: the id; empty where the
// server gave none. Throws kInvalidData.
[[nodiscard]] std::string decode_id(std::string_view body);

// DoPutPreparedStatementResult in a PutResult's app_metadata: the handle that replaces
// the old one, or nullopt (also for foreign bytes and for an empty one).
[[nodiscard]] std::optional<std::string> updated_handle(std::string_view app_metadata);

}  // namespace fletching
