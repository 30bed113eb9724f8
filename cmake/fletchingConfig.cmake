# SPDX-License-Identifier: Apache-2.0
# find_package(fletching): the target fletching::fletching, the C++ API of
# include/fletching/. Everything else is inside the library.
include(${CMAKE_CURRENT_LIST_DIR}/fletchingTargets.cmake)
