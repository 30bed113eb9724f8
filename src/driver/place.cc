// SPDX-License-Identifier: Apache-2.0
#include "driver/place.h"

#include "backend/sql_dialect.h"
#include "driver/parameters.h"

namespace fletching {
namespace {

using Choice = ServerProfile::Choice;

[[noreturn]] void cannot(std::string_view name, const ServerProfile& profile) {
  const std::string option(name == "schema" ? "db_schema" : name);
  throw Error(Code::kNotImplemented, "option " + option + ": this server (profile " +
                                         std::string(profile.name) +
                                         ") has no way to choose one");
}

void use(std::string_view name, const ServerProfile& profile, Session& session,
         const Wait& wait) {
  const auto query =
      session.query("USE " + quote_identifier(name, dialect_of(&profile)));
  if (query->execute_update(wait)) return;
  const auto rows = query->execute(wait);
  for (Batch batch; rows->next(batch, wait) == Next::kBatch; batch = Batch()) {
  }
}

void choose(std::string_view option, const std::string& value, Choice how,
            const ServerProfile& profile, Session& session, const Wait& wait) {
  switch (how) {
    case Choice::kNone:
      cannot(option, profile);
    case Choice::kSessionOption:
      session.set_session_options({{std::string(option), value}}, wait);
      break;
    case Choice::kUseStatement:
      use(value, profile, session, wait);
      break;
    case Choice::kHeader:
      break;  // done
  }
}

}  // namespace

bool place_in_headers(Settings& settings, const ServerProfile& profile) {
  bool changed = false;
  if (settings.catalog && profile.catalog_by == Choice::kHeader) {
    apply_header(settings, profile.catalog_header, *settings.catalog, true);
    changed = true;
  }
  if (settings.schema && profile.schema_by == Choice::kHeader) {
    apply_header(settings, profile.schema_header, *settings.schema, true);
    changed = true;
  }
  return changed;
}

void choose_place(const Settings& settings, const ServerProfile& profile,
                  Session& session, const Wait& wait) {
  if (settings.catalog) {
    choose("catalog", *settings.catalog, profile.catalog_by, profile, session, wait);
  }
  if (settings.schema) {
    choose("schema", *settings.schema, profile.schema_by, profile, session, wait);
  }
}

}  // namespace fletching
