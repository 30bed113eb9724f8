// SPDX-License-Identifier: Apache-2.0
#include "driver/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.h"

namespace fletching {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::string complaint(const std::string& url) {
  try {
    Settings s = settings_from_url(url);
    check_settings(s);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::kInvalidArgument);
    return e.message();
  }
  return "";
}

TEST(Urls, TransportAndPortFollowTheScheme) {
  const Settings plain = settings_from_url("grpc://127.0.0.1:31337");
  EXPECT_FALSE(plain.flight.channel.tls.enabled);
  EXPECT_EQ(plain.flight.channel.port, 31337);
  const Settings tls = settings_from_url("grpc+tls://db");
  EXPECT_TRUE(tls.flight.channel.tls.enabled);
  EXPECT_EQ(tls.flight.channel.port, 443);
  EXPECT_TRUE(settings_from_url("flightsql://h").flight.channel.tls.enabled);
  EXPECT_FALSE(
      settings_from_url("flightsql://h?transport=tcp").flight.channel.tls.enabled);
  EXPECT_EQ(settings_from_url("grpc+unix:///tmp/s").flight.channel.unix_path, "/tmp/s");
  EXPECT_EQ(settings_from_url("kurrentdb://h").flight.channel.port, 2113);
}

// In flightsql-dbapi ?insecure=false meant plaintext.
TEST(Urls, InsecureFalseMeansTls) {
  for (const char* no : {"false", "False", "0", "no", "OFF"}) {
    EXPECT_TRUE(
        settings_from_url(std::string("datafusion+flightsql://h?insecure=") + no)
            .flight.channel.tls.enabled)
        << no;
  }
  for (const char* yes : {"true", "True", "1", "yes", "on"}) {
    EXPECT_FALSE(
        settings_from_url(std::string("datafusion+flightsql://h?insecure=") + yes)
            .flight.channel.tls.enabled)
        << yes;
  }
  EXPECT_THAT(complaint("datafusion://h?insecure=maybe"), HasSubstr("maybe"));
}

TEST(Urls, ASchemeThatNamesItsTransportIsNotOverruled) {
  EXPECT_THAT(complaint("grpc+tls://h?insecure=true"), HasSubstr("use grpc://"));
  EXPECT_THAT(complaint("grpc+tls://h?transport=tcp"), HasSubstr("use grpc://"));
  EXPECT_THAT(complaint("grpc://h:1?insecure=false"), HasSubstr("use grpc+tls://"));
  EXPECT_THAT(complaint("grpc+unix:///s?transport=tls"), HasSubstr("plaintext"));
  EXPECT_EQ(complaint("grpc+tls://h?insecure=false"), "");
  EXPECT_EQ(complaint("grpc://h:1?insecure=true&transport=tcp"), "");
}

TEST(Urls, OtherParametersAreHeadersWithAllTheirValues) {
  const Settings s = settings_from_url(
      "influxdb3://u:p@h?database=a&Database=b&token=t&fletching.tls_root_certs=/x&"
      "disable_server_verification=true");
  EXPECT_THAT(s.flight.headers,
              ElementsAre(Pair("database", "a"), Pair("database", "b")));
  EXPECT_EQ(s.flight.token, "t");
  EXPECT_EQ(s.flight.channel.tls.roots, "/x");
  EXPECT_FALSE(s.flight.channel.tls.verify);
  EXPECT_EQ(s.uri,
            "influxdb3://u:***@h?database=a&Database=***&token=***&"
            "fletching.tls_root_certs=/x&disable_server_verification=true");
}

TEST(Urls, AreShownWithoutWhatMayBeASecret) {
  EXPECT_EQ(shown_url("grpc://u:p@h?x-tenant=s&tokne=s&fletching.tokn=s&"
                      "adbc.flight.sql.rpc.call_header.x=s&fletching.token=s&"
                      "adbc.flight.sql.authorization_header=s&insecure=true&"
                      "fletching.timeout=3&adbc.connection.catalog=c"),
            "grpc://u:***@h?x-tenant=***&tokne=***&fletching.tokn=***&"
            "adbc.flight.sql.rpc.call_header.x=***&fletching.token=***&"
            "adbc.flight.sql.authorization_header=***&insecure=true&"
            "fletching.timeout=3&adbc.connection.catalog=c");
  EXPECT_EQ(shown_url("flink+http://h/c?mode=streaming&table.x=1"),
            "flink+http://h/c?mode=streaming&table.x=***");
}

TEST(Urls, IometeNeedsAllFourNamesBeforeAnyNetwork) {
  const Settings s = settings_from_url(
      "iomete://u:pat@h/cat/sch?cluster=c&data_plane=d&max_msg_size=1m");
  EXPECT_THAT(s.flight.headers, ElementsAre(Pair("schema", "cat"), Pair("cluster", "c"),
                                            Pair("data-plane", "d")));
  EXPECT_EQ(s.schema, "sch");
  EXPECT_EQ(s.flight.channel.max_message, 1 << 20);
  EXPECT_THAT(complaint("iomete://h/?cluster=c&data_plane=d"), HasSubstr("catalog"));
  EXPECT_THAT(complaint("iomete://h/cat?cluster=c&data_plane=d"), HasSubstr("schema"));
  EXPECT_THAT(complaint("iomete://h/cat/s?data_plane=d"), HasSubstr("cluster"));
  EXPECT_THAT(complaint("iomete://h/cat/s?cluster=d"), HasSubstr("data_plane"));
}

TEST(Urls, MistakesSayWhatToDo) {
  EXPECT_THAT(complaint("postgres://h:1"), HasSubstr("grpc+tls://host:port"));
  EXPECT_THAT(complaint("grpc://h"), HasSubstr("port"));
  EXPECT_THAT(complaint("grpc://:1"), HasSubstr("host"));
  EXPECT_THAT(complaint("grpc://h:1?bad%20header=1"), HasSubstr("bad header"));
  EXPECT_THAT(complaint("grpc://h:1?grpc-timeout=1"), HasSubstr("grpc-timeout"));
  EXPECT_THAT(complaint("grpc://h:1?fletching.timout=1"), HasSubstr("timeout?"));
}

TEST(Urls, AKeyOneEditAwayFromAnOptionWarns) {
  static_cast<void>(drain_log());
  static_cast<void>(settings_from_url("grpc://h:1?tokne=x"));
  const auto records = drain_log();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_THAT(records[0].text, HasSubstr("did you mean token?"));
}

TEST(Urls, AKeyOneEditAwayFromAParameterWarns) {
  for (const char* slip : {"insecur", "isnecure", "transpor", "tokne"}) {
    static_cast<void>(drain_log());
    static_cast<void>(settings_from_url(std::string("grpc://h:1?") + slip + "=x"));
    EXPECT_THAT(drain_log(), testing::SizeIs(1)) << slip;
  }
  static_cast<void>(settings_from_url("grpc://h:1?insects=x"));
  EXPECT_THAT(drain_log(), testing::IsEmpty());
}

TEST(Urls, CarryRowOptions) {
  const Settings s = settings_from_url(
      "grpc://h:1?fletching.nanoseconds=truncate&fletching.out_of_range=text&"
      "fletching.maps=pairs");
  EXPECT_EQ(s.rows.nanoseconds, Nanoseconds::kTruncate);
  EXPECT_EQ(s.rows.out_of_range, OutOfRange::kText);
  EXPECT_EQ(s.rows.maps, Maps::kPairs);
  EXPECT_THAT(s.flight.headers, testing::IsEmpty());
  EXPECT_THAT(complaint("grpc://h:1?fletching.nanoseconds=never"),
              HasSubstr("nanoseconds: 'never' is not one of exact, truncate, error"));
}

TEST(Options, EachHasADocAndItsDefaultIsAccepted) {
  for (const OptionInfo& option : option_table()) {
    EXPECT_FALSE(option.doc.empty()) << option.name;
    if (option.default_value.empty()) continue;
    Settings s;
    EXPECT_NO_THROW(
        apply_option(s, option.name, option.default_value, OptionLevel::kDatabase))
        << option.name;
  }
}

TEST(Options, ValuesAreParsedStrictly) {
  Settings s;
  apply_option(s, "timeout", "1.5", OptionLevel::kStatement);
  EXPECT_EQ(s.total_timeout, std::chrono::milliseconds(1500));
  apply_option(s, "memory_budget", "2g", OptionLevel::kDatabase);
  EXPECT_EQ(s.flight.memory_budget, int64_t{2} << 30);
  for (const auto& [name, value] :
       std::initializer_list<std::pair<const char*, const char*>>{
           {"timeout", "-1"},
           {"timeout", "1s"},
           {"timeout", ""},
           {"timeout", "nan"},
           {"memory_budget", "m"},
           {"memory_budget", "99999999999g"},
           {"endpoint_concurrency", "0"},
           {"cookies", "2"},
           {"location_policy", "AUTO"},
           {"location_map", "a:1"},
           {"no_such_option", "1"}}) {
    EXPECT_THROW(apply_option(s, name, value, OptionLevel::kDatabase), Error)
        << name << "=" << value;
  }
}

TEST(Options, SecretsAreNotQuoted) {
  Settings s;
  try {
    apply_option(s, "username", "me", OptionLevel::kConnection);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::kInvalidState);
  }
  s.flight.authorization = "Bearer hunter2";
  s.flight.token = "hunter2";
  try {
    check_settings(s);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.message().find("hunter2"), std::string::npos);
  }
}

}  // namespace
}  // namespace fletching
