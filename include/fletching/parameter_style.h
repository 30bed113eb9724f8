// SPDX-License-Identifier: Apache-2.0
// How placeholders are written in a statement's text: PEP 249's five ways.
#pragma once

#include <cstdint>

namespace fletching {

// Those inside of literals, comments and quoted names are none. What else is left alone
// in every style: casts (::), :=, slices and paths where no blank stands before the
// colon (a[1:2], a[i:j], doc:key, {'a':b}).
enum class ParameterStyle : uint8_t {
  // ?, and ?? for the character (JSON's operators ?, ?| and ?& are written ??, ??|,
  // ??&).
  // ?1 is refused.
  kQmark,
  kNamed,     // :name, and $name where the dialect has $ parameters
  kNumeric,   // :1 counted from 1, and $1 where the dialect has $ parameters
  kFormat,    // %s, and %% for %; any other % stays
  kPyformat,  // %(name)s, and %% for %; any other % stays
};

}  // namespace fletching
