// SPDX-License-Identifier: Apache-2.0
#include "transport/grpc_status.h"

#include <gtest/gtest.h>

#include "transport/channel.h"
#include "transport/proto_scan.h"

namespace fletching {
namespace {

using namespace std::string_literals;

TEST(GrpcStatus, DecodesMessagesAndKeepsBadEscapes) {
  EXPECT_EQ(decode_grpc_message("caf%C3%A9 100%"), "caf\xc3\xa9 100%");
  EXPECT_EQ(decode_grpc_message("%zz%4"), "%zz%4");
  EXPECT_EQ(decode_grpc_message("a%0Ab"), "a\nb");
}

TEST(GrpcStatus, MissingStatusIsNeverSuccess) {
  const CallStatus none = status_of_trailers({});
  EXPECT_EQ(none.code, Grpc::kInternal);
  EXPECT_NE(none.message.find("without a status"), std::string::npos);
  EXPECT_EQ(status_of_trailers({{"grpc-status", ""}}).code, Grpc::kInternal);
  EXPECT_EQ(status_of_trailers({{"grpc-status", "0x"}}).code, Grpc::kInternal);
  EXPECT_EQ(status_of_trailers({{"grpc-status", "0"}}).code, Grpc::kOk);
  EXPECT_EQ(status_of_trailers({{"grpc-status", "99"}}).code, Grpc::kUnknown);
}

TEST(GrpcStatus, AMessageWithoutDetailSaysWhereTheDetailIs) {
  const auto told = [](const char* message) {
    return error_of_status({Grpc::kUnknown, message}, "DoGet", {}, {}).message();
  };
  EXPECT_EQ(
      told("Exception was thrown by handler."),
      "DoGet: Exception was thrown by handler. (the server gave no detail; its log "
      "has the trace)");
  EXPECT_EQ(told("Exception was thrown by handler. IOException: gone"),
            "DoGet: Exception was thrown by handler. IOException: gone");
}

TEST(GrpcStatus, ATracebackIsLeftToTheDetails) {
  const std::string sent =
      "no such table: t. Detail: Python exception: Traceback (most recent call last):\n"
      "  File \"s.py\", line 6, in f\nKeyError: 't'\n";
  const Headers trailers = {{"grpc-status", "3"}, {"grpc-message", sent}};
  const Error e = error_of_status(status_of_trailers(trailers), "DoGet", {}, trailers);
  EXPECT_EQ(e.message(), "DoGet: no such table: t");
  EXPECT_EQ(e.details()[1].second, sent);
  const auto told = [](const char* message) {
    return error_of_status({Grpc::kUnknown, message}, "DoGet", {}, {}).message();
  };
  // Without a message of its own the rest is all there is.
  EXPECT_EQ(told(". Detail: Python exception: ValueError"),
            "DoGet: . Detail: Python exception: ValueError");
  EXPECT_EQ(told("lost. Detail: Unavailable"), "DoGet: lost. Detail: Unavailable");
}

TEST(GrpcStatus, MapsCodesToWhatFacesNeed) {
  struct Case {
    Grpc grpc;
    Code code;
    const char* sqlstate;
  };
  const Case cases[] = {
      {Grpc::kCancelled, Code::kCancelled, "57014"},
      {Grpc::kInvalidArgument, Code::kInvalidArgument, "42000"},
      {Grpc::kDeadlineExceeded, Code::kTimeout, "HYT00"},
      {Grpc::kPermissionDenied, Code::kUnauthorized, "42501"},
      {Grpc::kResourceExhausted, Code::kIo, "53000"},
      {Grpc::kFailedPrecondition, Code::kInvalidState, "55000"},
      {Grpc::kAborted, Code::kInvalidState, "40001"},
      {Grpc::kOutOfRange, Code::kInvalidData, "22003"},
      {Grpc::kUnimplemented, Code::kNotImplemented, "0A000"},
      {Grpc::kUnavailable, Code::kIo, "08006"},
      {Grpc::kUnauthenticated, Code::kUnauthenticated, "28000"},
  };
  for (const Case& c : cases) {
    const Error e = error_of_status({c.grpc, "why"}, "DoGet", {}, {});
    EXPECT_EQ(e.code(), c.code) << grpc_name(c.grpc);
    EXPECT_EQ(e.sqlstate(), c.sqlstate);
    EXPECT_EQ(e.vendor_code(), static_cast<int>(c.grpc));
    EXPECT_EQ(e.message(), "DoGet: why");
  }
}

TEST(GrpcStatus, MapsResetsByTheTable) {
  EXPECT_EQ(status_of_reset(0).code, Grpc::kInternal);
  EXPECT_EQ(status_of_reset(2).code, Grpc::kInternal);
  EXPECT_EQ(status_of_reset(7).code, Grpc::kUnavailable);
  EXPECT_EQ(status_of_reset(7).processed, CallStatus::Processed::kNever);
  EXPECT_EQ(status_of_reset(8).code, Grpc::kCancelled);
  EXPECT_EQ(status_of_reset(11).code, Grpc::kResourceExhausted);
  EXPECT_EQ(status_of_reset(12).code, Grpc::kPermissionDenied);
  EXPECT_EQ(status_of_reset(11).processed, CallStatus::Processed::kMaybe);
}

// google.rpc.Status{code: 3, message: "rich", details: [Any{"t/x.Y", "\1\2"}]}
const std::string kRich = "\x08\x03\x12\x04rich\x1a\x0b\x0a\x05t/x.Y\x12\x02\x01\x02"s;

TEST(GrpcStatus, UnpacksRichDetails) {
  const Headers trailers = {{"grpc-status", "3"}, {"grpc-status-details-bin", kRich}};
  const CallStatus status = status_of_trailers(trailers);
  EXPECT_EQ(status.message, "rich");
  const Error e = error_of_status(status, "DoGet", {}, trailers);
  bool found = false;
  for (const auto& [name, value] : e.details())
    found |= name == "t/x.Y" && value == "\1\2";
  EXPECT_TRUE(found);
}

TEST(GrpcStatus, RichDetailsMayBeNonsense) {
  for (size_t cut = 0; cut < kRich.size(); ++cut) {
    for (const char flip : {'\x00', '\x7f', '\xff'}) {
      std::string bytes = kRich;
      bytes[cut] = flip;
      const Headers trailers = {{"grpc-status", "3"},
                                {"grpc-status-details-bin", bytes}};
      EXPECT_EQ(status_of_trailers(trailers).code, Grpc::kInvalidArgument);
      (void)error_of_status(status_of_trailers(trailers), "x", {}, trailers);
    }
  }
}

TEST(GrpcStatus, DetailsHoldNoCredentials) {
  const Headers headers = {
      {"authorization", "Bearer s"}, {"set-cookie", "c"}, {"x", "y"}};
  const Error e = error_of_status({Grpc::kUnknown, ""}, "DoGet", headers, {});
  ASSERT_EQ(e.details().size(), 1u);
  EXPECT_EQ(e.details()[0].first, "x");
}

TEST(GrpcStatus, SaysWhetherItMayBeSentAgain) {
  using P = CallStatus::Processed;
  const Error never =
      error_of_status({Grpc::kUnavailable, "x", P::kNever}, "d", {}, {});
  EXPECT_TRUE(never_processed(never));
  EXPECT_TRUE(may_retry(never));
  const Error lost = error_of_status({Grpc::kUnavailable, "x", P::kLost}, "d", {}, {});
  EXPECT_FALSE(never_processed(lost));
  EXPECT_FALSE(may_retry(lost));
  EXPECT_NE(lost.message().find("may have run"), std::string::npos);
  const Error safe =
      error_of_status({Grpc::kUnavailable, "x", P::kLost}, "d", {}, {}, true);
  EXPECT_FALSE(never_processed(safe));
  EXPECT_TRUE(may_retry(safe));
  EXPECT_EQ(safe.message().find("may have run"), std::string::npos);
  const Error said = error_of_status({Grpc::kUnavailable, "x"}, "d", {}, {}, true);
  EXPECT_FALSE(may_retry(said));
}

TEST(ProtoScan, StopsAtMalformedBytes) {
  for (const std::string& bytes :
       {"\x0a\xff\xff\xff\xff\x0f"s, "\x0b"s, "\x00\x01"s, "\x09\x01\x02"s,
        "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s}) {
    ProtoScan scan(bytes);
    EXPECT_FALSE(scan.next()) << bytes.size();
  }
}

}  // namespace
}  // namespace fletching
