// SPDX-License-Identifier: Apache-2.0
#include "flightsql/actions.h"
#include "flightsql/session_for_test.h"

namespace fletching {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Transactions : public SessionTest {
 protected:
  Transactions() {
    on("CommandStatementUpdate",
       [](const Seen&) { return answer_of({count_result(1)}); });
    on("BeginSavepoint", [this](const Seen&) {
      return answer_of({any_result(
          "ActionBeginSavepointResult",
          ProtoWriter().add_bytes(1, "sp" + std::to_string(++savepoints_)))});
    });
    on("EndSavepoint", [](const Seen&) { return FakeReply(); });
  }
  std::string end_of_transaction() const { return last("EndTransaction").body; }

  int savepoints_ = 0;
};

TEST_F(Transactions, HoldWhatIsMadeWhileTheyAreOpen) {
  const auto session = open();
  EXPECT_EQ(session->transaction(), 0u);
  session->begin(Wait{});
  const uint64_t first = session->transaction();
  EXPECT_NE(first, 0u);
  static_cast<void>(session->query("select 1")->execute(Wait{}));
  EXPECT_EQ(bytes_field(last("CommandStatementQuery").inner(), 2), "tx1");
  static_cast<void>(session->query("delete")->execute_update(Wait{}));
  EXPECT_EQ(bytes_field(last("CommandStatementUpdate").inner(), 2), "tx1");
  session->commit(Wait{});
  EXPECT_EQ(end_of_transaction(), end_transaction_body("tx1", EndTransaction::kCommit));
  EXPECT_EQ(session->transaction(), 0u);
  static_cast<void>(session->query("select 1")->execute(Wait{}));
  EXPECT_EQ(last("CommandStatementQuery").inner().find("tx1"), std::string::npos);
  session->begin(Wait{});
  EXPECT_NE(session->transaction(), first);
}

TEST_F(Transactions, ABareIdIsUnderstood) {
  on("BeginTransaction",
     [](const Seen&) { return answer_of({result_of("\x0a\x02t9")}); });
  const auto session = open();
  session->begin(Wait{});
  session->rollback(Wait{});
  EXPECT_EQ(end_of_transaction(),
            end_transaction_body("t9", EndTransaction::kRollback));
}

TEST_F(Transactions, AnEmptyIdIsRefused) {
  on("BeginTransaction", [](const Seen&) {
    return answer_of({any_result("ActionBeginTransactionResult", {})});
  });
  const auto session = open();
  EXPECT_EQ(error_of([&] { session->begin(Wait{}); }).code(), Code::kInvalidData);
  EXPECT_EQ(session->transaction(), 0u);
}

TEST_F(Transactions, AreNotNested) {
  const auto session = open();
  session->begin(Wait{});
  const Error error = error_of([&] { session->begin(Wait{}); });
  EXPECT_EQ(error.code(), Code::kInvalidState);
  EXPECT_EQ(error.sqlstate(), "25001");
}

TEST_F(Transactions, AServerWithoutThemSaysSo) {
  fails("BeginTransaction", fake_status(12, "no"));
  const auto session = open();
  EXPECT_EQ(error_of([&] { session->begin(Wait{}); }).code(), Code::kNotImplemented);
  session->commit(Wait{});  // nothing is open
  session->rollback(Wait{});
  EXPECT_THAT(names(), ElementsAre("BeginTransaction"));
}

TEST_F(Transactions, ACommitThatLostItsAnswerMayHaveHappened) {
  for (const Error& lost :
       {Error(Code::kIo, "connection: lost"), fake_status(14, "gone"),
        Error(Code::kTimeout, "timed out")}) {
    fails("EndTransaction", lost);
    const auto session = open();
    session->begin(Wait{});
    const size_t before = seen_.size();
    const Error error = error_of([&] { session->commit(Wait{}); });
    EXPECT_EQ(error.code(), Code::kIo);
    EXPECT_EQ(error.sqlstate(), "08007");
    EXPECT_THAT(error.message(), HasSubstr("may have happened"));
    EXPECT_EQ(seen_.size(), before + 1) << "never sent twice";
    EXPECT_EQ(session->transaction(), 0u);
    session->close(Wait{});
    EXPECT_EQ(seen_.size(), before + 1) << "a rollback might undo nothing or lie";
  }
}

TEST_F(Transactions, ARefusedCommitIsRolledBackInPassing) {
  fails("EndTransaction", fake_status(13, "a constraint is violated"));
  const auto session = open();
  session->begin(Wait{});
  EXPECT_THAT(error_of([&] { session->commit(Wait{}); }).message(),
              HasSubstr("commit: a constraint is violated"));
  EXPECT_EQ(session->transaction(), 0u);
  static_cast<void>(session->query("select 1")->execute(Wait{}));
  EXPECT_EQ(end_of_transaction(),
            end_transaction_body("tx1", EndTransaction::kRollback));
}

TEST_F(Transactions, ARollbackThatCannotReachTheServerIsNoError) {
  fails("EndTransaction", Error(Code::kIo, "connection: lost"));
  const auto session = open();
  session->begin(Wait{});
  session->rollback(Wait{});
  EXPECT_EQ(session->transaction(), 0u);
  static_cast<void>(session->query("select 1")->execute(Wait{}));
  EXPECT_THAT(names(), ElementsAre("BeginTransaction", "EndTransaction",
                                   "EndTransaction", "CommandStatementQuery", "DoGet"))
      << "it is sent again with the next call";
}

TEST_F(Transactions, ARollbackOfWhatTheServerHasForgottenIsNoError) {
  fails("EndTransaction", Error(Code::kNotFound, "no such transaction", "", 5));
  const auto session = open();
  session->begin(Wait{});
  session->rollback(Wait{});
  EXPECT_EQ(session->transaction(), 0u);
}

TEST_F(Transactions, ARollbackOfAnIdThatIsNoneAnyMoreIsNoError) {
  fails("EndTransaction", fake_status(3, "transaction id not found"));
  const auto session = open();
  session->begin(Wait{});
  session->rollback(Wait{});
  EXPECT_EQ(session->transaction(), 0u);
}

TEST_F(Transactions, ARollbackThatTookTooLongRidesWithTheNextCall) {
  fails("EndTransaction", Error(Code::kTimeout, "timed out"));
  const auto session = open();
  session->begin(Wait{});
  EXPECT_EQ(error_of([&] { session->rollback(Wait{}); }).code(), Code::kTimeout);
  static_cast<void>(session->query("select 1")->execute(Wait{}));
  EXPECT_THAT(names(), ElementsAre("BeginTransaction", "EndTransaction",
                                   "EndTransaction", "CommandStatementQuery", "DoGet"));
}

TEST_F(Transactions, WhatIsOpenWhenTheSessionIsDroppedEndsWithTheNextOne) {
  open()->begin(Wait{});
  EXPECT_THAT(names(), ElementsAre("BeginTransaction"));
  static_cast<void>(open()->query("select 1")->execute(Wait{}));
  EXPECT_THAT(names(), ElementsAre("BeginTransaction", "EndTransaction",
                                   "CommandStatementQuery", "DoGet"));
}

TEST_F(Transactions, SavepointsGoByName) {
  const auto session = open();
  session->begin(Wait{});
  session->savepoint("a", Wait{});
  EXPECT_EQ(last("BeginSavepoint").body, begin_savepoint_body("tx1", "a"));
  session->savepoint("b", Wait{});
  session->savepoint("a", Wait{});
  session->rollback_to("a", Wait{});
  EXPECT_EQ(last("EndSavepoint").body,
            end_savepoint_body("sp3", EndSavepoint::kRollback))
      << "the latest of that name";
  session->release("a", Wait{});
  EXPECT_EQ(last("EndSavepoint").body,
            end_savepoint_body("sp3", EndSavepoint::kRelease));
  session->rollback_to("a", Wait{});
  EXPECT_EQ(last("EndSavepoint").body,
            end_savepoint_body("sp1", EndSavepoint::kRollback));
  EXPECT_EQ(error_of([&] { session->release("b", Wait{}); }).sqlstate(), "3B001")
      << "made after the one that was rolled back to";
}

TEST_F(Transactions, SavepointsEndWithThem) {
  const auto session = open();
  EXPECT_EQ(error_of([&] { session->savepoint("a", Wait{}); }).sqlstate(), "25P01");
  session->begin(Wait{});
  session->savepoint("a", Wait{});
  session->commit(Wait{});
  session->begin(Wait{});
  EXPECT_EQ(error_of([&] { session->rollback_to("a", Wait{}); }).sqlstate(), "3B001");
}

TEST_F(Transactions, AnOpenOneIsRolledBackAtTheClose) {
  const auto session = open();
  session->begin(Wait{});
  session->close(Wait{});
  EXPECT_EQ(end_of_transaction(),
            end_transaction_body("tx1", EndTransaction::kRollback));
  session->close(Wait{});
  EXPECT_EQ(seen_.size(), 2u);
}

}  // namespace
}  // namespace fletching
