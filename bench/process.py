"""A server under measurement: started on the serving core, watched through /proc."""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from bench.machine import SERVING, Unavailable, on_core

TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 30
"""Seconds that a server may take to its first answer."""


class Server:
    """A process (and its children) that answers on a port of its own."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        port: int,
        environment: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """``headers`` go with every request."""
        self.name = name
        self.port = port
        self.headers = dict(headers or {})
        with on_core(SERVING):
            self.process = subprocess.Popen(
                command,
                env={**own_environment(), **(environment or {})},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def get(self, path: str) -> tuple[int, bytes]:
        """Ask once."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", path, headers=self.headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def wait(self, path: str) -> bytes:
        """Return the first good answer to ``path``.  Raises Unavailable when there is none."""
        end = time.monotonic() + PATIENCE
        answer: object = "nothing"
        while time.monotonic() < end and self.process.poll() is None:
            with suppress(OSError, http.client.HTTPException):
                status, body = self.get(path)
                if status == http.client.OK:
                    return body
                answer = status, body[:200]
            time.sleep(0.002)
        raise Unavailable(f"{self.name} does not answer {path}: {answer}")

    def cpu(self) -> float:
        """Seconds of CPU, user and system, of the whole tree so far."""
        return sum(_cpu(pid) for pid in tree(self.process.pid))

    def memory(self) -> int:
        """Private bytes of the whole tree now."""
        return sum(private_memory(pid) for pid in tree(self.process.pid))


class Peak:
    """The most private memory that was seen in a ``with`` block."""

    def __init__(self, process: int) -> None:
        self.bytes = 0
        self._process = process
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.is_set():
            with suppress(OSError):
                now = sum(private_memory(pid) for pid in tree(self._process))
                self.bytes = max(self.bytes, now)
            self._is_over.wait(0.01)


@contextmanager
def servers(*started: Server) -> Iterator[tuple[Server, ...]]:
    """Stop all at the end, whatever happens."""
    try:
        yield started
    finally:
        for server in started:
            server.__exit__()


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def python(*arguments: str) -> list[str]:
    """Return a command for this interpreter."""
    return [sys.executable, *arguments]


def uvicorn(app: str, port: int) -> list[str]:
    """Return uvicorn's command for a peer: its fastest parts, and no access log."""
    options = "--loop uvloop --http httptools --ws none --no-access-log --log-level warning"
    return python("-m", "uvicorn", app, "--port", str(port), *options.split())


def tree(pid: int) -> list[int]:
    """Return ``pid`` and its descendants."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += [each for child in task.read_text().split() for each in tree(int(child))]
    return found


def own_environment() -> dict[str, str]:
    """The caller's environment without settings of ours, which would change what is measured."""
    return {name: value for name, value in os.environ.items() if not name.startswith("STORYKEEP_")}


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def private_memory(pid: int) -> int:
    """Private bytes of a process now."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0
