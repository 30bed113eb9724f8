// SPDX-License-Identifier: Apache-2.0
#include "flightsql/actions.h"

#include <gtest/gtest.h>

#include "fletching/error.h"
#include "flight/wire.h"

namespace fletching {
namespace {

std::string any(const std::string& name, const std::string& message) {
  return pack_any("arrow.flight.protocol.sql." + name, message);
}

TEST(Actions, BodiesAreAnAnyAroundTheRequest) {
  EXPECT_EQ(close_prepared_body("h"),
            any("ActionClosePreparedStatementRequest", "\x0a\x01h"));
  EXPECT_EQ(end_transaction_body("t", EndTransaction::kRollback),
            any("ActionEndTransactionRequest", "\x0a\x01t\x10\x02"));
  EXPECT_EQ(end_savepoint_body("s", EndSavepoint::kRelease),
            any("ActionEndSavepointRequest", "\x0a\x01s\x10\x01"));
  EXPECT_EQ(begin_transaction_body(), any("ActionBeginTransactionRequest", ""));
  EXPECT_EQ(create_prepared_body("q", ""),
            any("ActionCreatePreparedStatementRequest", "\x0a\x01q"))
      << "no transaction is left out: an empty one is none";
  EXPECT_EQ(create_prepared_body("q", "t"),
            any("ActionCreatePreparedStatementRequest", "\x0a\x01q\x12\x01t"));
  EXPECT_EQ(create_prepared_plan_body({"p", "0.55"}, "t"),
            any("ActionCreatePreparedSubstraitPlanRequest",
                "\x0a\x09\x0a\x01p\x12\x04"
                "0.55\x12\x01t"));
}

TEST(Actions, ResultsAreTakenWrappedAndBare) {
  const std::string bare = "\x0a\x01h\x20\x01";
  for (const std::string& body :
       {bare, any("ActionCreatePreparedStatementResult", bare)}) {
    const PreparedResult result = decode_prepared_result(body);
    EXPECT_EQ(result.handle, "h");
    EXPECT_EQ(result.is_update, true);
  }
}

// A handle may hold anything, a dot too (SQL text, a token).
TEST(Actions, ABareResultIsNotTakenForAnAny) {
  const std::string handle = "select a.b from c";
  const std::string bare =
      ProtoWriter().add_bytes(1, handle).add_bytes(2, "schema").str();
  EXPECT_EQ(decode_prepared_result(bare).handle, handle);
  EXPECT_EQ(updated_handle(ProtoWriter().add_bytes(1, handle).str()), handle);
}

TEST(Actions, RubbishIsRefusedOrNoHandle) {
  EXPECT_THROW(static_cast<void>(decode_prepared_result("\x0a\xff")), Error);
  EXPECT_EQ(updated_handle("\x0a\xff"), std::nullopt);
  EXPECT_EQ(updated_handle(""), std::nullopt);
}

}  // namespace
}  // namespace fletching
