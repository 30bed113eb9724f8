// SPDX-License-Identifier: Apache-2.0
#include "cli/sql_info_texts.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "arrow/owned.h"
#include "cli/output.h"

namespace fletching::cli {

// All ids: servers of the C++ family refuse a question with one that they do not know.
std::map<uint32_t, std::string> sql_info_texts(Connection& connection) {
  std::map<uint32_t, std::string> out;
  Result result = connection.get_sql_info({});
  const ArrowSchema& schema = result.schema();
  if (schema.n_children < 2) return out;
  CellWriter ids(*schema.children[0]);
  CellWriter values(*schema.children[1]);
  for (UniqueArray rows; result.next(rows.get()); rows.reset()) {
    ids.set_array(*rows->children[0]);
    values.set_array(*rows->children[1]);
    for (int64_t i = 0; i < rows->length; ++i) {
      std::string id;
      ids.append(id, i, CellStyle::kText);
      std::string value;
      if (!values.is_null(i)) values.append(value, i, CellStyle::kText);
      out[static_cast<uint32_t>(std::strtoul(id.c_str(), nullptr, 10))] = value;
    }
  }
  return out;
}

double latency_of(Connection& connection) {
  constexpr int kPings = 5;
  std::vector<double> times;
  for (int i = 0; i < kPings; ++i) times.push_back(connection.ping());
  std::sort(times.begin(), times.end());
  return times[kPings / 2];
}

bool is_refusal(const Error& error) {
  return error.code() == Code::kUnauthenticated || error.code() == Code::kUnauthorized;
}

}  // namespace fletching::cli
