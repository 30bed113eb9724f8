# SPDX-License-Identifier: Apache-2.0
# find_package(fletching): the target fletching::fletching, the C++ API of
# include/fletching/ in one library.
include(CMakeFindDependencyMacro)
include(${CMAKE_CURRENT_LIST_DIR}/fletchingTargets.cmake)
get_target_property(fletching_type fletching::fletching TYPE)
if(fletching_type STREQUAL "STATIC_LIBRARY")
  find_dependency(OpenSSL)
  find_dependency(Threads)
  find_dependency(ZLIB)
endif()
