// SPDX-License-Identifier: Apache-2.0
// Substrait plans: statements without placeholders to find or words to read.
#pragma once

#include <memory>
#include <string_view>

#include "driver/prepared_cache.h"
#include "driver/statement_run.h"
#include "fletching/substrait.h"

namespace fletching {

struct PreparedPlan {
  SubstraitPlan plan;
  std::shared_ptr<PreparedLease> lease;  // also held by the rows of its last run
};

// Whether it changes data: a root of the plan is a WriteRel, DdlRel or UpdateRel. What
// cannot be read is no update; the server says what is wrong with it.
[[nodiscard]] bool is_update_plan(std::string_view plan) noexcept;

// Throws kNotImplemented where the server takes no plans.
[[nodiscard]] Result run_plan(const Execution& run, const SubstraitPlan& plan);
[[nodiscard]] PreparedPlan prepare_plan(const Execution& run,
                                        const SubstraitPlan& plan);
// `bound`: rows with a column for each parameter of the plan, in its order; or null.
[[nodiscard]] Result run_prepared_plan(const Execution& run, PreparedPlan& plan,
                                       std::unique_ptr<ResultStream> bound);

}  // namespace fletching
