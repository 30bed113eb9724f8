// SPDX-License-Identifier: Apache-2.0
// Field numbers: substrait/plan.proto and substrait/algebra.proto.
#include "driver/plans.h"

#include <utility>

#include "arrow/row_slices.h"
#include "driver/transactions.h"
#include "flight/wire.h"

namespace fletching {
namespace {

// ---- what a plan is ----

constexpr uint32_t kRelations = 3;                        // of Plan: PlanRel
constexpr uint32_t kRel = 1, kRoot = 2;                   // of PlanRel
constexpr uint32_t kInput = 1;                            // of RelRoot: Rel
constexpr uint32_t kWrite = 19, kDdl = 20, kUpdate = 22;  // of Rel

template <class Visit>
bool any_field(std::string_view message, Visit&& visit) {
  ProtoReader reader(message, "a Substrait plan");
  while (const auto field = reader.next()) {
    if (visit(*field)) return true;
  }
  return false;
}

bool writes(std::string_view rel) {
  return any_field(rel, [](const ProtoField& field) {
    return field.key == proto_bytes(kWrite) || field.key == proto_bytes(kDdl) ||
           field.key == proto_bytes(kUpdate);
  });
}

bool root_writes(std::string_view relation) {
  return any_field(relation, [](const ProtoField& field) {
    if (field.key == proto_bytes(kRel)) return writes(field.bytes);
    if (field.key != proto_bytes(kRoot)) return false;
    return any_field(field.bytes, [](const ProtoField& in_root) {
      return in_root.key == proto_bytes(kInput) && writes(in_root.bytes);
    });
  });
}

// ---- running it ----

void check(const SubstraitPlan& plan) {
  if (!plan.bytes.empty()) return;
  throw Error(Code::kInvalidArgument, "substrait: the plan has no bytes");
}

// Servers refuse a command that they do not know in many ways; what they say of
// themselves tells what is meant.
[[noreturn]] void rethrow(const Execution& run, const Error& e) {
  constexpr int32_t kUnimplemented = 12;
  bool lacks = e.vendor_code() == kUnimplemented;
  const bool may_lack = e.code() == Code::kInvalidArgument ||
                        e.code() == Code::kInternal || e.code() == Code::kUnknown ||
                        e.code() == Code::kNotFound;
  if (!lacks && e.vendor_code() != 0 && may_lack) {
    try {
      const Wait wait = run.wait(run.settings.query_timeout);
      const ServerInfo info = run.connection->server_info(*run.session, wait);
      lacks = !info.substrait.value_or(true);
    } catch (const Error&) {
      // The first error tells more.
    }
  }
  if (!lacks) throw e;
  throw Error(Code::kNotImplemented,
              "substrait: the server takes no such plans (send SQL): " + e.message(),
              "0A000", e.vendor_code(), e.details());
}

template <class Body>
auto explained(const Execution& run, Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const Error& e) {
    rethrow(run, e);
  }
}

void enter_transaction_for(const Execution& run, bool updates) {
  if (!updates) return;
  enter_transaction(*run.connection, *run.session,
                    run.wait(run.settings.update_timeout));
}

RetryReads retries_of(const Execution& run, bool updates) {
  const bool safe = run.session->transaction() == 0 && !updates;
  return {safe ? run.settings.retries : 0, run.settings.retry_budget};
}

// No text can begin so.
std::string cache_key(const SubstraitPlan& plan) {
  return std::string(1, '\0') + plan.version + '\0' + plan.bytes;
}

void lease(const Execution& run, PreparedPlan& plan, bool updates) {
  enter_transaction_for(run, updates);
  const uint64_t transaction = run.session->transaction();
  if (plan.lease.use_count() == 1) {
    if (plan.lease->has_rested_too_long()) {
      plan.lease->spoil();
    } else if (plan.lease->transaction() == transaction) {
      return;
    }
  }
  plan.lease.reset();
  const auto& cache = run.connection->prepared;
  const std::string key = cache_key(plan.plan);
  auto query = cache->take(key, transaction);
  if (query == nullptr) {
    query = run.session->prepare_plan(plan.plan, run.wait(run.settings.query_timeout));
  }
  plan.lease =
      std::make_shared<PreparedLease>(cache, key, transaction, std::move(query));
}

// What failed may be anywhere, so it is not used again.
template <class Body>
auto with_lease(PreparedPlan& plan, Body&& body) {
  try {
    plan.lease->touch();
    return std::forward<Body>(body)(*plan.lease);
  } catch (...) {
    plan.lease->spoil();
    plan.lease.reset();
    throw;
  }
}

Result query_prepared(const Execution& run, PreparedPlan& plan, ParameterRows* rows) {
  PacedProgress progress(run.progress);
  return run_attempts(run, retries_of(run, false), [&] {
    lease(run, plan, false);
    return with_lease(plan, [&](PreparedLease& held) {
      const Wait wait = run.wait(run.settings.query_timeout);
      const auto bound = rows == nullptr ? nullptr : rows->stream(wait);
      held->report_progress(progress.callback());
      auto stream = held->execute(bound.get(), wait);
      held->report_progress({});
      return keeping_lease(std::move(stream), plan.lease);
    });
  });
}

Result update_prepared(const Execution& run, PreparedPlan& plan, ParameterRows* rows) {
  return with_lease(plan, [&](PreparedLease& held) {
    const Wait wait = run.wait(run.settings.update_timeout);
    const auto bound = rows == nullptr ? nullptr : rows->stream(wait);
    const auto changed = held->execute_update(bound.get(), wait);
    if (changed) return update_result(run, *changed);
    throw Error(Code::kNotImplemented,
                "substrait: the server runs no prepared plans that change data");
  });
}

}  // namespace

bool is_update_plan(std::string_view plan) noexcept {
  try {
    return any_field(plan, [](const ProtoField& field) {
      return field.key == proto_bytes(kRelations) && root_writes(field.bytes);
    });
  } catch (const Error&) {
    return false;
  }
}

Result run_plan(const Execution& run, const SubstraitPlan& plan) {
  check(plan);
  return explained(run, [&] {
    const bool updates = is_update_plan(plan.bytes);
    enter_transaction_for(run, updates);
    if (updates) {
      const auto query = run.session->query_plan(plan);
      const auto rows = query->execute_update(run.wait(run.settings.update_timeout));
      if (rows) return update_result(run, *rows);
    }
    PacedProgress progress(run.progress);
    return run_attempts(run, retries_of(run, updates), [&] {
      const auto query = run.session->query_plan(plan);
      if (auto callback = progress.callback()) {
        query->report_progress(std::move(callback));
      }
      return query->execute(run.wait(run.settings.query_timeout));
    });
  });
}

PreparedPlan prepare_plan(const Execution& run, const SubstraitPlan& plan) {
  check(plan);
  PreparedPlan out{plan, nullptr};
  explained(run, [&] { lease(run, out, is_update_plan(plan.bytes)); });
  return out;
}

Result run_prepared_plan(const Execution& run, PreparedPlan& plan,
                         std::unique_ptr<ResultStream> bound) {
  std::optional<ParameterRows> rows;
  if (bound != nullptr) rows.emplace(std::move(bound), run.wait({}));
  ParameterRows* const parameters = rows ? &*rows : nullptr;
  return explained(run, [&] {
    const bool writes = is_update_plan(plan.plan.bytes);
    lease(run, plan, writes);
    if ((*plan.lease)->is_update().value_or(writes)) {
      return update_prepared(run, plan, parameters);
    }
    if (parameters != nullptr && parameters->seen() != 1) {
      throw Error(Code::kInvalidArgument,
                  "execute: a query takes one row of parameters", "07001");
    }
    return query_prepared(run, plan, parameters);
  });
}

// ---- of the public API ----

Result Statement::execute_substrait(const SubstraitPlan& plan) {
  const Entry entry(state_->generation);
  return run_plan(begin_execution(*state_), plan);
}

void Statement::prepare_substrait(const SubstraitPlan& plan) {
  const Entry entry(state_->generation);
  const Execution run = begin_execution(*state_);
  PreparedPlan prepared = prepare_plan(run, plan);
  std::unique_ptr<ResultStream> unused;
  std::optional<PreparedText> old;
  std::shared_ptr<PreparedPlan> old_plan;
  const std::lock_guard lock(state_->mutex);
  unused = std::move(state_->bound);
  old = std::exchange(state_->prepared, std::nullopt);
  old_plan =
      std::exchange(state_->plan, std::make_shared<PreparedPlan>(std::move(prepared)));
}

void Statement::execute_schema(const SubstraitPlan& plan, ArrowSchema* out) {
  const Entry entry(state_->generation);
  const Execution run = begin_execution(*state_);
  check(plan);
  explained(run, [&] {
    UniqueSchema schema = run.session->query_plan(plan)->result_schema(
        run.wait(run.settings.query_timeout));
    ArrowSchemaMove(schema.get(), out);
  });
}

}  // namespace fletching
