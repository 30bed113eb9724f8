# SPDX-License-Identifier: Apache-2.0
# The Pythons that this machine has, for scripts that build for more than one; sourced after
# lib.sh.

supported_pythons=(3.10 3.11 3.12 3.13 3.14)

# version_of PYTHON: as "3.12", with a t at the end for a free-threaded build.
version_of() {
  "$1" -c 'import sys, sysconfig
print("%d.%d" % sys.version_info[:2] + "t" * bool(sysconfig.get_config_var("Py_GIL_DISABLED")))'
}

# found_pythons [WITHOUT]: the interpreters on the PATH and under pyenv, one a version, without
# that of version WITHOUT.
found_pythons() {
  local version candidate
  for version in "${supported_pythons[@]}"; do
    if [ "$version" = "${1-}" ]; then continue; fi
    for candidate in "$HOME"/.pyenv/versions/"$version".*/bin/python \
      $(type -ap "python$version"); do
      if "$candidate" -c 'import ctypes, ssl, venv' 2>/dev/null; then
        echo "$candidate"
        break
      fi
    done
  done
}
