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

# fletching_core(): the target fletching_core, all layers as the faces link them: the static
# libraries, or with FLETCHING_SHARED one library that has OpenSSL and the others inside.
function(fletching_core)
  add_library(fletching_core INTERFACE)
  if(NOT FLETCHING_SHARED)
    target_link_libraries(fletching_core INTERFACE fletching_render)
    return()
  endif()
  set(layers base arrow transport backend flight flightsql flink driver render)
  list(TRANSFORM layers PREPEND fletching_)
  set(files ${layers})
  list(TRANSFORM files REPLACE "(.+)" "$<TARGET_FILE:\\1>")
  add_library(fletching_shared SHARED ${PROJECT_SOURCE_DIR}/cmake/shared.cc)
  add_dependencies(fletching_shared ${layers})
  set_target_properties(fletching_shared PROPERTIES
    OUTPUT_NAME fletching LINK_DEPENDS "${files};${PROJECT_SOURCE_DIR}/cmake/shared.map")
  # The version script leaves nothing visible but our own namespace: what is of OpenSSL or
  # nanoarrow can be neither used nor replaced from outside.
  target_link_options(fletching_shared PRIVATE -Wl,-z,nodelete -Wl,-Bsymbolic -Wl,--gc-sections -Wl,--wrap=stderr
    -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/shared.map)
  target_link_libraries(fletching_shared PRIVATE
    -Wl,--whole-archive ${files} -Wl,--no-whole-archive fletching_render)
  # Only what is public of the layers: not what they link.
  target_link_libraries(fletching_core INTERFACE fletching_shared fletching::nanoarrow
                        fletching::simdjson Threads::Threads)
  if(SKBUILD)
    install(TARGETS fletching_shared DESTINATION fletching)
    fletching_licences()
  else()
    fletching_install()
  endif()
endfunction()

# fletching_licences(): the licences of all that is linked into the shared library.
function(fletching_licences)
  foreach(package libssl-dev libnghttp2-dev libc-ares-dev liblz4-dev libzstd-dev zlib1g-dev
                  libprotozero-dev libsimdjson-dev)
    if(EXISTS /usr/share/doc/${package}/copyright)
      install(FILES /usr/share/doc/${package}/copyright
              DESTINATION fletching/licences RENAME ${package}.txt)
    else()
      message(WARNING "no licence of ${package} is at hand: the wheel lacks it")
    endif()
  endforeach()
  file(GLOB flatcc ${FLETCHING_NANOARROW_DIR}/subprojects/flatcc-*)
  foreach(name LLHTTP ADBC)
    file(GLOB licence ${FLETCHING_${name}_DIR}/LICENSE*)
    list(GET licence 0 licence)
    string(TOLOWER ${name} lower)
    install(FILES ${licence} DESTINATION fletching/licences RENAME ${lower}.txt)
  endforeach()
  install(FILES ${flatcc}/LICENSE DESTINATION fletching/licences RENAME flatcc.txt)
  # nanoarrow's distribution has none of its own: it is under the same one as we are.
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE
          DESTINATION fletching/licences RENAME nanoarrow.txt)
endfunction()

# fletching_install(): what find_package(fletching) finds: the shared library and the headers.
function(fletching_install)
  include(GNUInstallDirs)
  include(CMakePackageConfigHelpers)
  set(place ${CMAKE_INSTALL_LIBDIR}/cmake/fletching)
  target_include_directories(fletching_shared INTERFACE
                             $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(fletching_shared INTERFACE cxx_std_20)
  set_target_properties(fletching_shared PROPERTIES
                        EXPORT_NAME fletching VERSION ${FLETCHING_VERSION})
  install(TARGETS fletching_shared EXPORT fletchingTargets)
  install(EXPORT fletchingTargets NAMESPACE fletching:: DESTINATION ${place})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/fletching
          ${PROJECT_BINARY_DIR}/generated/fletching TYPE INCLUDE)
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/fletchingConfigVersion.cmake
    VERSION ${FLETCHING_VERSION} COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_SOURCE_DIR}/cmake/fletchingConfig.cmake
          ${PROJECT_BINARY_DIR}/fletchingConfigVersion.cmake DESTINATION ${place})
endfunction()
