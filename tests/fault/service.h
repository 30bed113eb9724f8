// SPDX-License-Identifier: Apache-2.0
// The Flight SQL service: reads requests, counts them, picks the scenario, answers.
#pragma once

#include <map>
#include <set>
#include <string>

#include "scenario.h"

namespace fletching::fault {

class Service {
 public:
  explicit Service(Host& host) : host_(host) {}
  [[nodiscard]] Script answer(const Request& request);
  void reset();

 private:
  Script dispatch(const Request& request, const std::string& method);
  Script handshake(const Request& request);
  Script flight_info(const Request& request);
  Script schema(const Request& request);
  Script get(const Request& request);
  Script put(const Request& request);
  Script action(const Request& request);
  Script sql_info(const Request& request);
  Script who_am_i(const Request& request);
  Script seen();

  // Context of `sql`, with its scenario's arguments and this attempt counted.
  Context context(const Request& request, Place place, const std::string& sql);
  // An error if the scenario asks for credentials that are not there.
  std::optional<Script> refuse(const Request& request);
  void add_response_headers(const Request& request, Script& script);
  std::string issue_token(const std::string& user);

  Host& host_;
  std::map<std::string, int> attempts_;
  std::set<std::string> tokens_;
  std::string latest_token_;
  int issued_ = 0, sessions_ = 0;
};

}  // namespace fletching::fault
