// SPDX-License-Identifier: Apache-2.0
// The profiles, one file each beside this one.
#pragma once

#include "backend/profile.h"

namespace fletching::profiles {

extern const ServerProfile kClickHouse, kConfluent, kDataFusion, kDoris, kDremio,
    kDuckDb, kFlink, kGeneric, kGizmoSql, kInfluxDb3, kIomete, kKurrentDb, kSqlite,
    kStarRocks;

}  // namespace fletching::profiles
