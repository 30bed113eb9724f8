// SPDX-License-Identifier: Apache-2.0
// A query as a plan instead of text (https://substrait.io), made by another library.
#pragma once

#include <string>

namespace fletching {

struct SubstraitPlan {
  std::string bytes;    // a serialized substrait.Plan
  std::string version;  // the release of Substrait it was made for; empty: not told
};

}  // namespace fletching
