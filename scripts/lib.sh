# SPDX-License-Identifier: Apache-2.0
# What the scripts share; sourced, never run. Leaves the shell in the checkout's root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv_python=.venv/bin/python
stamps=.venv/fletching
logs=build/logs

die() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

# seconds_since START: the time since START (a value of EPOCHREALTIME), as "12.3 s".
seconds_since() {
  local us=$((${EPOCHREALTIME/[.,]/} - ${1/[.,]/}))
  printf '%d.%d s' $((us / 1000000)) $((us % 1000000 / 100000))
}

# step NAME COMMAND...: run it with its output in build/logs/NAME.log, say how long it
# took, and show the end of the log when it failed.
step() {
  local name=$1 start=$EPOCHREALTIME log status
  shift
  mkdir -p "$logs"
  log=$logs/${name//[^a-zA-Z0-9]/-}.log
  printf '%-58s' "==> $name"
  # Not "|| status=$?": that would switch errexit off inside the command's functions.
  set +e
  (set -e; "$@") >"$log" 2>&1 </dev/null
  status=$?
  set -e
  if [ "$status" != 0 ]; then
    echo "FAILED after $(seconds_since "$start")"
    tail -n 60 "$log" >&2
    die "$name failed with status $status; the whole log is $log"
  fi
  seconds_since "$start"
  echo
}

# use_ccache: let compilers run through ccache where it is installed.
use_ccache() {
  if command -v ccache >/dev/null; then
    export CMAKE_C_COMPILER_LAUNCHER=${CMAKE_C_COMPILER_LAUNCHER-ccache}
    export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER-ccache}
  fi
}

# without_aslr COMMAND...: run it with a fixed address layout where that is allowed (the
# sanitizers of GCC 12 fail on kernels that randomise too many bits).
without_aslr() {
  if setarch -R true 2>/dev/null; then
    setarch -R "$@"
  else
    "$@"
  fi
}

# source_definitions NAME...: where the sources of others are unpacked (fetched where they are
# not at hand yet), a definition of CMake's a line.
source_definitions() {
  local name directory
  for name in "$@"; do
    directory=$("$venv_python" tools/fetch_source.py "$name") || return
    case $name in
      adbc_driver_manager) name=adbc ;;
      pysimdjson) name=simdjson ;;
    esac
    echo "FLETCHING_${name^^}_DIR=$directory"
  done
}
core_sources=(nanoarrow llhttp adbc_driver_manager)

# configure PRESET: configure build/PRESET with the sources of others at hand.
configure() {
  local definitions
  definitions=$(source_definitions "${core_sources[@]}")
  mapfile -t definitions <<<"$definitions"
  use_ccache
  cmake --preset "$1" "${definitions[@]/#/-D}"
}
