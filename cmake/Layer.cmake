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

include(Headers)

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
    fletching_std_headers(fletching_${name})
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

# fletching_library(): what find_package(fletching) finds: all layers as one library and the
# headers. Static, it is of the objects that the faces link, and others' libraries are
# linked with it; with FLETCHING_SHARED it has OpenSSL and the others inside.
function(fletching_library)
  set(layers base arrow transport backend flight flightsql flink driver render)
  list(TRANSFORM layers PREPEND fletching_)
  set(apart "")
  if(SKBUILD OR FLETCHING_DEVELOPER OR FLETCHING_FUZZ)
    set(apart EXCLUDE_FROM_ALL)  # only where somebody asks for it
  endif()
  if(FLETCHING_SHARED)
    fletching_shared(${layers})
  else()
    set(objects ${layers} fletching_nanoarrow fletching_llhttp)
    list(TRANSFORM objects REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>")
    add_library(fletching_library STATIC ${apart} ${objects})
    set_target_properties(fletching_library PROPERTIES LINKER_LANGUAGE CXX)
    target_link_libraries(fletching_library INTERFACE
      OpenSSL::SSL OpenSSL::Crypto ZLIB::ZLIB Threads::Threads nghttp2 cares lz4 zstd simdjson)
  endif()
  target_include_directories(fletching_library INTERFACE
                             $<INSTALL_INTERFACE:include>)
  target_compile_features(fletching_library INTERFACE cxx_std_20)
  set_target_properties(fletching_library PROPERTIES
                        OUTPUT_NAME fletching EXPORT_NAME fletching)
  fletching_install(${apart})
endfunction()

# fletching_wrap_stderr(TARGET): for a shared library with Debian's libnghttp2.a inside.
function(fletching_wrap_stderr target)
  target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/shared.cc)
  target_link_options(${target} PRIVATE -Wl,--wrap=stderr)
endfunction()

# fletching_shared(LAYER...): the target fletching_library, where it is shared.
function(fletching_shared)
  set(files ${ARGN})
  list(TRANSFORM files REPLACE "(.+)" "$<TARGET_FILE:\\1>")
  add_library(fletching_library SHARED)
  fletching_wrap_stderr(fletching_library)
  add_dependencies(fletching_library ${ARGN})
  set_target_properties(fletching_library PROPERTIES
    VERSION ${FLETCHING_VERSION}
    LINK_DEPENDS "${files};${PROJECT_SOURCE_DIR}/cmake/shared.map")
  # The version script leaves nothing visible but our own namespace: what is of OpenSSL or
  # nanoarrow can be neither used nor replaced from outside.
  target_link_options(fletching_library PRIVATE -Wl,-z,nodelete -Wl,-Bsymbolic
    -Wl,--gc-sections
    -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/shared.map)
  target_link_libraries(fletching_library PRIVATE
    -Wl,--whole-archive ${files} -Wl,--no-whole-archive fletching_render)
endfunction()

# fletching_install([EXCLUDE_FROM_ALL]): the library, the headers and what find_package reads,
# as the component cpp.
function(fletching_install)
  include(GNUInstallDirs)
  include(CMakePackageConfigHelpers)
  set(place ${CMAKE_INSTALL_LIBDIR}/cmake/fletching)
  set(rest COMPONENT cpp ${ARGN})
  install(TARGETS fletching_library EXPORT fletchingTargets
          DESTINATION ${CMAKE_INSTALL_LIBDIR} ${rest})
  install(EXPORT fletchingTargets NAMESPACE fletching:: DESTINATION ${place} ${rest})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/fletching
          ${PROJECT_BINARY_DIR}/generated/fletching DESTINATION include ${rest})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/fletchingConfigVersion.cmake
    VERSION ${FLETCHING_VERSION} COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_SOURCE_DIR}/cmake/fletchingConfig.cmake
          ${PROJECT_BINARY_DIR}/fletchingConfigVersion.cmake DESTINATION ${place} ${rest})
endfunction()
