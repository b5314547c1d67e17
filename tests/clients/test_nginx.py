"""nginx: a file that both serve is answered alike, with the differences that are named here."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import parse_headers
from pathlib import Path
from typing import NamedTuple

import pytest

from storykeep.core import ids
from storykeep.sources.demo import KEPT_PK, read_media
from tests.byteranges import Part, read_parts
from tests.server import create_key, serving

pytestmark = pytest.mark.clients

CONTENT = read_media("demo_kept.jpg")
SIZE = len(CONTENT)
MOST = 2**63 - 1
TAKEN_AT = ids.ms_from_pk(KEPT_PK) // 1000
LATER, EARLIER = "Fri, 01 Jan 2038 00:00:00 GMT", "Sat, 01 Jan 2000 00:00:00 GMT"

CONFIGURATION = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off; types {{ image/jpeg jpg; }} if_modified_since before; max_ranges 64;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{ listen 127.0.0.1:{port}; root {folder}/files; }}
}}
"""

# {tag} and {date} are the server's own validators, {old} is another form of its date.
RANGES = [
    *("0-0", "0-", "5-99", "-1", "-0", "-100", f"-{SIZE}", f"-{SIZE + 1}", f"{SIZE - 1}-"),
    *(f"{SIZE}-", f"{SIZE}-{SIZE + 9}", f"0-{SIZE - 1}", f"0-{SIZE}", f"0-{MOST}", f"-{MOST}"),
    *(f"0-{MOST + 1}", f"{MOST + 1}-", f"-{MOST + 1}", "0-" + "9" * 100, "9" * 100 + "-"),
    *("5-4", "", "-", ",", "0", "a-b", "0-1x", "--1", "+1-2", "0x1-2", "1-2-3", "0-1;5-6"),
    *(" 0-1", "0 - 1", "0- 1 ", " -5", "- 5", "\t0-1"),
    *("0-0,5-5", "0-99, -100", "5-9,0-4", "0-9,5-14", "0-4,5-9", " 0-1 , 3-4 ", "0-1,0-1,0-1"),
    *(f"0-1,{SIZE}-", f"{SIZE}-,{SIZE + 1}-", "5-4,0-1", "5-4,0-1,3-3", "0-,0-0", "0-,-1"),
    *(f"0-{SIZE - 2},-1", "0-1,", ",0-1", "0-1,,3-4", "0-1,x", "0-1, bytes=3-4", "-1,-2,-3"),
    *(",".join(["0-0"] * 64), ",".join(["0-0"] * 65)),
]
HEADERS = [
    *[{"range": f"bytes={asked}"} for asked in RANGES],
    *[{"range": asked} for asked in ("", "bytes", "items=0-1", "bytes = 0-1", "BYTES=0-1", "0-1")],
    {},
    *[
        {"if-range": validator, "range": asked}
        for validator in ("{tag}", '"another"', "W/{tag}", "{date}", "{old}", LATER, EARLIER, "x")
        for asked in ("bytes=0-1", "bytes=0-1,5-6", f"bytes={SIZE}-", "bytes=x")
    ],
    {"if-range": "{tag}"},
    *[
        {"if-none-match": tags}
        for tags in ("{tag}", "W/{tag}", '"another"', '"a", {tag}', '"a", "b"', "*", "", "x")
    ],
    *[{"if-match": tags} for tags in ("{tag}", "W/{tag}", '"another"', '"a", {tag}', "*", "")],
    *[
        {name: moment}
        for name in ("if-modified-since", "if-unmodified-since")
        for moment in ("{date}", "{old}", LATER, EARLIER, "yesterday")
    ],
    {"if-none-match": "{tag}", "if-modified-since": "{date}"},
    {"if-none-match": "{tag}", "if-modified-since": EARLIER},
    {"if-none-match": '"another"', "if-modified-since": "{date}"},
    {"if-match": "{tag}", "if-unmodified-since": "{date}"},
    {"if-match": "{tag}", "if-unmodified-since": EARLIER},
    {"if-match": '"another"', "if-unmodified-since": "{date}"},
    {"if-match": "{tag}", "if-none-match": "{tag}"},
    {"if-match": '"another"', "if-none-match": "{tag}"},
    {"if-none-match": "{tag}", "range": "bytes=0-1"},
    {"if-none-match": '"another"', "range": "bytes=0-1,3-4"},
    {"if-match": "{tag}", "range": "bytes=0-1"},
    {"if-match": '"another"', "range": "bytes=0-1"},
    {"if-unmodified-since": EARLIER, "range": f"bytes={SIZE}-"},
    {"if-modified-since": "{date}", "range": f"bytes={SIZE}-"},
]


class Asked(NamedTuple):
    """A request, as both are sent it."""

    method: str
    headers: dict[str, str]
    version: str = "1.1"

    def __str__(self) -> str:
        short = [
            (name, value if len(value) < 60 else f"{value[:20]} and so on, {len(value)}")
            for name, value in self.headers.items()
        ]
        told = " ".join(f"{name}: {value}" for name, value in short)
        return f"{self.method} {self.version} {told}".strip()


ALL = [
    *(Asked(method, headers) for method in ("GET", "HEAD") for headers in HEADERS),
    *(Asked("GET", headers, "1.0") for headers in HEADERS[:60:4]),
]


def meant(asked: Asked) -> Asked:
    """Return what a request means, where nginx does what RFC 9110 says it must not."""
    headers = dict(asked.headers)
    if asked.method == "HEAD":  # 14.2: a Range is ignored for other methods than GET
        headers.pop("range", None)
    if "if-none-match" in headers:  # 13.1.3: a date is ignored beside tags
        headers.pop("if-modified-since", None)
    if "if-match" in headers or headers.get("if-unmodified-since") == "yesterday":
        headers.pop("if-unmodified-since", None)  # 13.1.4: so is what is no date
    return asked._replace(headers=headers)


class Answer(NamedTuple):
    """What is compared: what a client goes by, in words that do not depend on the server."""

    status: int
    headers: dict[str, str]
    body: bytes | list[Part]


class Peer:
    """A server and its file."""

    def __init__(self, port: int, path: str, **headers: str) -> None:
        self._address = ("127.0.0.1", port)
        self._path = path
        self._headers = headers
        self._line: socket.socket | None = None
        self.tag = self.date = self.old = ""
        described = self._ask(Asked("GET", {}))[1]
        self.tag, self.date = described["etag"], described["last-modified"]
        moment = time.gmtime(TAKEN_AT)
        self.old = time.strftime("%A, %d-%b-%y %H:%M:%S GMT", moment)

    def ask(self, asked: Asked) -> Answer:
        """Ask on the same connection as before, while there is one."""
        status, headers, body = self._ask(asked)
        told = {"content-range": headers.get("content-range", "")}
        if status >= 400:
            return Answer(status, told, b"")  # nginx adds a page to read, and no validators
        told["last-modified"] = headers["last-modified"]
        told["etag"] = "its own" if headers["etag"] == self.tag else headers["etag"]
        if status == 304:
            return Answer(status, told, body)
        if status == 200:
            told["accept-ranges"] = headers["accept-ranges"]
        content_type = headers["content-type"]
        if content_type.startswith("multipart/byteranges; boundary="):
            return Answer(status, told, read_parts(content_type, body))
        told |= {"content-type": content_type, "content-length": headers["content-length"]}
        return Answer(status, told, body)

    def _ask(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        line = self._line or socket.create_connection(self._address, timeout=30)
        own = {"tag": self.tag, "date": self.date, "old": self.old}
        headers = {"host": "localhost", **self._headers, **asked.headers}
        told = "".join(f"{name}: {value.format(**own)}\r\n" for name, value in headers.items())
        line.sendall(f"{asked.method} {self._path} HTTP/{asked.version}\r\n{told}\r\n".encode())
        with line.makefile("rb") as stream:
            status = int(stream.readline().split()[1])
            found = {name.lower(): value for name, value in parse_headers(stream).items()}
            has_body = asked.method != "HEAD" and status != 304
            body = stream.read(int(found["content-length"])) if has_body else b""
            if found.get("connection") == "close":
                assert stream.read() == b""
            # With a 412 nginx says keep-alive, and hangs up all the same.
            is_last = found.get("connection") == "close" or status == 412
        self._line = None if is_last else line
        if is_last:
            line.close()
        return status, found, body

    def close(self) -> None:
        if self._line is not None:
            self._line.close()


@pytest.fixture(scope="module")
def peers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Peer, Peer]]:
    """Us, and nginx with the same bytes and the same time."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    folder = tmp_path_factory.mktemp("nginx")
    file = folder / "files" / "file.jpg"
    file.parent.mkdir()
    file.write_bytes(CONTENT)
    os.utime(file, (TAKEN_AT, TAKEN_AT))
    for path in (*folder.parents[:2], folder, file.parent):
        path.chmod(0o755)
    with serving(folder / "data", "--demo") as ours, running(program, folder) as port:
        keyed = {"x-access-key": create_key(ours.data)}
        target = f"/v1/story/download?id={KEPT_PK}"
        both = Peer(int(ours.url.rpartition(":")[2]), target, **keyed), Peer(port, "/file.jpg")
        yield both
        for peer in both:
            peer.close()


@contextmanager
def running(program: str, folder: Path) -> Iterator[int]:
    """Run nginx in the foreground, on a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    configuration, errors = folder / "nginx.conf", folder / "error.log"
    configuration.write_text(CONFIGURATION.format(folder=folder, port=port))
    process = subprocess.Popen([program, "-c", str(configuration), "-e", str(errors)])
    try:
        while True:
            assert process.poll() is None, errors.read_text()
            try:
                socket.create_connection(("127.0.0.1", port)).close()
            except ConnectionRefusedError:
                time.sleep(0.01)
            else:
                break
        yield port
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.parametrize("asked", ALL, ids=str)
def test_an_answer_is_nginxs(peers: tuple[Peer, Peer], asked: Asked) -> None:
    """Status, body, and the headers that a client goes by; all on one connection."""
    ours, theirs = peers
    assert theirs.ask(meant(asked)) == ours.ask(asked)
