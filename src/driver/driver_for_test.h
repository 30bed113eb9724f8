// SPDX-License-Identifier: Apache-2.0
// The public API over a server that is a table of functions.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "arrow/c_stream.h"
#include "driver/state.h"
#include "flightsql/session_for_test.h"

namespace fletching {

class DriverTest : public SessionTest {
 protected:
  DriverTest() {
    state_->database = std::make_shared<Database::State>();
    settings().retry_budget = std::chrono::seconds(10);
    prepared_.add_bytes(1, "h1");
    on("CreatePreparedStatement", [this](const Seen&) {
      return answer_of({any_result("ActionCreatePreparedStatementResult", prepared_)});
    });
    on("ClosePreparedStatement", [](const Seen&) { return FakeReply(); });
    on("CommandStatementUpdate",
       [](const Seen&) { return answer_of({count_result(1)}); });
    on("CommandPreparedStatementUpdate",
       [](const Seen&) { return answer_of({count_result(2)}); });
  }

  Settings& settings() { return state_->settings; }
  // After the settings are as they should be.
  Connection connect() {
    state_->autocommit = settings().autocommit;
    state_->session = open();
    return Connection(state_);
  }

  static int64_t rows_of(Result result) {
    int64_t rows = 0;
    for (UniqueArray batch; result.next(batch.get()); batch.reset()) {
      rows += batch->length;
    }
    return rows;
  }

  // Whole numbers as rows of one parameter.
  static void bind(Statement& statement, int64_t first, int64_t count) {
    auto stream = export_stream(std::make_unique<GivenRows>(ints(first, count)),
                                [] { return Wait{}; });
    statement.bind(stream.get());
  }

  [[nodiscard]] int calls_of(const std::string& name) const {
    int count = 0;
    for (const Seen& seen : seen_) count += seen.name == name ? 1 : 0;
    return count;
  }

  std::shared_ptr<Connection::State> state_ = std::make_shared<Connection::State>();
  ProtoWriter prepared_;  // the answer to CreatePreparedStatement
};

}  // namespace fletching
