// SPDX-License-Identifier: Apache-2.0
#include "flink/server_error.h"

#include <gtest/gtest.h>

#include "flink/json_write.h"

namespace fletching::flink {
namespace {

// As a gateway answers, its frames shortened.
std::string trace(const std::string& causes) {
  return "<Exception on server side:\norg.apache.flink.table.gateway.api.utils."
         "SqlGatewayException: org.apache.flink.table.gateway.api.utils."
         "SqlGatewayException: Failed to fetchResults.\n\tat "
         "org.apache.flink.A.b(A.java:91)\n\tat org.apache.flink.C.d(C.java:84)" +
         causes + "\n\t... 7 more\n\nEnd of exception on server side>";
}

HttpResponse gateway_answer(const std::string& causes) {
  return {.status = 500,
          .body = R"({"errors":["Internal server error.",)" +
                  json_string(trace(causes)) + "]}"};
}

TEST(ServerError, TheInnermostCauseIsTheMessage) {
  const Error e = server_error(
      gateway_answer("\nCaused by: org.apache.flink.X: Failed to execute the operation "
                     "1.\n\tat a.b(C.java:1)\nCaused by: "
                     "java.lang.ArithmeticException: Division by zero\n\tat a.b(D:1)"),
      "reading");
  EXPECT_EQ(e.message(), "reading: ArithmeticException: Division by zero");
  EXPECT_EQ(e.code(), Code::kInvalidData);
  EXPECT_EQ(e.vendor_code(), 500);
}

TEST(ServerError, AnOuterCauseThatTellsThePlaceIsPreferred) {
  const Error e = server_error(
      gateway_answer(
          "\nCaused by: org.apache.flink.table.api.ValidationException: SQL validation "
          "failed. From line 1, column 15 to line 1, column 18: Object 'nope' not "
          "found\n\tat a.b(C.java:1)\nCaused by: org.apache.calcite.sql.validate."
          "SqlValidatorException: Object 'nope' not found\n\tat a.b(D:1)"),
      "reading");
  EXPECT_EQ(e.message(),
            "reading: ValidationException: SQL validation failed. From line 1, column "
            "15 to line 1, column 18: Object 'nope' not found");
  EXPECT_EQ(e.code(), Code::kInvalidArgument);
  EXPECT_EQ(e.sqlstate(), "42000");
}

TEST(ServerError, MessagesOfSeveralLinesStayWhole) {
  EXPECT_EQ(innermost_cause(trace("\nCaused by: x.y.SqlParserException: Encountered "
                                  "\"SELEC\".\nWas expecting one of:\n    \"ABORT\" ..."
                                  "\n\tat a.b(C.java:1)")),
            "SqlParserException: Encountered \"SELEC\".\nWas expecting one of:\n    "
            "\"ABORT\" ...");
}

TEST(ServerError, ACauseWithoutAMessageIsPassedOver) {
  EXPECT_EQ(innermost_cause(trace("\nCaused by: a.B: what happened\n\tat a.b(C:1)\n"
                                  "Caused by: java.lang.NullPointerException\n\tat x")),
            "B: what happened");
}

TEST(ServerError, ConfluentsDetailsAreJoined) {
  const Error e = server_error(
      {.status = 409,
       .body =
           R"({"errors":[{"code":"name_taken","detail":"taken"},{"title":"again"}]})"},
      "submitting");
  EXPECT_EQ(e.message(), "submitting: taken; again");
  EXPECT_EQ(e.code(), Code::kAlreadyExists);
  ASSERT_EQ(e.details().size(), 1u);
  EXPECT_EQ(e.details()[0].second, "name_taken");
}

TEST(ServerError, AnythingElseIsShownAsItIs) {
  for (const char* body : {"", "<html>\nBad Gateway</html>", "null", "[1]",
                           "{\"errors\":{}}", "{\"errors\":[null,1]}"}) {
    const Error e = server_error({.status = 502, .body = body}, "reading");
    EXPECT_EQ(e.code(), Code::kIo) << body;
    EXPECT_NE(e.message().find("HTTP 502"), std::string::npos) << e.message();
    EXPECT_EQ(e.message().find('\n'), std::string::npos);
  }
}

TEST(ServerError, StatusesHaveTheirMeaning) {
  const auto code = [](int status) {
    return server_error({.status = status, .body = "{}"}, "x").code();
  };
  EXPECT_EQ(code(401), Code::kUnauthenticated);
  EXPECT_EQ(code(403), Code::kUnauthorized);
  EXPECT_EQ(code(404), Code::kNotFound);
  EXPECT_EQ(code(429), Code::kIo);
  EXPECT_EQ(code(418), Code::kUnknown);
}

}  // namespace
}  // namespace fletching::flink
