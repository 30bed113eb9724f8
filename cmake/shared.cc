// SPDX-License-Identifier: Apache-2.0
// What the shared library has beside its layers. Debian's libnghttp2.a is compiled for
// programs, not for shared libraries: one debugging function of it wants stderr at a
// fixed distance. With --wrap=stderr it gets a variable of ours.
#include <cstdio>

extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names.
extern FILE* __real_stderr;
[[gnu::visibility("hidden")]] FILE* __wrap_stderr = nullptr;
// NOLINTEND(bugprone-reserved-identifier)
}

namespace {
[[gnu::constructor]] void point_to_stderr() { __wrap_stderr = __real_stderr; }
}  // namespace
