"""The code of README, tutorial and how-to pages runs as it stands, in the order of the page.

Blocks marked ``sh`` and ``python`` succeed.  Blocks marked ``console`` print what they show
after each ``$`` line, where ``…`` stands for anything and any spaces for any others.  A command that serves is started and
runs beside the rest; a page that calls a server without starting one finds the demo running.
"""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.importers.exporting import (
    NEW,
    OWNER,
    make_export,
    make_owner,
    write_folder,
    write_zip,
)
from tests.importers.rig import JPEG, PK
from tests.importers.sidecars import instaloader, make_node, make_sidecar, stem_of

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "docs/tutorial.md", *sorted(ROOT.glob("docs/howto/*.md"))]

_BLOCK = re.compile(r"^```(sh|python|console)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SERVES = re.compile(r"^(make|\S*storykeep) (serve|emulate).*$", re.MULTILINE)

_PRELUDE = """
set -eu
pids=
trap 'kill $pids 2>/dev/null || :; wait' EXIT
serve() {
    address=$1
    shift
    "$@" >"serve-${address##*:}" 2>&1 &
    pids="$pids $!"
    for _ in $(seq 200); do
        if curl -qsk -o /dev/null "$address/livez"; then return; fi
        sleep 0.1
    done
    cat "serve-${address##*:}" >&2
    return 1
}
"""


class Script:
    """A page's blocks as one shell script, and what its commands should print."""

    def __init__(self, text: str) -> None:
        self.expected: list[str] = []
        blocks = _BLOCK.findall(text)
        self.is_empty = not blocks
        http, https, fake = free_ports(3)
        self._http, self._https = f"http://127.0.0.1:{http}", f"https://127.0.0.1:{https}"
        self._fake = f"http://127.0.0.1:{fake}"
        lines = [_PRELUDE]
        if "127.0.0.1:8000" in text and not _SERVES.search(text):
            lines += [self._serve("storykeep serve --demo"), "export KEY=$(cat data/demo_key)"]
        for language, code in blocks:
            lines += {"sh": self._sh, "python": self._python, "console": self._console}[language](
                code
            )
        script = "\n".join(lines)
        for written, meant in (
            ("127.0.0.1:8000", f"127.0.0.1:{http}"),
            ("127.0.0.1:8100", f"127.0.0.1:{fake}"),
            ("localhost:8443", f"localhost:{https}"),
        ):
            script = script.replace(written, meant)
        self.text = script

    def _serve(self, command: str) -> str:
        command = command.replace("make serve", "storykeep serve --demo")
        address = self._https if "--tls" in command else self._http
        if "emulate" in command:
            address = self._fake
        return f"serve {address} {command} --port {address.rpartition(':')[2]}"

    def _sh(self, code: str) -> Iterator[str]:
        if code != "make test\n":
            yield _SERVES.sub(lambda match: self._serve(match[0]), code)

    def _python(self, code: str) -> Iterator[str]:
        yield f"{shlex.quote(sys.executable)} - <<'PYTHON'\n{code}PYTHON"

    def _console(self, code: str) -> Iterator[str]:
        for part in re.split(r"^\$ ", code, flags=re.MULTILINE)[1:]:
            command, output = re.split(r"(?<!\\)\n", part, maxsplit=1)
            yield f"{{ {command}\n}} >printed-{len(self.expected)}"
            self.expected.append(output)


def words(text: str) -> str:
    return " ".join(text.split())


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        listeners = [stack.enter_context(socket.socket()) for _ in range(count)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in listeners]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as after ``make serve``, with something of each format to import."""
    (tmp_path / ".venv/bin").mkdir(parents=True)
    command = tmp_path / ".venv/bin/storykeep"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m storykeep "$@"\n')
    command.chmod(0o755)
    (tmp_path / "captures").mkdir()
    capture = ROOT / "tests/payloads/constructed_v1_reels_media.json"
    shutil.copy(capture, tmp_path / "captures")
    stem, sidecar = f"instaloader/{stem_of()}", json.dumps(make_sidecar(PK)).encode()
    write_zip(tmp_path / "exports/1.zip", {**make_export(NEW, "a.jpg"), OWNER: make_owner()})
    write_folder(tmp_path, {f"{stem}.json.xz": instaloader(make_node(PK)), f"{stem}.jpg": JPEG})
    write_folder(tmp_path, {f"gallery-dl/{PK}.jpg.json": sidecar, f"gallery-dl/{PK}.jpg": JPEG})
    (tmp_path / ".curlrc").write_text("fail-with-body\n")
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_code_of_a_page_does_what_it_says(page: Path, folder: Path) -> None:
    for tool in ("bash", "curl"):
        if shutil.which(tool) is None:
            pytest.skip(f"no {tool} here")
    script = Script(page.read_text("utf-8"))
    if script.is_empty:
        return
    environment = {
        "PATH": f"{folder}/.venv/bin:{os.environ['PATH']}",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
    }
    done = subprocess.run(
        ["bash", "-c", script.text],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for index, expected in enumerate(script.expected):
        printed = words((folder / f"printed-{index}").read_text("utf-8"))
        pattern = re.escape(words(expected)).replace("…", ".*")
        assert re.fullmatch(pattern, printed, re.DOTALL), printed
