# SPDX-License-Identifier: Apache-2.0
# Everything others wrote, each as one SYSTEM target; third-party C is built without
# sanitizers and warnings. See docs/design/dependencies.md for why each is here.
set(FLETCHING_ALL_INSIDE OFF)
if(FLETCHING_SHARED OR FLETCHING_WHEEL)
  set(FLETCHING_ALL_INSIDE ON)
endif()
if(FLETCHING_ALL_INSIDE)
  # Linked into one library, where nobody else's copy can take their place.
  set(OPENSSL_USE_STATIC_LIBS TRUE)
  set(ZLIB_USE_STATIC_LIBS TRUE)
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a .so)
endif()
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(NGHTTP2 REQUIRED IMPORTED_TARGET libnghttp2>=1.43)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares>=1.18)
pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
if(NOT FLETCHING_ALL_INSIDE)
  pkg_check_modules(SIMDJSON REQUIRED IMPORTED_TARGET simdjson>=3.0)
  add_library(fletching::simdjson ALIAS PkgConfig::SIMDJSON)
endif()
if(FLETCHING_ALL_INSIDE)
  # pkg-config's targets hold the shared libraries' files.
  foreach(name NGHTTP2 CARES LZ4 ZSTD)
    string(TOLOWER ${name} lower)
    find_library(${name}_ARCHIVE NAMES lib${lower}.a REQUIRED)
    set_target_properties(PkgConfig::${name} PROPERTIES
                          INTERFACE_LINK_LIBRARIES ${${name}_ARCHIVE})
  endforeach()
endif()
add_library(fletching::nghttp2 ALIAS PkgConfig::NGHTTP2)
add_library(fletching::cares ALIAS PkgConfig::CARES)
add_library(fletching_codecs INTERFACE)
target_link_libraries(fletching_codecs INTERFACE PkgConfig::LZ4 PkgConfig::ZSTD)
add_library(fletching::codecs ALIAS fletching_codecs)

find_path(PROTOZERO_INCLUDE_DIR protozero/pbf_reader.hpp REQUIRED)
add_library(fletching_protozero INTERFACE)
target_include_directories(fletching_protozero SYSTEM INTERFACE ${PROTOZERO_INCLUDE_DIR})
add_library(fletching::protozero ALIAS fletching_protozero)

# fletching_source(VARIABLE NAME): where the source NAME is unpacked, unless VARIABLE says
# so already: in third_party/ of an sdist, or in the user's cache.
function(fletching_source variable name)
  if(${variable})
    return()
  endif()
  if(EXISTS ${PROJECT_SOURCE_DIR}/third_party/${name})
    set(${variable} ${PROJECT_SOURCE_DIR}/third_party/${name} PARENT_SCOPE)
    return()
  endif()
  set(python python3)  # one with pip: that of .venv, where there is one
  if(EXISTS ${PROJECT_SOURCE_DIR}/.venv/bin/python)
    set(python ${PROJECT_SOURCE_DIR}/.venv/bin/python)
  endif()
  execute_process(
    COMMAND ${python} ${PROJECT_SOURCE_DIR}/tools/fetch_source.py ${name}
    OUTPUT_VARIABLE fetched OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  set(${variable} ${fetched} PARENT_SCOPE)
endfunction()

if(FLETCHING_ALL_INSIDE)
  fletching_source(FLETCHING_SIMDJSON_DIR pysimdjson)
  add_library(fletching_simdjson STATIC ${FLETCHING_SIMDJSON_DIR}/simdjson/simdjson.cpp)
  target_include_directories(fletching_simdjson SYSTEM PUBLIC ${FLETCHING_SIMDJSON_DIR}/simdjson)
  target_compile_options(fletching_simdjson PRIVATE -w)
  set_target_properties(fletching_simdjson PROPERTIES CXX_VISIBILITY_PRESET hidden)
  add_library(fletching::simdjson ALIAS fletching_simdjson)
endif()

fletching_source(FLETCHING_LLHTTP_DIR llhttp)
if(NOT EXISTS ${FLETCHING_LLHTTP_DIR}/lib/llhttp.h)
  message(FATAL_ERROR "llhttp: no sources in '${FLETCHING_LLHTTP_DIR}' (run "
                      "tools/fetch_source.py llhttp, pass -DFLETCHING_LLHTTP_DIR=...)")
endif()
add_library(fletching_llhttp STATIC
  ${FLETCHING_LLHTTP_DIR}/lib/api.c ${FLETCHING_LLHTTP_DIR}/lib/http.c
  ${FLETCHING_LLHTTP_DIR}/lib/llhttp.c)
target_include_directories(fletching_llhttp SYSTEM PUBLIC ${FLETCHING_LLHTTP_DIR}/lib)
target_compile_options(fletching_llhttp PRIVATE -w)
add_library(fletching::llhttp ALIAS fletching_llhttp)

fletching_source(FLETCHING_NANOARROW_DIR nanoarrow)
set(na ${FLETCHING_NANOARROW_DIR}/subprojects/arrow-nanoarrow/src)
file(GLOB flatcc ${FLETCHING_NANOARROW_DIR}/subprojects/flatcc-*)
if(NOT EXISTS ${na}/nanoarrow/nanoarrow.h OR NOT flatcc)
  message(FATAL_ERROR "nanoarrow: no sources in '${FLETCHING_NANOARROW_DIR}' "
                      "(run tools/fetch_source.py nanoarrow, pass -DFLETCHING_NANOARROW_DIR=...)")
endif()
set(NANOARROW_VERSION_MAJOR 0)
set(NANOARROW_VERSION_MINOR 9)
set(NANOARROW_VERSION_PATCH 0)
set(NANOARROW_VERSION "0.9.0")
set(NANOARROW_NAMESPACE_DEFINE "#define NANOARROW_NAMESPACE FletchingNano")
file(GLOB na_config ${na}/nanoarrow/nanoarrow_config.h.in)
if(na_config)
  configure_file(${na_config} ${PROJECT_BINARY_DIR}/nanoarrow/nanoarrow/nanoarrow_config.h)
endif()
add_library(fletching_nanoarrow STATIC
  ${na}/nanoarrow/common/array.c ${na}/nanoarrow/common/array_stream.c
  ${na}/nanoarrow/common/schema.c ${na}/nanoarrow/common/utils.c
  ${flatcc}/src/runtime/builder.c ${flatcc}/src/runtime/emitter.c
  ${flatcc}/src/runtime/verifier.c ${flatcc}/src/runtime/refmap.c)
target_include_directories(fletching_nanoarrow SYSTEM PUBLIC
  ${PROJECT_BINARY_DIR}/nanoarrow ${na} ${na}/nanoarrow ${flatcc}/include)
target_compile_options(fletching_nanoarrow PRIVATE -w)
add_library(fletching::nanoarrow ALIAS fletching_nanoarrow)

fletching_source(FLETCHING_ADBC_DIR adbc_driver_manager)
set(adbc ${FLETCHING_ADBC_DIR}/adbc_driver_manager)
if(NOT EXISTS ${adbc}/arrow-adbc/adbc.h)
  message(FATAL_ERROR "adbc.h: no sources in '${FLETCHING_ADBC_DIR}' (run "
                      "tools/fetch_source.py adbc_driver_manager, pass -DFLETCHING_ADBC_DIR=...)")
endif()
add_library(fletching_adbc_header INTERFACE)
target_include_directories(fletching_adbc_header SYSTEM INTERFACE ${adbc})
add_library(fletching::adbc ALIAS fletching_adbc_header)

if(FLETCHING_DEVELOPER)
  find_package(GTest REQUIRED)
endif()
