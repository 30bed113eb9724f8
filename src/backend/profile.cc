// SPDX-License-Identifier: Apache-2.0
#include "backend/profile.h"

#include <algorithm>
#include <array>
#include <string>

#include "backend/profiles/profiles.h"

namespace fletching {
namespace {

// In the order of their names.
constexpr std::array<const ServerProfile*, 14> kProfiles = {
    &profiles::kClickHouse, &profiles::kConfluent, &profiles::kDataFusion,
    &profiles::kDoris,      &profiles::kDremio,    &profiles::kDuckDb,
    &profiles::kFlink,      &profiles::kGeneric,   &profiles::kGizmoSql,
    &profiles::kInfluxDb3,  &profiles::kIomete,    &profiles::kKurrentDb,
    &profiles::kSqlite,     &profiles::kStarRocks};

}  // namespace

const ServerProfile* find_profile(std::string_view name) noexcept {
  const auto* found =
      std::find_if(kProfiles.begin(), kProfiles.end(),
                   [name](const ServerProfile* p) { return p->name == name; });
  return found == kProfiles.end() ? nullptr : *found;
}

const ServerProfile& generic_profile() noexcept { return profiles::kGeneric; }

namespace {

const ServerProfile& profile_named_in(std::string name) noexcept {
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  const ServerProfile* best = &profiles::kGeneric;
  for (const ServerProfile* p : kProfiles) {
    // The longest wins: "gizmosql (duckdb)" is GizmoSQL, wherever the words stand.
    if (!p->product.empty() && name.find(p->product) != std::string::npos &&
        p->product.size() > best->product.size()) {
      best = p;
    }
  }
  return *best;
}

}  // namespace

// arrow-go's example is called "db_name", but its version is "sqlite 3".
const ServerProfile& detect_profile(const ServerInfo& info) noexcept {
  const ServerProfile& found = profile_named_in(info.name);
  return &found == &profiles::kGeneric ? profile_named_in(info.version) : found;
}

std::span<const ServerProfile* const> all_profiles() noexcept { return kProfiles; }

}  // namespace fletching
