// SPDX-License-Identifier: Apache-2.0
#include "flink/statements.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "flink/confluent.h"
#include "flink/gateway.h"

namespace fletching::flink {
namespace {

[[noreturn]] void refuse(const char* what) {
  throw Error(
      Code::kNotImplemented,
      std::string(what) + ": this kind of Flink server has nothing of the sort");
}

constexpr std::array<std::pair<std::string_view, Phase>, 10> kPhases = {{
    {"PENDING", Phase::kPending},
    {"RUNNING", Phase::kRunning},
    {"COMPLETED", Phase::kCompleted},
    {"FAILING", Phase::kFailing},
    {"FAILED", Phase::kFailed},
    {"DEGRADED", Phase::kDegraded},
    {"STOPPING", Phase::kStopping},
    {"STOPPED", Phase::kStopped},
    {"DELETING", Phase::kDeleting},
    {"DELETED", Phase::kDeleted},
}};

}  // namespace

bool is_terminal(Phase phase) noexcept {
  return phase == Phase::kCompleted || phase == Phase::kFailed ||
         phase == Phase::kStopped || phase == Phase::kDeleted;
}

Phase parse_phase(std::string_view word) noexcept {
  const auto* found = std::find_if(kPhases.begin(), kPhases.end(),
                                   [&](const auto& one) { return one.first == word; });
  return found == kPhases.end() ? Phase::kUnknown : found->second;
}

std::shared_ptr<Statements> Statements::open(const Options& options, const Wait& wait) {
  return options.server == ServerKind::kGateway ? open_gateway(options, wait)
                                                : open_confluent(options, wait);
}

std::vector<Statement> Statements::list(const Filter&, const Wait&) {
  refuse("listing statements");
}
Statement Statements::update(const std::string&, std::optional<bool>,
                             std::optional<std::string>, std::optional<std::string>,
                             const Wait&) {
  refuse("resuming or changing a statement");
}
std::vector<ExceptionRecord> Statements::exceptions(const std::string&, const Wait&) {
  refuse("exceptions of a statement");
}
void Statements::configure(std::string_view, const Wait&) {
  refuse("configuring the session");
}
std::vector<std::string> Statements::complete(std::string_view, int64_t, const Wait&) {
  refuse("completing a statement");
}
Properties Statements::properties(const Wait&) { refuse("properties of the session"); }
// No session that could expire.
void Statements::heartbeat(const std::string&, const Wait&) {}

}  // namespace fletching::flink
