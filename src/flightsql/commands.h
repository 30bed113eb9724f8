// SPDX-License-Identifier: Apache-2.0
// The commands of FlightSql.proto, as FlightDescriptor.cmd carries them: a serialized
// google.protobuf.Any around the command message.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "backend/backend.h"
#include "flight/wire.h"

namespace fletching {

// `transaction`: its id, or empty for none: the statement commits by itself.
// CommandStatementQuery.
[[nodiscard]] std::string statement_query(std::string_view sql,
                                          std::string_view transaction = {});
// CommandStatementUpdate.
[[nodiscard]] std::string statement_update(std::string_view sql,
                                           std::string_view transaction = {});
// SubstraitPlan, the message inside of others.
[[nodiscard]] ProtoWriter plan_message(const SubstraitPlan& plan);
// CommandStatementSubstraitPlan, for queries and updates alike.
[[nodiscard]] std::string statement_plan(const SubstraitPlan& plan,
                                         std::string_view transaction = {});
// CommandPreparedStatementQuery and CommandPreparedStatementUpdate.
[[nodiscard]] std::string prepared_query(std::string_view handle);
[[nodiscard]] std::string prepared_update(std::string_view handle);
// CommandStatementIngest.
[[nodiscard]] std::string statement_ingest(const IngestTarget& target,
                                           std::string_view transaction = {});
// The CommandGet... that the request's kind names.
[[nodiscard]] std::string metadata_command(const MetadataRequest& request);

// DoPutUpdateResult.record_count of a PutResult's app_metadata: -1 unknown, which is
// also the answer for foreign bytes. Empty bytes are a message whose count is 0.
[[nodiscard]] int64_t update_count(std::string_view app_metadata);

}  // namespace fletching
