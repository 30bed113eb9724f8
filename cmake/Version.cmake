# SPDX-License-Identifier: Apache-2.0
# The one place of the version is the file VERSION; pyproject.toml reads it too.
file(STRINGS ${PROJECT_SOURCE_DIR}/VERSION FLETCHING_VERSION LIMIT_COUNT 1)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/fletching/version.h
     CONTENT "#pragma once\n#define FLETCHING_VERSION \"${FLETCHING_VERSION}\"\n")
