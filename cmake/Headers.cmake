# SPDX-License-Identifier: Apache-2.0
# fletching_std_headers(TARGET): the standard library parsed once for all targets, which
# takes a third off a first build. Only where a package is built for use: developers should
# see a header that is missing, and ccache does better than this.
if(SKBUILD AND NOT FLETCHING_WHEEL AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/std_headers.cc CONTENT "")
  add_library(fletching_std_headers OBJECT ${PROJECT_BINARY_DIR}/generated/std_headers.cc)
  target_link_libraries(fletching_std_headers PRIVATE fletching_options Threads::Threads)
  target_precompile_headers(fletching_std_headers PRIVATE ${PROJECT_SOURCE_DIR}/cmake/std.h)
endif()
if(FLETCHING_WHEEL_HEADERS)  # of zig's, which does not take CMake's: scripts/wheel makes them
  target_compile_options(fletching_options INTERFACE
    "$<$<COMPILE_LANGUAGE:CXX>:SHELL:-include-pch ${FLETCHING_WHEEL_HEADERS}>")
endif()

function(fletching_std_headers target)
  if(TARGET fletching_std_headers)
    target_precompile_headers(${target} REUSE_FROM fletching_std_headers)
    # GCC 12 sees overflows in std::string's operator+ and takes these headers for ours.
    target_compile_options(${target} PRIVATE
                           $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>)
  endif()
endfunction()
