# SPDX-License-Identifier: Apache-2.0
# fletching_layer(NAME USES layer... EXTERNAL target...): the static library
# fletching_NAME of src/NAME/*.cc and, for developers, its test NAME_test of *_test.cc.

add_library(fletching_options INTERFACE)
target_include_directories(fletching_options INTERFACE
  ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/generated)
if(FLETCHING_SANITIZE)
  target_compile_options(fletching_options INTERFACE
    -fsanitize=${FLETCHING_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(fletching_options INTERFACE -fsanitize=${FLETCHING_SANITIZE})
endif()
if(FLETCHING_DEVELOPER)
  target_compile_options(fletching_options INTERFACE
    -Wall -Wextra -Wconversion -Wno-sign-conversion -Wno-missing-field-initializers
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>  # GCC 12 sees overlaps in std::string's operator+
    -Werror)
  target_compile_definitions(fletching_options INTERFACE _GLIBCXX_ASSERTIONS)
endif()

function(fletching_layer name)
  cmake_parse_arguments(arg "" "" "USES;EXTERNAL" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cc
       ${PROJECT_SOURCE_DIR}/src/${name}/profiles/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  set(uses ${arg_USES})
  list(TRANSFORM uses PREPEND fletching_)
  if(sources)
    add_library(fletching_${name} STATIC ${sources})
    target_link_libraries(fletching_${name} PUBLIC ${uses} ${arg_EXTERNAL} Threads::Threads
                          PRIVATE fletching_options)
  else()
    add_library(fletching_${name} INTERFACE)
    target_link_libraries(fletching_${name} INTERFACE ${uses} ${arg_EXTERNAL})
  endif()
  if(FLETCHING_DEVELOPER AND tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE fletching_${name} fletching_options
                          GTest::gmock GTest::gtest GTest::gtest_main)
    include(GoogleTest)
    add_test(NAME ${name}_test COMMAND ${name}_test)
    set_tests_properties(${name}_test PROPERTIES TIMEOUT 300)
  endif()
endfunction()
