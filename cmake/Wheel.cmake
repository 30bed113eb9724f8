# SPDX-License-Identifier: Apache-2.0
# What a wheel has in place of three libraries with everything inside: one, the ADBC driver,
# which has the extension module and the command line too, and a small file before each.
# scripts/wheel compiles it with zig, against the libraries in FLETCHING_WHEEL_PREFIX.
set(wheel ${PROJECT_SOURCE_DIR}/cmake/wheel)

add_library(adbc_driver_fletching SHARED ${wheel}/entries.cc)
target_include_directories(adbc_driver_fletching PRIVATE ${Python_INCLUDE_DIRS})
target_link_libraries(adbc_driver_fletching PRIVATE
  fletching_adbc_parts fletching_python_parts fletching_cli_parts fletching_options)
target_link_options(adbc_driver_fletching PRIVATE
  -Wl,-z,nodelete -Wl,--gc-sections -Wl,-s -Wl,--version-script=${wheel}/exports.map)
set_target_properties(adbc_driver_fletching PROPERTIES LINK_DEPENDS ${wheel}/exports.map)
# Python's names are weak in it: it loads where no Python is.
add_custom_command(TARGET adbc_driver_fletching POST_BUILD
  COMMAND ${Python_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tools/weaken_python.py
          $<TARGET_FILE:adbc_driver_fletching> VERBATIM)

if(FLETCHING_WHEEL STREQUAL "gnu")
  add_library(gcc_s SHARED ${wheel}/gcc_s.c)
  set_target_properties(gcc_s PROPERTIES SOVERSION 1 C_VISIBILITY_PRESET default)
  target_link_options(gcc_s PRIVATE -nostdlib -Wl,--version-script=${wheel}/gcc_s.map)
  add_dependencies(adbc_driver_fletching gcc_s)
  # As a file: zig takes -lgcc_s for an unwinder of its own.
  target_link_options(adbc_driver_fletching PRIVATE $<TARGET_FILE:gcc_s>)
endif()

Python_add_library(_core MODULE ${wheel}/module.c)
target_link_libraries(_core PRIVATE adbc_driver_fletching)
set_target_properties(_core PROPERTIES PREFIX "" SUFFIX .so)

add_executable(fletching ${wheel}/program.c)
target_link_libraries(fletching PRIVATE adbc_driver_fletching)
# From where pip puts programs to where it puts packages: environments, users' and systems'
# installations, --target.
set(python python${Python_VERSION_MAJOR}.${Python_VERSION_MINOR})
set(places $ORIGIN/../fletching)
foreach(place lib/${python}/site lib64/${python}/site lib/${python}/dist)
  list(APPEND places $ORIGIN/../${place}-packages/fletching)
endforeach()
set_target_properties(_core PROPERTIES INSTALL_RPATH $ORIGIN)
set_target_properties(fletching PROPERTIES INSTALL_RPATH "${places}")

install(TARGETS adbc_driver_fletching _core DESTINATION fletching)
install(TARGETS fletching DESTINATION ${SKBUILD_SCRIPTS_DIR})

# The licences of all that is linked into it.
set(licences DESTINATION fletching/licences)
install(DIRECTORY ${FLETCHING_WHEEL_PREFIX}/licences/ ${licences})
file(GLOB flatcc ${FLETCHING_NANOARROW_DIR}/subprojects/flatcc-*)
foreach(name LLHTTP ADBC)
  file(GLOB licence ${FLETCHING_${name}_DIR}/LICENSE*)
  list(GET licence 0 licence)
  string(TOLOWER ${name} lower)
  install(FILES ${licence} ${licences} RENAME ${lower}.txt)
endforeach()
install(FILES ${flatcc}/LICENSE ${licences} RENAME flatcc.txt)
# Its headers begin with it.
file(READ ${NB_DIR}/ext/robin_map/include/tsl/robin_map.h robin_map)
string(REGEX REPLACE "\\*/.*" "" robin_map "${robin_map}")
file(WRITE ${PROJECT_BINARY_DIR}/robin_map.txt "${robin_map}")
install(FILES ${PROJECT_BINARY_DIR}/robin_map.txt ${licences})
file(GLOB nanobind ${NB_DIR}/../nanobind-*.dist-info/licenses/LICENSE)
install(FILES ${nanobind} ${licences} RENAME nanobind.txt)
# nanoarrow's distribution has none of its own: it is under the same one as we are.
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${licences} RENAME nanoarrow.txt)
