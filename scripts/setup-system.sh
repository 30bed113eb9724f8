# SPDX-License-Identifier: Apache-2.0
# The system packages, for scripts/setup; sourced after lib.sh.

# The names are Debian 12's. Ubuntu 24.04 has the same ones (not run there).
build_packages=(
  ca-certificates cmake g++ git libc-ares-dev liblz4-dev libnghttp2-dev libprotozero-dev
  libsimdjson-dev libssl-dev libzstd-dev ninja-build pkg-config python3-dev python3-venv zlib1g-dev
)
test_packages=(less libgmock-dev libgtest-dev tmux)

wanted_packages() {
  printf '%s\n' "${build_packages[@]}"
  if [ "$level" != demo ]; then printf '%s\n' "${test_packages[@]}"; fi
}

# True when the interpreter for .venv needs nothing of Debian's Python packages.
python_is_complete() {
  "${PYTHON:-python3}" - 2>/dev/null <<'PY'
import ensurepip, pathlib, sysconfig, venv
assert pathlib.Path(sysconfig.get_path("include"), "Python.h").exists()
PY
}

missing_packages() {
  local package
  for package in $(wanted_packages); do
    case $package in
      python3-*) if python_is_complete; then continue; fi ;;
    esac
    if [ "$(dpkg-query -Wf '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
      echo "$package"
    fi
  done
}

# What is needed, found without a package manager; prints what is not there.
missing_elsewhere() {
  local tool module
  for tool in c++ cmake ninja git pkg-config; do
    command -v "$tool" >/dev/null || echo "the command $tool"
  done
  for module in libnghttp2 libcares liblz4 libzstd openssl simdjson zlib; do
    pkg-config --exists "$module" 2>/dev/null || echo "$module and its headers"
  done
  echo '#include <protozero/pbf_reader.hpp>' | c++ -std=c++20 -fsyntax-only -x c++ - \
    2>/dev/null || echo "protozero's headers"
  python_is_complete || echo "python3 with venv, ensurepip and its headers"
}

apt_install() {
  export DEBIAN_FRONTEND=noninteractive
  $as_root apt-get update
  $as_root apt-get install --yes --no-install-recommends "$@"
}

setup_elsewhere() {
  local missing
  missing=$(missing_elsewhere)
  if [ -n "$missing" ]; then
    echo "This is no Debian: please install, under the names of your system," >&2
    echo "what Debian 12 calls: $(wanted_packages | xargs)" >&2
    die "not found:"$'\n'"$missing"
  fi
  echo "==> system packages: not Debian, and all that is needed was found"
}

setup_system() {
  local missing as_root=
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    setup_elsewhere
    return
  fi
  missing=$(missing_packages)
  if [ -z "$missing" ]; then
    echo "==> system packages: all there"
    return
  fi
  missing=$(xargs <<<"$missing")
  if [ "$(id -u)" != 0 ]; then
    as_root=sudo
    command -v sudo >/dev/null ||
      die "please run this as root, then this script again: apt-get install $missing"
    echo "==> sudo apt-get install $missing"
    sudo true || die "no sudo; as root: apt-get install $missing"
  fi
  echo "==> installing $missing"
  # shellcheck disable=SC2086  # one word a package
  step "system packages" apt_install $missing
}
