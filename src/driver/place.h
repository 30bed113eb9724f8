// SPDX-License-Identifier: Apache-2.0
// The catalog and schema that a connection begins in.
#pragma once

#include "driver/state.h"

namespace fletching {

// Puts them into the headers of `settings` where the profile says that they go there.
// Whether it did; then nothing is left for choose_place().
bool place_in_headers(Settings& settings, const ServerProfile& profile);

// Chooses them on an open session, as the profile says. Throws kNotImplemented where
// this server has no way to choose.
void choose_place(const Settings& settings, const ServerProfile& profile,
                  Session& session, const Wait& wait);

}  // namespace fletching
