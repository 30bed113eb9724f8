// SPDX-License-Identifier: Apache-2.0
#include <nanoarrow/nanoarrow.h>

#include <utility>

#include "arrow/c_stream.h"
#include "driver/plans.h"
#include "driver/statement_run.h"

namespace fletching {
namespace {

constexpr int32_t kGrpcUnimplemented = 12;

// The server itself said that it prepares nothing, so nothing has run.
bool says_it_cannot(const Error& e) {
  return e.code() == Code::kNotImplemented &&
         (e.vendor_code() == kGrpcUnimplemented || e.vendor_code() == 0);
}

bool binds_here(const Execution& run, const ServerProfile& profile) {
  if (run.settings.bind != BindMode::kAuto) {
    return run.settings.bind == BindMode::kClient;
  }
  return profile.binding == ServerProfile::Binding::kClient ||
         run.connection->cannot_bind.load();
}

int64_t most_rows(const Execution& run) {
  return row_cap(run.settings, run.connection->known_profile()).rows;
}

// Reads the text as the server would. What has no placeholders in anybody's reading
// needs no server to say so.
PreparedText find_for(const Execution& run, std::string_view sql,
                      ParameterStyle style) {
  if (run.connection->known_profile() == nullptr) {
    try {
      PreparedText text = find_placeholders(sql, style, generic_dialect());
      if (!text.found.has_parameters()) return text;
    } catch (const Error&) {
      // It depends on the server.
    }
  }
  const Wait wait = run.wait(run.settings.query_timeout);
  const ServerProfile& profile = run.connection->profile(*run.session, wait);
  return find_placeholders(sql, style, dialect_of(&profile));
}

// What the server says of the parameters of a prepared plan; null where it does not, or
// there is none.
const ArrowSchema* plan_parameters(const Statement::State& state) {
  if (state.plan == nullptr || state.plan->lease == nullptr) return nullptr;
  return (*state.plan->lease)->parameter_schema();
}

template <class T>
const T& prepared_or_throw(const std::optional<T>& text) {
  if (!text) {
    throw Error(Code::kInvalidState, "the statement has no prepared text (prepare it)");
  }
  return *text;
}

}  // namespace

PreparedText prepare_text(const Execution& run, std::string_view sql,
                          ParameterStyle style) {
  PreparedText text = find_for(run, sql, style);
  if (!text.found.has_parameters()) {
    text.sent = fill_parameters(text.text, text.found, {});
    return text;
  }
  const Wait wait = run.wait(run.settings.query_timeout);
  if (binds_here(run, run.connection->profile(*run.session, wait))) return text;
  rewrite_for_server(text);
  const CappedSql capped = cap_rows(run, text.sent);
  text.sent = capped.sql();
  text.cap = capped.cap();
  text.max_rows = most_rows(run);
  try {
    lease_prepared(run, text);
  } catch (const Error& e) {
    if (!says_it_cannot(e)) throw;
    if (run.settings.bind == BindMode::kServer) {
      throw Error(e.code(),
                  e.message() + " (bind=client writes the values into the text)",
                  e.sqlstate(), e.vendor_code(), e.details());
    }
    run.connection->cannot_bind.store(true);
    text.on_server = false;
  }
  return text;
}

Statement::State::~State() {
  if (generation == ForkGate::generation()) {
    const ForkGate::Pass pass;
    bound.reset();
    prepared.reset();
    plan.reset();
    return;
  }
  // Foreign streams of the parent are left alone; leases look after themselves.
  static_cast<void>(bound.release());
}

Statement::Statement(std::shared_ptr<State> state) : state_(std::move(state)) {}

void Statement::set_option(std::string_view name, std::string_view value) {
  const Entry entry(state_->generation);
  const std::lock_guard lock(state_->mutex);
  apply_option(state_->settings, name, value, OptionLevel::kStatement);
}

void Statement::set_progress(ProgressListener listener) {
  const Entry entry(state_->generation);
  // The old one goes without the lock: it may be Python's.
  const std::lock_guard lock(state_->mutex);
  state_->progress.swap(listener);
}

Result Statement::execute(std::string_view sql) {
  const Entry entry(state_->generation);
  return run_text(begin_execution(*state_), sql);
}

std::string Statement::flink_statement() const {
  const Entry entry(state_->generation);
  return state_->submitted->get();
}

Result Statement::attach(std::string_view name, std::string_view position) {
  const Entry entry(state_->generation);
  Execution run = begin_execution(*state_);
  run.settings.flink_statement.position = position;
  Result result = run_attached(run, name);
  state_->submitted->set(std::string(name));
  return result;
}

void Statement::execute_schema(std::string_view sql, ArrowSchema* out) {
  const Entry entry(state_->generation);
  const Execution run = begin_execution(*state_);
  const auto query = run.session->query(sql);
  query->set_flink_options(run.settings.flink_statement);
  UniqueSchema schema = query->result_schema(run.wait(run.settings.query_timeout));
  ArrowSchemaMove(schema.get(), out);
}

void Statement::prepare(std::string_view sql, ParameterStyle style) {
  const Entry entry(state_->generation);
  const Execution run = begin_execution(*state_);
  std::optional<PreparedText> old;
  std::unique_ptr<ResultStream> unused;
  {
    const std::lock_guard lock(state_->mutex);
    unused = std::move(state_->bound);
    const bool same = state_->prepared && state_->prepared->text == sql &&
                      state_->prepared->style == style &&
                      state_->prepared->lease != nullptr &&
                      state_->prepared->max_rows == most_rows(run) &&
                      run.settings.bind != BindMode::kClient;
    if (same) return;  // as it is; execute() sees to its transaction
    old = std::exchange(state_->prepared, std::nullopt);
    state_->plan.reset();
  }
  old.reset();  // its lease may be what comes next
  PreparedText text = prepare_text(run, sql, style);
  const std::lock_guard lock(state_->mutex);
  state_->prepared = std::move(text);
}

std::vector<std::string> Statement::parameter_names() const {
  const Entry entry(state_->generation);
  const std::lock_guard lock(state_->mutex);
  if (const ArrowSchema* told = plan_parameters(*state_)) {
    return std::vector<std::string>(static_cast<size_t>(told->n_children));
  }
  if (state_->plan != nullptr) return {};
  const PreparedText& text = prepared_or_throw(state_->prepared);
  if (is_by_name(text.style)) return text.found.names;
  return std::vector<std::string>(
      text.found.ordinals.empty() ? 0 : text.found.ordinals.back() + 1);
}

bool Statement::parameter_schema(ArrowSchema* out) const {
  const Entry entry(state_->generation);
  const std::lock_guard lock(state_->mutex);
  if (state_->plan != nullptr) {
    const ArrowSchema* told = plan_parameters(*state_);
    if (told != nullptr) NANOARROW_THROW_NOT_OK(ArrowSchemaDeepCopy(told, out));
    return told != nullptr;
  }
  const PreparedText& text = prepared_or_throw(state_->prepared);
  UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  NANOARROW_THROW_NOT_OK(ArrowSchemaSetTypeStruct(
      schema.get(), static_cast<int64_t>(text.found.values())));
  for (size_t i = 0; i < text.found.values(); ++i) {
    const ArrowSchema* field = expected_field(text, i);
    if (field == nullptr) return false;
    ArrowSchema* child = schema->children[i];
    child->release(child);
    NANOARROW_THROW_NOT_OK(ArrowSchemaDeepCopy(field, child));
  }
  ArrowSchemaMove(schema.get(), out);
  return true;
}

void Statement::bind(ArrowArrayStream* rows) {
  const Entry entry(state_->generation);
  UniqueArrayStream taken;
  ArrowArrayStreamMove(rows, taken.get());
  auto stream = import_stream(std::move(taken));
  const Execution run = begin_execution(*state_);
  static_cast<void>(stream->schema(run.wait({})));  // foreign code: not with the lock
  std::unique_ptr<ResultStream> old;
  const std::lock_guard lock(state_->mutex);
  old = std::exchange(state_->bound, nullptr);
  if (state_->plan != nullptr) {
    state_->bound = std::move(stream);
    return;
  }
  state_->bound = fit_to_values(std::move(stream), prepared_or_throw(state_->prepared),
                                run.wait({}));
}

Result Statement::execute() {
  const Entry entry(state_->generation);
  const Execution run = begin_execution(*state_);
  std::optional<PreparedText> text;
  std::shared_ptr<PreparedPlan> plan;
  std::unique_ptr<ResultStream> rows;
  {
    const std::lock_guard lock(state_->mutex);
    plan = state_->plan;
    if (plan == nullptr) static_cast<void>(prepared_or_throw(state_->prepared));
    text = std::exchange(state_->prepared, std::nullopt);
    rows = std::exchange(state_->bound, nullptr);
  }
  if (plan != nullptr) return run_prepared_plan(run, *plan, std::move(rows));
  struct GiveBack {
    Statement::State& state;
    std::optional<PreparedText>& text;
    ~GiveBack() {
      const std::lock_guard lock(state.mutex);
      if (!state.prepared && !state.closed) state.prepared = std::move(text);
    }
  } const give_back{*state_, text};
  return run_with_parameters(run, *text, std::move(rows));
}

void Statement::cancel() noexcept {
  quietly(state_->generation, [this] {
    const std::lock_guard lock(state_->mutex);
    if (state_->running != nullptr) state_->running->cancel();
  });
}

void Statement::close() noexcept {
  quietly(state_->generation, [this] {
    std::optional<PreparedText> text;
    std::shared_ptr<PreparedPlan> plan;
    std::unique_ptr<ResultStream> rows;
    const std::lock_guard lock(state_->mutex);
    state_->closed = true;
    if (state_->running != nullptr) state_->running->cancel();
    state_->running.reset();
    text = std::exchange(state_->prepared, std::nullopt);
    plan = std::exchange(state_->plan, nullptr);
    rows = std::exchange(state_->bound, nullptr);
  });
}

}  // namespace fletching
