// SPDX-License-Identifier: Apache-2.0
#include "backend/backend.h"

namespace fletching {
namespace {

[[noreturn]] void refuse(const char* what) {
  throw Error(Code::kNotImplemented,
              std::string(what) + ": this kind of server has nothing of the sort");
}

}  // namespace

UniqueSchema Query::result_schema(const Wait&) { refuse("schema of a query"); }

std::unique_ptr<ResultStream> Session::metadata(const MetadataRequest&, const Wait&) {
  refuse("metadata");
}

}  // namespace fletching
