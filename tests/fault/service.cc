// SPDX-License-Identifier: Apache-2.0
#include "service.h"

#include <openssl/evp.h>

#include "proto.h"

namespace fletching::fault {
namespace {

constexpr std::string_view kMark = "scenario:";

std::string from_base64(std::string text) {
  while (text.size() % 4 != 0) text += '=';
  std::string out(text.size(), '\0');
  int size = EVP_DecodeBlock(reinterpret_cast<uint8_t*>(out.data()),
                             reinterpret_cast<const uint8_t*>(text.data()),
                             static_cast<int>(text.size()));
  out.resize(size < 0 ? 0 : static_cast<size_t>(size));
  while (!out.empty() && out.back() == '\0') out.pop_back();
  return out;
}

// "user:password" of a Basic header, or "".
std::string basic(const std::string& authorization) {
  constexpr std::string_view kPrefix = "Basic ";
  if (!authorization.starts_with(kPrefix)) return "";
  return from_base64(authorization.substr(kPrefix.size()));
}

std::string user_of(const std::string& authorization) {
  if (auto pair = basic(authorization); !pair.empty())
    return pair.substr(0, pair.find(':'));
  constexpr std::string_view kToken = "Bearer tok-";
  if (authorization.starts_with(kToken)) {
    auto rest = authorization.substr(kToken.size());
    return rest.substr(0, rest.rfind('-'));
  }
  return authorization;
}

bool asked(const Request& request, std::string_view scenario) {
  for (const auto& value : request.all("x-scenario")) {
    for (size_t at = 0; at <= value.size();) {
      auto end = std::min(value.find(',', at), value.size());
      if (std::string_view(value).substr(at, end - at) == scenario) return true;
      at = end + 1;
    }
  }
  return false;
}

struct Command {
  std::string name, value;  // "CommandStatementQuery" and its message
};

Command command_of(std::string_view descriptor) {
  auto any = bytes_field(descriptor, 2);
  std::string url(bytes_field(any, 1));
  return {url.substr(url.rfind('.') + 1), std::string(bytes_field(any, 2))};
}

std::string method_of(const Request& request) {
  return request.path.substr(request.path.rfind('/') + 1);
}

// What a request is about, for the statistics.
std::string detail_of(const Request& request, const std::string& method) {
  auto message = request.message().value_or("");
  if (method == "GetFlightInfo" || method == "GetSchema")
    return command_of(message).name;
  if (method == "DoPut") return command_of(bytes_field(message, 1)).name;
  if (method == "DoGet" || method == "DoAction")
    return std::string(bytes_field(message, 1));
  return "";
}

Script not_implemented(const std::string& what) {
  return Script().error_only(12, what + " is not implemented here");
}

}  // namespace

void Service::reset() {
  attempts_.clear();
  tokens_.clear();
  latest_token_.clear();
}

Script Service::answer(const Request& request) {
  auto method = method_of(request);
  auto detail = detail_of(request, method);
  auto& stats = host_.stats();
  stats.rpcs[method]++;
  if (!detail.empty() && method != "DoGet") stats.rpcs[method + ":" + detail]++;
  stats.requests.push_back({request.connection, request.stream, request.mode, method,
                            detail, request.headers});
  if (stats.requests.size() > 2000) stats.requests.pop_front();
  auto script = dispatch(request, method);
  add_response_headers(request, script);
  return script;
}

Script Service::dispatch(const Request& request, const std::string& method) {
  if (!request.message() && method != "Handshake" && method != "ListActions") {
    return Script().error_only(13, "the request holds no whole message");
  }
  if (method == "Handshake") return handshake(request);
  if (auto refused = refuse(request)) return *refused;
  if (method == "GetFlightInfo") return flight_info(request);
  if (method == "GetSchema") return schema(request);
  if (method == "DoGet") return get(request);
  if (method == "DoPut") return put(request);
  if (method == "DoAction") return action(request);
  return not_implemented(method);
}

Context Service::context(const Request& request, Place place, const std::string& sql) {
  Context out{host_, request, place, sql, {}, {}, 0, 1};
  out.attempt = ++attempts_[std::to_string(static_cast<int>(place)) + sql];
  auto at = sql.find(kMark);
  if (at == std::string::npos) return out;
  for (size_t word = at; word < sql.size();) {
    auto end = std::min(sql.find_first_of(" '\n)", word), sql.size());
    auto text = sql.substr(word, end - word);
    if (word == at) {
      out.args["name"] = {text.substr(kMark.size())};
    } else if (auto is = text.find('='); is != std::string::npos) {
      out.args[text.substr(0, is)].push_back(text.substr(is + 1));
    }
    word = end + 1;
  }
  return out;
}

Script Service::flight_info(const Request& request) {
  auto descriptor = *request.message();
  auto command = command_of(descriptor);
  if (command.name == "CommandGetSqlInfo") {
    if (asked(request, "sqlinfo-unimplemented")) return not_implemented(command.name);
    auto ctx = context(request, Place::kInfo, "sqlinfo:");
    ctx.descriptor = descriptor;
    return bare_info(ctx);
  }
  if (command.name != "CommandStatementQuery") return not_implemented(command.name);
  std::string sql(bytes_field(command.value, 1));
  auto ctx = context(request, Place::kInfo, sql);
  ctx.descriptor = descriptor;
  if (ctx.arg("name") == "stats" || ctx.arg("name") == "whoami") return bare_info(ctx);
  host_.stats().executions[sql]++;
  const auto* scenario = find_scenario(ctx.arg("name", "ok"));
  if (scenario == nullptr) return Script().error_only(3, "no such scenario: " + sql);
  auto at = ctx.arg("at", scenario->place == Place::kInfo ? "info" : "get");
  if (at == "info" && scenario->play != nullptr && scenario->place != Place::kPut) {
    return scenario->play(ctx);
  }
  return scenario->info != nullptr ? scenario->info(ctx) : plain_info(ctx);
}

Script Service::schema(const Request& request) {
  auto command = command_of(*request.message());
  if (command.name != "CommandStatementQuery") return not_implemented(command.name);
  ProtoWriter out;
  out.bytes(1, encapsulate(plain_schema()));
  return unary(out.str());
}

Script Service::get(const Request& request) {
  std::string ticket(bytes_field(*request.message(), 1));
  auto colon = ticket.find(':');
  if (colon == std::string::npos) return Script().error_only(5, "no such ticket");
  auto sql = ticket.substr(colon + 1);
  if (sql.starts_with("sqlinfo:")) return sql_info(request);
  auto ctx = context(request, Place::kGet, sql);
  ctx.endpoint = std::atoi(ticket.c_str());
  auto name = ctx.arg("name", "ok");
  if (name == "stats") return seen();
  if (name == "whoami") return who_am_i(request);
  const auto* scenario = find_scenario(name);
  bool here = scenario != nullptr && scenario->play != nullptr &&
              ctx.arg("at", scenario->place == Place::kGet ? "get" : "no") == "get";
  return here && scenario->place != Place::kPut ? scenario->play(ctx) : plain_get(ctx);
}

Script Service::put(const Request& request) {
  auto descriptor = std::string(bytes_field(*request.message(), 1));
  auto command = command_of(descriptor);
  if (command.name != "CommandStatementUpdate") return not_implemented(command.name);
  std::string sql(bytes_field(command.value, 1));
  auto ctx = context(request, Place::kPut, sql);
  host_.stats().executions[sql]++;
  const auto* scenario = find_scenario(ctx.arg("name", "put-ok"));
  if (scenario == nullptr || scenario->place != Place::kPut) {
    return Script().error_only(3, "no such update scenario: " + sql);
  }
  return scenario->play(ctx);
}

Script Service::action(const Request& request) {
  auto message = *request.message();
  std::string type(bytes_field(message, 1));
  if (type == "CancelFlightInfo") {
    ProtoWriter result;
    result.integer(1, 1);
    ProtoWriter out;
    out.bytes(1, result.str());
    return unary(out.str());
  }
  if (type == "ClosePreparedStatement" || type == "CloseSession") {
    return Script().headers().status(0);
  }
  return not_implemented("action " + type);
}

Script Service::seen() {
  Cells<std::string> kinds;
  Cells<std::string> names;
  Cells<int64_t> counts;
  auto add = [&](const std::string& kind, const std::map<std::string, int64_t>& from) {
    for (const auto& [name, count] : from) {
      kinds.emplace_back(kind);
      names.emplace_back(name);
      counts.emplace_back(count);
    }
  };
  add("count", host_.stats().counts);
  add("rpc", host_.stats().rpcs);
  add("execution", host_.stats().executions);
  std::vector<Column> columns{text_column("kind", kinds), text_column("name", names),
                              int64_column("count", counts)};
  auto length = static_cast<int64_t>(kinds.size());
  return stream_of({schema_message(columns), batch_message(batch_of(length, columns))});
}

// ---- who calls ----

std::string Service::issue_token(const std::string& user) {
  latest_token_ = "Bearer tok-" + user + "-" + std::to_string(++issued_);
  tokens_.insert(latest_token_);
  return latest_token_;
}

Script Service::handshake(const Request& request) {
  using std::chrono::milliseconds;
  auto pair = basic(request.header("authorization"));
  if (asked(request, "handshake-unimplemented")) return not_implemented("Handshake");
  if (asked(request, "handshake-never")) return Script().hang();
  if (pair.empty() || pair.ends_with(":wrong")) {
    return Script().error_only(16, "bad user or password");
  }
  Script out;
  if (asked(request, "handshake-none")) {
    return out.headers().message(ProtoWriter().integer(1, 1).str()).status(0);
  }
  auto token = issue_token(pair.substr(0, pair.find(':')));
  if (asked(request, "handshake-slow")) out.sleep(milliseconds(700));
  if (asked(request, "handshake-trailer")) {
    return out.headers().status(0, "", {{"authorization", token}});
  }
  if (asked(request, "handshake-only")) {
    return out.error_only(0, "", {{"authorization", token}});
  }
  return out.headers({{"authorization", token}}).message("").status(0);
}

std::optional<Script> Service::refuse(const Request& request) {
  auto given = request.header("authorization");
  if (asked(request, "auth-rotate") && given.starts_with("Bearer ") &&
      given != latest_token_) {
    return Script().error_only(16, "that token has been replaced");
  }
  bool basic_is_fine =
      asked(request, "handshake-none") || asked(request, "handshake-unimplemented");
  if (asked(request, "auth-required")) {
    bool known = tokens_.count(given) > 0 || (basic_is_fine && !basic(given).empty());
    if (!known) return Script().error_only(16, "who are you?");
  }
  return std::nullopt;
}

void Service::add_response_headers(const Request& request, Script& script) {
  Headers more;
  if (asked(request, "auth-rotate") && method_of(request) != "Handshake" &&
      tokens_.count(request.header("authorization")) > 0) {
    more.emplace_back("authorization", issue_token(user_of(latest_token_)));
  }
  if (asked(request, "cookies") && request.header("cookie").empty()) {
    more.emplace_back("set-cookie",
                      "session=s" + std::to_string(++sessions_) + "; Path=/; HttpOnly");
    more.emplace_back("set-cookie", "gone=1; Max-Age=0");
    more.emplace_back("set-cookie", "lb=\"a b\"; Secure");
  }
  for (auto& step : script.steps) {
    bool first =
        step.kind == Step::Kind::kHeaders || step.kind == Step::Kind::kHeadersEnd;
    if (!first) continue;
    step.headers.insert(step.headers.end(), more.begin(), more.end());
    return;
  }
}

Script Service::who_am_i(const Request& request) {
  std::string cookies;
  for (const auto& value : request.all("cookie"))
    cookies += (cookies.empty() ? "" : "; ") + value;
  std::vector<Column> columns{
      text_column("user", {user_of(request.header("authorization"))}),
      text_column("tenant", {request.header("x-tenant")}),
      text_column("cookies", {cookies}),
      int64_column("connection", {static_cast<int64_t>(request.connection)}),
      text_column("authority", {request.header(":authority")})};
  return stream_of({schema_message(columns), batch_message(batch_of(1, columns))});
}

// ---- SqlInfo ----

// The value column in any order of union members; codes are the members' places in
// Flight SQL's own order: 0 string, 1 bool, 2 bigint, 3 bitmask.
Script Service::sql_info(const Request& request) {
  if (asked(request, "sqlinfo-error")) return Script().error_only(13, "no info today");
  if (asked(request, "sqlinfo-garbage")) return stream_of({{"not a flatbuffer!", ""}});
  if (asked(request, "sqlinfo-wrong-schema")) {
    return stream_of({plain_schema(), plain_batch(0, 3)});
  }
  if (asked(request, "sqlinfo-empty")) return Script().headers().status(0);
  Cells<std::string> texts{"Fault Server", "1.2.3", "\"", "\\"};
  if (asked(request, "sqlinfo-null-child")) texts[1].reset();
  Column text = text_column("string_value", texts);
  Column boolean = bool_column("bool_value", {false});
  Column big = int64_column("bigint_value", {int64_t{77}});
  Column mask = int32_column("int32_bitmask", {1});
  Cells<uint32_t> names{0, 1, 504, 513, 3, 10000, 8};
  Column value;
  if (asked(request, "sqlinfo-permuted")) {
    value = union_column("value", {9, 4, 30, 7}, {7, 7, 7, 7, 4, 9, 30},
                         {0, 1, 2, 3, 0, 0, 0}, {big, boolean, mask, text});
  } else {
    value = union_column("value", {0, 1, 2, 3}, {0, 0, 0, 0, 1, 2, 3},
                         {0, 1, 2, 3, 0, 0, 0}, {text, boolean, big, mask});
  }
  std::vector<Column> columns{uint32_column("info_name", names), value};
  return stream_of({schema_message(columns), batch_message(batch_of(7, columns))});
}

std::span<const Scenario> header_scenarios() {
  static const Scenario kAll[] = {
      {"auth-required", "refuses calls without a token it has issued", "log in first",
       nullptr, Place::kHeader},
      {"auth-rotate", "answers each call with a new token, the old one is refused",
       "use the newest at once", nullptr, Place::kHeader},
      {"cookies", "sets cookies, one of them already expired",
       "send the live ones back", nullptr, Place::kHeader},
      {"handshake-trailer", "the token comes in a trailer", "find it", nullptr,
       Place::kHeader},
      {"handshake-only", "the token comes in a trailers-only answer", "find it",
       nullptr, Place::kHeader},
      {"handshake-none", "OK without a token", "send Basic on every call", nullptr,
       Place::kHeader},
      {"handshake-unimplemented", "UNIMPLEMENTED", "send Basic on every call", nullptr,
       Place::kHeader},
      {"handshake-slow", "answers after 0.7 s", "wait", nullptr, Place::kHeader},
      {"handshake-never", "does not answer", "end at the deadline", nullptr,
       Place::kHeader},
      {"sqlinfo-unimplemented", "UNIMPLEMENTED", "work without", nullptr,
       Place::kHeader},
      {"sqlinfo-permuted", "union members in another order with odd type ids",
       "read them by type id", nullptr, Place::kHeader},
      {"sqlinfo-null-child", "a NULL inside the union's child", "take it as unknown",
       nullptr, Place::kHeader},
      {"sqlinfo-error", "DoGet fails", "report, and work without", nullptr,
       Place::kHeader},
      {"sqlinfo-garbage", "a message that is no flatbuffer", "report, and work without",
       nullptr, Place::kHeader},
      {"sqlinfo-wrong-schema", "other columns than SqlInfo's",
       "report, and work without", nullptr, Place::kHeader},
      {"sqlinfo-empty", "a stream without schema or rows", "take it as no info",
       nullptr, Place::kHeader},
  };
  return kAll;
}

}  // namespace fletching::fault
