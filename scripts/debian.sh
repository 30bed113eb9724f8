# SPDX-License-Identifier: Apache-2.0
# Bare Debian systems in folders; sourced after lib.sh.

# The Debian mirror that this machine uses, if it says so.
host_mirror() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null |
    grep -oE '^(URIs:|deb ).*' | grep -oE '(https?|file|copy)://[^] ]*/debian/?( |$)' |
    head -n 1 | tr -d ' '
}

# make_debian SUITE FOLDER [PACKAGE,...]: the smallest system of that release.
make_debian() {
  local mirror
  mirror=$(host_mirror || true)
  rm -rf "$2.new"
  mkdir -p "$(dirname "$2")"
  # shellcheck disable=SC2086  # no mirror: debootstrap's own
  debootstrap --variant=minbase ${3:+--include="$3"} "$1" "$2.new" $mirror
  rm -rf "$2.new"/var/cache/apt/archives/*.deb
  mv "$2.new" "$2"
}
