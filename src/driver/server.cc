// SPDX-License-Identifier: Apache-2.0
#include "driver/state.h"

namespace fletching {
namespace {

std::string text_of(TransactionSupport support) {
  switch (support) {
    case TransactionSupport::kNone:
      return "none";
    case TransactionSupport::kTransactions:
      return "transactions";
    case TransactionSupport::kSavepoints:
      return "savepoints";
    case TransactionSupport::kUnknown:
      break;
  }
  return "";
}

std::string text_of(NameCase names) {
  switch (names) {
    case NameCase::kInsensitive:
      return "insensitive";
    case NameCase::kUpper:
      return "upper";
    case NameCase::kLower:
      return "lower";
    case NameCase::kUnknown:
      break;
  }
  return "";
}

std::string text_of(ServerProfile::Binding binding) {
  switch (binding) {
    case ServerProfile::Binding::kServerOneRow:
      return "server_one_row";
    case ServerProfile::Binding::kClient:
      return "client";
    case ServerProfile::Binding::kServer:
      break;
  }
  return "server";
}

ServerDescription describe(const ServerInfo& info, const ServerProfile& profile) {
  const bool is_told = profile.transactions != TransactionSupport::kUnknown;
  return {
      .name = info.name,
      .version = info.version,
      .arrow_version = info.arrow_version,
      .profile = std::string(profile.name),
      .dialect = std::string(profile.dialect),
      .binding = text_of(profile.binding),
      .transactions = text_of(is_told ? profile.transactions : info.transactions),
      .read_only = profile.read_only ? std::optional(true) : info.read_only,
      .cancel = info.cancel,
      .bulk_ingestion = profile.has_ingest ? info.bulk_ingestion : std::optional(false),
      .ingest_transactions = info.ingest_transactions,
      .substrait = info.substrait,
      .identifier_quote = info.identifier_quote,
      .search_escape = info.search_escape,
      .identifier_case = text_of(info.identifier_case),
      .quoted_identifier_case = text_of(info.quoted_case),
      .keywords = info.keywords,
      .max_message = profile.max_message};
}

}  // namespace

ServerDescription Connection::server() {
  const Entry entry(state_->generation);
  const Operation run = state_->operation(state_->settings.query_timeout);
  const ServerInfo info = run.session->server_info(run.wait);
  return describe(info, state_->profile(*run.session, run.wait));
}

}  // namespace fletching
