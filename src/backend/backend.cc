// SPDX-License-Identifier: Apache-2.0
#include "backend/backend.h"

#include "backend/flights.h"

namespace fletching {
namespace {

[[noreturn]] void refuse(const char* what) {
  throw Error(Code::kNotImplemented,
              std::string(what) + ": this kind of server has nothing of the sort");
}

}  // namespace

UniqueSchema Query::result_schema(const Wait&) { refuse("schema of a query"); }
void PreparedQuery::report_progress(ProgressCallback) {}
void Query::report_progress(ProgressCallback) {}  // nothing to tell

std::unique_ptr<PreparedQuery> Session::prepare(std::string_view, const Wait&) {
  refuse("prepared statements");
}

std::unique_ptr<Query> Session::query_plan(const SubstraitPlan&) {
  refuse("Substrait plans");
}
std::unique_ptr<PreparedQuery> Session::prepare_plan(const SubstraitPlan&,
                                                     const Wait&) {
  refuse("Substrait plans");
}

std::unique_ptr<ResultStream> Session::metadata(const MetadataRequest&, const Wait&) {
  refuse("metadata");
}

std::unique_ptr<Flights> Session::flights(CallHeaders) { refuse("Flight RPCs"); }
std::shared_ptr<flink::Statements> Session::flink_statements() {
  refuse("statements of Flink");
}
std::unique_ptr<ResultStream> Session::attach(std::string_view,
                                              const flink::StatementOptions&,
                                              const Wait&) {
  refuse("reading a statement again by its name");
}
ServerInfo Session::server_info(const Wait&) { return {}; }
void Session::adopt(const ServerProfile&) {}
std::vector<std::string> Session::actions(const Wait&) { return {}; }

void Session::begin(const Wait&) { refuse("transactions"); }
void Session::commit(const Wait&) { refuse("transactions"); }
void Session::rollback(const Wait&) { refuse("transactions"); }
uint64_t Session::transaction() const { return 0; }
void Session::savepoint(std::string_view, const Wait&) { refuse("savepoints"); }
void Session::rollback_to(std::string_view, const Wait&) { refuse("savepoints"); }
void Session::release(std::string_view, const Wait&) { refuse("savepoints"); }

int64_t Session::ingest(const IngestTarget&, ResultStream&, const ProgressCallback&,
                        const Wait&) {
  refuse("bulk ingest");
}

void Session::set_session_options(const SessionOptions&, const Wait&) {
  refuse("session options");
}
SessionOptions Session::session_options(const Wait&) { refuse("session options"); }

}  // namespace fletching
