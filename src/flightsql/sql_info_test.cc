// SPDX-License-Identifier: Apache-2.0
#include "flightsql/sql_info.h"

#include "flightsql/session_for_test.h"

namespace fletching {
namespace {

using testing::ElementsAre;

// One row of an answer: an id and its value, as one child of the union.
struct Info {
  uint32_t id;
  std::variant<std::string, bool, int64_t, std::vector<std::string>> value;
};

// How a server lays the answer out.
struct Layout {
  const char* format = "+ud:";          // or "+us:"
  std::vector<int> ids = {0, 1, 2, 3};  // of string, bool, bigint, string_list
  ArrowType text = NANOARROW_TYPE_STRING;
  ArrowType number = NANOARROW_TYPE_INT64;
  ArrowType id = NANOARROW_TYPE_UINT32;
  const char* names[2] = {"info_name", "value"};
};

void ok(int code) { NANOARROW_THROW_NOT_OK(code); }

void set_type(ArrowSchema* schema, ArrowType type, const char* name) {
  ArrowSchemaInit(schema);
  ok(ArrowSchemaSetType(schema, type));
  ok(ArrowSchemaSetName(schema, name));
}

UniqueSchema schema_of(const Layout& layout) {
  UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  ok(ArrowSchemaSetTypeStruct(schema.get(), 2));
  ArrowSchemaRelease(schema->children[0]);
  set_type(schema->children[0], layout.id, layout.names[0]);
  ArrowSchema* value = schema->children[1];
  ArrowSchemaRelease(value);
  ArrowSchemaInit(value);
  std::string format = layout.format;
  for (size_t i = 0; i < 4; ++i) {
    format += (i == 0 ? "" : ",") + std::to_string(layout.ids[i]);
  }
  ok(ArrowSchemaSetFormat(value, format.c_str()));
  ok(ArrowSchemaSetName(value, layout.names[1]));
  ok(ArrowSchemaAllocateChildren(value, 4));
  set_type(value->children[0], layout.text, "string_value");
  set_type(value->children[1], NANOARROW_TYPE_BOOL, "bool_value");
  set_type(value->children[2], layout.number, "bigint_value");
  set_type(value->children[3], NANOARROW_TYPE_LIST, "string_list");
  ArrowSchemaRelease(value->children[3]->children[0]);
  set_type(value->children[3]->children[0], layout.text, "item");
  return schema;
}

void append_text(ArrowArray* array, const std::string& text) {
  ok(ArrowArrayAppendString(array, {text.data(), static_cast<int64_t>(text.size())}));
}

// Child i has the type id i, which is all that nanoarrow builds.
void append_value(ArrowArray* value, const Info& info) {
  const size_t child = info.value.index();
  ArrowArray* to = value->children[child];
  switch (child) {
    case 0:
      append_text(to, std::get<std::string>(info.value));
      break;
    case 1:
      ok(ArrowArrayAppendInt(to, std::get<bool>(info.value) ? 1 : 0));
      break;
    case 2:
      ok(ArrowArrayAppendInt(to, std::get<int64_t>(info.value)));
      break;
    default:
      for (const auto& item : std::get<3>(info.value)) {
        append_text(to->children[0], item);
      }
      ok(ArrowArrayFinishElement(to));
  }
  ok(ArrowArrayFinishUnionElement(value, static_cast<int8_t>(child)));
}

UniqueArray rows_of_infos(const std::vector<Info>& infos, const Layout& layout) {
  Layout plain = layout;
  plain.ids = {0, 1, 2, 3};
  const UniqueSchema schema = schema_of(plain);
  UniqueArray rows;
  ok(ArrowArrayInitFromSchema(rows.get(), schema.get(), nullptr));
  ok(ArrowArrayStartAppending(rows.get()));
  for (const Info& info : infos) {
    ok(ArrowArrayAppendInt(rows->children[0], info.id));
    append_value(rows->children[1], info);
    ok(ArrowArrayFinishElement(rows.get()));
  }
  auto* ids = reinterpret_cast<int8_t*>(ArrowArrayBuffer(rows->children[1], 0)->data);
  for (size_t i = 0; i < infos.size(); ++i) {
    ids[i] = static_cast<int8_t>(layout.ids[static_cast<size_t>(ids[i])]);
  }
  ok(ArrowArrayFinishBuildingDefault(rows.get(), nullptr));
  return rows;
}

// What one of Go, Java or C++ would answer, and an id that nobody knows.
std::vector<Info> usual() {
  return {{0, "db"},
          {1, "1.2"},
          {2, "15.0"},
          {3, false},
          {5, true},
          {8, int64_t{2}},
          {9, true},
          {10, true},
          {11, false},
          {503, int64_t{3}},
          {504, "`"},
          {505, int64_t{1}},
          {508, std::vector<std::string>{"SELECT", "TABLE"}},
          {513, "\\"},
          {10'001, int64_t{7}},
          {500, std::vector<std::string>{"x"}}};
}

void expect_usual(const ServerInfo& info) {
  EXPECT_EQ(info.name, "db");
  EXPECT_EQ(info.version, "1.2");
  EXPECT_EQ(info.arrow_version, "15.0");
  EXPECT_EQ(info.read_only, false);
  EXPECT_EQ(info.substrait, true);
  EXPECT_EQ(info.transactions, TransactionSupport::kSavepoints);
  EXPECT_EQ(info.cancel, true);
  EXPECT_EQ(info.bulk_ingestion, true);
  EXPECT_EQ(info.ingest_transactions, false);
  EXPECT_EQ(info.identifier_case, NameCase::kLower);
  EXPECT_EQ(info.identifier_quote, "`");
  EXPECT_EQ(info.quoted_case, NameCase::kInsensitive);
  EXPECT_THAT(info.keywords, ElementsAre("SELECT", "TABLE"));
  EXPECT_EQ(info.search_escape, "\\");
}

class SqlInfo : public SessionTest {
 protected:
  // Through the wire, as all answers come.
  ServerInfo read(const std::vector<Info>& infos, const Layout& layout) {
    answer(infos, layout);
    return open()->server_info(Wait{});
  }
  void answer(const std::vector<Info>& infos, const Layout& layout) {
    on("CommandGetSqlInfo", [](const Seen&) { return answer_of({info_of({"t"})}); });
    on("DoGet", [infos, layout](const Seen&) {
      const UniqueArray rows = rows_of_infos(infos, layout);
      return data_of(*schema_of(layout).get(), {rows.get()});
    });
  }
};

TEST_F(SqlInfo, IsReadAsTheProtocolHasIt) { expect_usual(read(usual(), {})); }

TEST_F(SqlInfo, WhateverTheTypeIdsAre) {
  expect_usual(read(usual(), {.ids = {7, 3, 100, 0}}));
}

TEST_F(SqlInfo, InASparseUnion) {
  expect_usual(read(usual(), {.format = "+us:", .ids = {1, 0, 2, 5}}));
}

TEST_F(SqlInfo, WithTextOfAnyKind) {
  expect_usual(read(usual(), {.text = NANOARROW_TYPE_LARGE_STRING}));
}

TEST_F(SqlInfo, WithViews) {
  expect_usual(read(usual(), {.text = NANOARROW_TYPE_STRING_VIEW}));
}

TEST_F(SqlInfo, WithNumbersOfAnyWidth) {
  expect_usual(
      read(usual(), {.number = NANOARROW_TYPE_INT32, .id = NANOARROW_TYPE_INT64}));
}

TEST_F(SqlInfo, WhateverTheCaseOfItsColumns) {
  expect_usual(read(usual(), {.names = {"INFO_NAME", "VALUE"}}));
}

TEST_F(SqlInfo, AnAnswerWithoutItsColumnsLeavesAllUnset) {
  const ServerInfo info = read(usual(), {.names = {"name", "value"}});
  EXPECT_EQ(info.name, "");
  EXPECT_EQ(info.transactions, TransactionSupport::kUnknown);
}

TEST_F(SqlInfo, ValuesOfOtherKindsArePassedOver) {
  const ServerInfo info = read(
      {{0, int64_t{1}}, {3, "yes"}, {8, true}, {503, int64_t{99}}, {504, true}}, {});
  EXPECT_EQ(info.name, "");
  EXPECT_EQ(info.read_only, std::nullopt);
  EXPECT_EQ(info.transactions, TransactionSupport::kTransactions) << "older servers";
  EXPECT_EQ(info.identifier_case, NameCase::kUnknown);
  EXPECT_EQ(info.identifier_quote, std::nullopt);
}

TEST_F(SqlInfo, AQuotedNothingIsNotUnknown) {
  EXPECT_EQ(read({{504, ""}}, {}).identifier_quote, "");
}

TEST_F(SqlInfo, IsAskedForOnce) {
  answer(usual(), {});
  expect_usual(open()->server_info(Wait{}));
  expect_usual(open()->server_info(Wait{}));
  EXPECT_THAT(names(), ElementsAre("CommandGetSqlInfo", "DoGet"));
}

TEST_F(SqlInfo, AServerThatDoesNotSayLeavesAllUnset) {
  for (const int code : {12, 13, 3}) {
    fails("CommandGetSqlInfo", fake_status(code, "Exception was thrown by handler."));
    options_.headers.push_back({"code", std::to_string(code)});
    EXPECT_EQ(open()->server_info(Wait{}).name, "");
    EXPECT_EQ(open()->server_info(Wait{}).transactions, TransactionSupport::kUnknown);
  }
  EXPECT_EQ(names().size(), 3u) << "asked once each";
}

TEST_F(SqlInfo, AServerThatIsNotThereHasNotSaidAnything) {
  fails("CommandGetSqlInfo", fake_status(14, "gone"));
  const auto session = open();
  EXPECT_EQ(error_of([&] { session->server_info(Wait{}); }).code(), Code::kIo);
  answer(usual(), {});
  expect_usual(session->server_info(Wait{}));
}

TEST_F(SqlInfo, NoEndpointIsNoInformation) {
  on("CommandGetSqlInfo", [](const Seen&) { return answer_of({info_of({})}); });
  EXPECT_EQ(open()->server_info(Wait{}).name, "");
}

}  // namespace
}  // namespace fletching
