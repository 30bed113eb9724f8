# SPDX-License-Identifier: Apache-2.0
# The compiler of wheels and the C libraries inside them, for scripts/wheel; sourced after
# lib.sh. zig brings the C libraries of systems that are older than this one (and musl), so
# what is linked must be compiled by it too, from the sources of requirements/wheel.

machine=$(uname -m)

# zig_target LIBC: gnu's version is that of manylinux_2_28.
zig_target() {
  case $1 in
    gnu) echo "$machine-linux-gnu.2.28" ;;
    musl) echo "$machine-linux-musl" ;;
  esac
}

# write_compiler LIBC FOLDER: cc, c++, ar and ranlib of zig's in FOLDER.
write_compiler() {
  local target tool
  target=$(zig_target "$1")
  # Programs for musl are static with zig, unless they are told not to be.
  if [ "$1" = musl ]; then target+=" -dynamic"; fi
  zig=$("$venv_python" -c 'import os, ziglang; print(os.path.dirname(ziglang.__file__))')
  mkdir -p "$2"
  for tool in cc c++; do
    printf '#!/bin/sh\nexec "%s/zig" %s -target %s "$@"\n' "$zig" "$tool" "$target" >"$2/$tool"
  done
  for tool in ar ranlib; do
    printf '#!/bin/sh\nexec "%s/zig" %s "$@"\n' "$zig" "$tool" >"$2/$tool"
  done
  chmod +x "$2"/*
}

# fetch_sources FOLDER: unpack the crates there; cargo compares their hashes.
fetch_sources() {
  cargo vendor --locked --versioned-dirs --manifest-path requirements/wheel/Cargo.toml "$1.new"
  mv "$1.new" "$1"
}

flags=(-O3 -fPIC -fvisibility=hidden -ffunction-sections -fdata-sections)

# archive NAME FILE...: the static library of these files; their options are in `flags`.
archive() {
  local name=$1 file objects=()
  shift
  for file in "$@"; do
    objects+=("$name-$(basename "$file" .c).o")
    "$tools/cc" "${flags[@]}" -c "$file" -o "${objects[-1]}"
  done
  "$tools/ar" rcs "$prefix/lib/lib$name.a" "${objects[@]}"
}

build_zlib() {
  local from=("$sources"/libz-sys-*/src/zlib)
  local flags=("${flags[@]}" -DHAVE_UNISTD_H)
  archive z "${from[0]}"/{adler32,compress,crc32,deflate,infback,inf{fast,late,trees},trees,uncompr,zutil}.c
  cp "${from[0]}"/{zlib,zconf}.h "$prefix/include"
  cp "${from[0]}/LICENSE" "$prefix/licences/zlib.txt"
}

build_lz4() {
  local from=("$sources"/lz4-sys-*/liblz4/lib)
  local flags=("${flags[@]}" -DXXH_NAMESPACE=LZ4_)
  archive lz4 "${from[0]}"/{lz4,lz4frame,lz4hc,xxhash}.c
  cp "${from[0]}"/lz4{,frame,hc}.h "$prefix/include"
  cp "${from[0]}/LICENSE" "$prefix/licences/lz4.txt"
}

build_zstd() {
  local from=("$sources"/zstd-sys-*/zstd)
  local flags=("${flags[@]}" -DZSTD_DISABLE_ASM -DZSTD_LEGACY_SUPPORT=0)
  archive zstd "${from[0]}"/lib/{common,compress,decompress}/*.c
  cp "${from[0]}"/lib/{zstd,zstd_errors,zdict}.h "$prefix/include"
  cp "${from[0]}/LICENSE" "$prefix/licences/zstd.txt"
}

# cmake_library FOLDER BUILD OPTION...
cmake_library() {
  cmake -S "$1" -B "$2" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF \
    -DCMAKE_C_COMPILER="$tools/cc" -DCMAKE_CXX_COMPILER="$tools/c++" \
    -DCMAKE_AR="$tools/ar" -DCMAKE_RANLIB="$tools/ranlib" -DCMAKE_C_FLAGS="${flags[*]}" \
    -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib "${@:3}"
  cmake --build "$2"
  cmake --install "$2"
}

build_cares() {
  local from=("$sources"/c-ares-sys-*/c-ares)
  cmake_library "${from[0]}" cares -DCARES_STATIC=ON -DCARES_SHARED=OFF \
    -DCARES_STATIC_PIC=ON -DCARES_BUILD_TOOLS=OFF
  cp "${from[0]}/LICENSE.md" "$prefix/licences/c-ares.txt"
}

build_nghttp2() {
  local from=("$sources"/libnghttp2-sys-*/nghttp2)
  cmake_library "${from[0]}" nghttp2 -DENABLE_LIB_ONLY=ON -DENABLE_DOC=OFF \
    -DBUILD_STATIC_LIBS=ON -DBUILD_TESTING=OFF
  cp "${from[0]}/COPYING" "$prefix/licences/nghttp2.txt"
}

# TLS 1.2 and 1.3 with what certificates are signed by, without what no server of today
# asks for. Configuration and roots are looked for where Debian has them; src/transport
# finds the roots of other systems.
build_openssl() {
  local from=("$sources"/openssl-src-*/openssl)
  mkdir openssl
  cd openssl
  CC=$tools/cc AR=$tools/ar RANLIB=$tools/ranlib perl "${from[0]}/Configure" \
    "linux-$machine" no-shared no-tests no-apps no-docs no-module no-engine no-dso \
    no-legacy no-ssl3 no-comp no-dtls no-quic no-srp no-psk no-ts no-cmp no-ct \
    no-rfc3779 no-whirlpool no-idea no-camellia no-seed no-aria no-bf no-cast no-rc2 \
    no-rc4 no-md4 no-mdc2 no-sm2 no-sm3 no-sm4 no-gost no-siphash no-ml-dsa no-slh-dsa \
    no-lms --prefix="$prefix" --libdir=lib --openssldir=/usr/lib/ssl "${flags[@]:1}" -O2
  make -j"$(nproc)" build_libs
  make install_dev
  cd ..
  cp "${from[0]}/LICENSE.txt" "$prefix/licences/openssl.txt"
}

# pkg-config's files of the libraries that have none.
write_pkg_config() {
  local name
  for name in lz4 zstd; do
    printf 'Name: %s\nDescription: %s\nVersion: 1\nLibs: -L%s -l%s\nCflags: -I%s\n' \
      "$name" "$name" "$prefix/lib" "$name" "$prefix/include" \
      >"$prefix/lib/pkgconfig/lib$name.pc"
  done
}

# Headers of this system that every C library can do with.
link_headers() {
  ln -s /usr/include/protozero "$prefix/include/protozero"
  cp /usr/share/doc/libprotozero-dev/copyright "$prefix/licences/protozero.txt"
  cp /usr/share/doc/libsimdjson-dev/copyright "$prefix/licences/simdjson.txt"
  cp "$zig/lib/libcxx/LICENSE.TXT" "$prefix/licences/libcxx.txt"
  cp "$zig/LICENSE" "$prefix/licences/zig.txt" # what processors lack: compiler-rt
}

# build_sources PREFIX: all of them, from $sources, with $tools.
build_sources() {
  local prefix=$1.new name
  rm -rf "$prefix" "$1.build"
  mkdir -p "$prefix"/{include,lib/pkgconfig,licences} "$1.build"
  cd "$1.build"
  for name in zlib lz4 zstd cares nghttp2 openssl; do
    "build_$name"
  done
  write_pkg_config
  link_headers
  # They name the folder that they were installed into.
  find "$prefix/lib" -name '*.pc' -exec sed -i "s,$prefix,$1,g" {} +
  cd - >/dev/null
  rm -rf "$1.build"
  mv "$prefix" "$1"
}
