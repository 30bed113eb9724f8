# SPDX-License-Identifier: Apache-2.0
"""What the package exports, and what importing it costs others."""

import ast
import inspect
import pathlib
import subprocess
import sys

import pytest

import fletching
from fletching import _core

PACKAGE = pathlib.Path(fletching.__file__).parent


def test_all_is_what_there_is():
    for name in fletching.__all__:
        assert hasattr(fletching, name), name
    public = {
        name
        for name, value in vars(fletching).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert public == set(fletching.__all__) - {"__version__"}


def test_every_public_thing_is_documented():
    for name in fletching.__all__:
        value = getattr(fletching, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert inspect.getdoc(value), name
            for method, code in vars(value).items() if inspect.isclass(value) else ():
                if inspect.isfunction(code) and not method.startswith("_"):
                    assert code.__doc__, f"{name}.{method}"


def test_nothing_optional_is_imported():
    code = (
        "import sys, fletching\n"
        "bad = {'pyarrow', 'pandas', 'polars', 'numpy', 'fletching.serve'}\n"
        "assert not bad & set(sys.modules), bad & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_a_face_needs_is_named_with_the_extra_that_has_it():
    code = "import sys; sys.modules['sqlalchemy'] = None; import fletching.sqlalchemy"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "pip install 'fletching[sqlalchemy]'" in done.stderr


def test_the_version_is_that_of_the_distribution():
    assert fletching.__version__ == _core.__version__
    root = PACKAGE.parent.parent / "VERSION"
    if root.exists():
        assert fletching.__version__ == root.read_text().strip()


def test_the_package_says_that_it_is_typed():
    assert (PACKAGE / "py.typed").exists()


def stub_members():
    tree = ast.parse((PACKAGE / "_core.pyi").read_text())
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.ClassDef) and node.name != "OptionInfo":
            yield node.name
            for member in node.body:
                if isinstance(member, ast.FunctionDef):
                    yield f"{node.name}.{member.name}"


def real_members():
    for name, value in vars(_core).items():
        if name.startswith("_"):
            continue
        yield name
        if inspect.isclass(value):
            for member in vars(value):
                if member in (
                    "__init__",
                    "__iter__",
                    "__len__",
                    "__next__",
                ) or not member.startswith("_"):
                    yield f"{name}.{member}"


def test_the_stub_of_the_core_names_what_the_core_has():
    real = {name for name in real_members() if "(" not in name}
    assert {name for name in stub_members() if "__init__" not in name} == {
        name for name in real if "__init__" not in name
    }


def test_the_extension_exports_its_entry_point_alone():
    if not sys.platform.startswith("linux"):
        pytest.skip("reads ELF")
    found = subprocess.run(
        ["nm", "-D", "--defined-only", "--extern-only", _core.__file__],
        capture_output=True,
        text=True,
        check=True,
    )
    names = [line.split()[-1] for line in found.stdout.splitlines()]
    ours = [name for name in names if not name.startswith(("_ZTI", "_ZTS", "_ZNSt"))]
    assert "PyInit__core" in ours
    for foreign in ("SSL_", "Arrow", "nghttp2_", "ares_", "flatcc_", "LZ4", "ZSTD"):
        assert not [name for name in ours if name.startswith(foreign)]


def test_the_extension_is_never_unloaded():
    # Release callbacks of Arrow arrays and threads may outlive the module.
    if not sys.platform.startswith("linux"):
        pytest.skip("reads ELF")
    found = subprocess.run(
        ["readelf", "-d", _core.__file__], capture_output=True, text=True, check=True
    )
    assert "NODELETE" in found.stdout


def test_sub_interpreters_are_refused_with_a_sentence():
    try:
        import _xxsubinterpreters as subinterpreters
    except ImportError:
        pytest.skip("this Python calls them otherwise")
    code = (
        "import warnings; warnings.simplefilter('ignore')\n"
        "import _xxsubinterpreters as s\n"
        f"i = s.create(**({{}} if {sys.version_info < (3, 12)} else "
        "{'isolated': False}))\n"
        "s.run_string(i, 'import fletching')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert "sub-interpreters" in done.stderr or "subinterpreters" in done.stderr
    assert subinterpreters
