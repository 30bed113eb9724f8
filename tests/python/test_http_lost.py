# SPDX-License-Identifier: Apache-2.0
"""Downloads of rows whose connection breaks, or whose server wants patience."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import fletching

pytest.importorskip("pyarrow")


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """The servers of offering_server.py."""
    import offering_server

    yield from offering_server.serve()


@pytest.fixture
def disk(server: Any, tmp_path: Path) -> Any:
    """disk(first row, **how): the URL of a file with 4000 rows; see web_rows.py."""
    import web_rows

    def url(first: int = 0, name: str = "rows", **how: str) -> str:
        path = tmp_path / name
        path.write_bytes(web_rows.stream(first, 1000, 4))
        asked = {"path": str(path), "type": web_rows.ARROW, **how}
        words = "&".join(f"{name}={quote(value)}" for name, value in asked.items())
        return f"{server.http}/disk?{words}"

    return url


def read(server: Any, *locations: str, **options: Any) -> list[int]:
    """The first column of one endpoint's rows."""
    with fletching.connect(server.uri, **options) as connection:
        rows = connection.execute(json.dumps([list(locations)])).fetchall()
    assert all(str(n) == t for n, t in rows)
    return [n for n, _ in rows]


def asked(server: Any) -> list[dict[str, Any]]:
    """The headers of all requests so far."""
    with urllib.request.urlopen(f"{server.http}/asked") as answer:
        return json.load(answer)  # type: ignore[no-any-return]


def test_a_broken_download_goes_on_where_it_broke(server: Any, disk: Any) -> None:
    before = len(asked(server))
    url = disk(cuts="30000,20000,1", etag='"v1"', ranges="yes")
    assert read(server, url) == list(range(4000))
    requests = asked(server)[before:]
    assert [r.get("range") for r in requests] == [
        None,
        "bytes=30000-",
        "bytes=50000-",
        "bytes=50001-",
    ]
    assert {r["if-range"] for r in requests[1:]} == {'"v1"'}


@pytest.mark.parametrize(
    "how", [{}, {"etag": '"v1"'}, {"etag": 'W/"v1"', "ranges": "yes"}]
)
def test_without_ranges_it_is_read_again(
    server: Any, disk: Any, how: dict[str, str]
) -> None:
    before = len(asked(server))
    assert read(server, disk(cuts="30000,40000", **how)) == list(range(4000))
    requests = asked(server)[before:]
    assert len(requests) == 3
    assert not any("range" in request for request in requests)


def test_a_break_before_the_rows(server: Any, disk: Any) -> None:
    assert read(server, disk(cuts="0,2,100")) == list(range(4000))


def test_other_rows_are_never_mixed_in(server: Any, disk: Any, tmp_path: Path) -> None:
    disk(first=7, name="other")
    url = disk(cuts="30000", then=str(tmp_path / "other"))
    with pytest.raises(fletching.Error, match="not what it sent"):
        read(server, url)
    (tmp_path / "short").write_bytes((tmp_path / "rows").read_bytes()[:100])
    url = disk(cuts="30000", then=str(tmp_path / "short"), etag='"v1"')
    with pytest.raises(fletching.Error, match="not what it sent"):
        read(server, url)


def test_a_download_that_never_gets_on_ends(server: Any, disk: Any) -> None:
    url = disk(cuts="30000,30000,30000,30000,30000,30000")
    with pytest.raises(fletching.OperationalError, match="middle of the answer"):
        read(server, url)
    # Each byte that is new counts.
    url = disk(cuts="100,200,300,400,500,600,700", etag='"x"', ranges="yes")
    assert read(server, url) == list(range(4000))


def test_silence_in_the_middle_is_a_broken_download(server: Any, disk: Any) -> None:
    url = disk(cuts="30000", stall="yes")
    with pytest.raises(fletching.OperationalError, match="said nothing"):
        # Whoever says nothing behind the end has said all.
        read(server, url.replace("cuts=30000", "cuts=30000,9,9,9"), idle_timeout=0.3)
    assert read(server, url, idle_timeout=0.3) == list(range(4000))


def test_a_stream_without_any_end_may_be_cut(
    server: Any, disk: Any, tmp_path: Path
) -> None:
    """A body that ends with its connection, after a batch and without a marker."""
    assert read(server, disk(plain="yes")) == list(range(4000))
    path = tmp_path / "rows"
    path.write_bytes(path.read_bytes()[:-8])
    url = f"{server.http}/disk?path={path}&type="
    assert read(server, url) == list(range(4000)), "the length says where it ends"
    with pytest.raises(fletching.OperationalError, match="cut off"):
        read(server, url + "&plain=yes")


def test_servers_that_want_patience_get_it(server: Any) -> None:
    for status in (429, 500, 502, 503, 504):
        url = f"{server.http}/busy?status={status}&times=2"
        assert read(server, url) == [0, 1, 2]
    with pytest.raises(fletching.OperationalError, match="HTTP status 503"):
        read(server, f"{server.http}/busy?status=503&times=99")
    there = f"{server.http}/stream?first=5&count=1"
    assert read(server, f"{server.http}/busy?status=503&times=98", there) == [5]


def test_a_redirect_is_followed_again(server: Any, disk: Any) -> None:
    url = quote(disk(cuts="30000", etag='"v1"', ranges="yes"))
    assert read(server, f"{server.http}/redirect?to={url}") == list(range(4000))
