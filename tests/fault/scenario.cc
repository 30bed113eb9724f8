// SPDX-License-Identifier: Apache-2.0
#include "scenario.h"

#include <cstdlib>

#include "modes.h"
#include "proto.h"

namespace fletching::fault {
namespace {

std::string_view place_name(Place place) {
  switch (place) {
    case Place::kGet:
      return "get";
    case Place::kInfo:
      return "info";
    case Place::kPut:
      return "put";
    default:
      return "header";
  }
}

const auto& all_scenarios() {
  static const auto* const kAll = new std::vector<std::span<const Scenario>>{
      row_scenarios(),   ipc_scenarios(),        ipc_buffer_scenarios(),
      grpc_scenarios(),  connection_scenarios(), update_scenarios(),
      header_scenarios()};
  return *kAll;
}

void replace(std::string& text, std::string_view what, const std::string& with) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos;) {
    text.replace(at, what.size(), with);
    at += with.size();
  }
}

}  // namespace

std::string Context::arg(const std::string& name, const std::string& otherwise) const {
  auto found = args.find(name);
  return found == args.end() ? otherwise : found->second.front();
}

int64_t Context::number(const std::string& name, int64_t otherwise) const {
  auto text = arg(name);
  return text.empty() ? otherwise : std::strtoll(text.c_str(), nullptr, 10);
}

void Context::not_executed() {
  auto& executions = host.stats().executions;
  if (--executions[sql] <= 0) executions.erase(sql);
}

const Scenario* find_scenario(std::string_view name) {
  for (const auto& group : all_scenarios()) {
    for (const auto& one : group) {
      if (one.name == name) return &one;
    }
  }
  return nullptr;
}

std::string scenarios_json() {
  std::string out = "{\"scenarios\":[";
  bool first = true;
  for (const auto& group : all_scenarios()) {
    for (const auto& one : group) {
      out += first ? "" : ",";
      first = false;
      out += "{\"name\":" + json_text(one.name) +
             ",\"place\":" + json_text(place_name(one.place)) +
             ",\"does\":" + json_text(one.does) +
             ",\"client_must\":" + json_text(one.client_must) + "}";
    }
  }
  out += "],\"modes\":[";
  first = true;
  for (const auto& mode : kModes) {
    out += first ? "" : ",";
    first = false;
    out += "{\"name\":" + json_text(mode.name) + ",\"does\":" + json_text(mode.does) +
           ",\"client_must\":" + json_text(mode.client_must) + "}";
  }
  return out + "]}";
}

std::vector<Column> plain_columns(int64_t first, int64_t count) {
  Cells<int64_t> ids;
  Cells<std::string> names;
  for (int64_t i = first; i < first + count; ++i) {
    ids.emplace_back(i);
    names.emplace_back("row " + std::to_string(i));
  }
  return {int64_column("id", ids), text_column("name", names)};
}

Ipc plain_schema() { return schema_message(plain_columns(0, 0)); }

Ipc plain_batch(int64_t first, int64_t count) {
  return batch_message(batch_of(count, plain_columns(first, count)));
}

Script stream_of(const std::vector<Ipc>& messages) {
  Script out;
  out.headers();
  for (const auto& message : messages) out.ipc(message);
  return out.status(0);
}

Script plain_get(Context& context) {
  auto rows = context.number("rows", 3);
  auto batches = context.number("batches", 1);
  auto first = context.endpoint * rows * batches;
  std::vector<Ipc> messages{plain_schema()};
  for (int64_t i = 0; i < batches; ++i) {
    messages.push_back(plain_batch(first + i * rows, rows));
  }
  return stream_of(messages);
}

Script first_rows(Context& context) {
  Script out;
  out.headers();
  if (context.place == Place::kGet) {
    out.ipc(plain_schema()).ipc(plain_batch(0, context.number("rows", 3)));
  }
  return out;
}

std::string expand(const Context& context, std::string text) {
  auto authority = context.request.header(":authority");
  auto local = [&](uint16_t port) { return "127.0.0.1:" + std::to_string(port); };
  replace(text, "{authority}", authority);
  replace(text, "{port}", authority.substr(authority.rfind(':') + 1));
  if (text.find("{dead}") != std::string::npos) {
    replace(text, "{dead}", local(context.host.dead_port()));
  }
  for (const auto& mode : kModes) {
    auto plain = "{plain:" + std::string(mode.name) + "}";
    auto tls = "{tls:" + std::string(mode.name) + "}";
    if (text.find(plain) != std::string::npos) {
      replace(text, plain, local(context.host.listen(std::string(mode.name), false)));
    }
    if (text.find(tls) != std::string::npos) {
      replace(text, tls, local(context.host.listen(std::string(mode.name), true)));
    }
  }
  return text;
}

std::string info_message(const Context& context, const InfoSpec& spec) {
  ProtoWriter out;
  if (!spec.schema.empty()) out.bytes(1, spec.schema);
  out.bytes(2, context.descriptor);
  for (int i = 0; i < spec.endpoints; ++i) {
    ProtoWriter ticket;
    ticket.bytes(1, std::to_string(i) + ":" + context.sql);
    ProtoWriter endpoint;
    endpoint.bytes(1, ticket.str());
    for (const auto& uri : spec.locations) {
      ProtoWriter location;
      if (!uri.empty()) location.bytes(1, expand(context, uri));
      endpoint.bytes(2, location.str());
    }
    out.bytes(3, endpoint.str());
  }
  out.integer(4, static_cast<uint64_t>(spec.total_records));
  out.integer(5, static_cast<uint64_t>(int64_t{-1}));
  if (spec.ordered) out.integer(6, 1);
  return out.str();
}

Script unary(const std::string& message) {
  Script out;
  return out.headers().message(message).status(0);
}

Script plain_info(Context& context) {
  InfoSpec spec;
  spec.schema = encapsulate(plain_schema());
  return unary(info_message(context, spec));
}

Script bare_info(Context& context) { return unary(info_message(context, {})); }

}  // namespace fletching::fault
