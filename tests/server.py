"""A real server: ``python -m storykeep serve`` in a process of its own, on a free port."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2

FAST = ("--units", "1000000", "--rate", "1000000")
"""Options of a key that nothing stops."""

KEPT = ("PATH", "HOME", "LANG", "TMPDIR")


def environment(**more: str) -> dict[str, str]:
    """Return what a child process gets: none of the developer's settings and certificates."""
    return {name: os.environ[name] for name in KEPT if name in os.environ} | more


def run(
    *arguments: str, data: Path, env: Mapping[str, str] | None = None, code: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run ``storykeep`` and return what it printed; it must end with ``code``."""
    done = subprocess.run(
        [sys.executable, "-m", "storykeep", "--data", str(data), *arguments],
        env=environment(**(env or {})), capture_output=True, text=True, check=False, timeout=50,
    )  # fmt: skip
    assert code == done.returncode, done.stderr
    return done


def create_key(data: Path, *options: str) -> str:
    """Return a new access key; ``options`` are those of ``keys create``."""
    return run("keys", "create", *(options or FAST), data=data).stdout.strip()


class Server:
    """A server that has said where it listens."""

    def __init__(self, process: subprocess.Popen[str], data: Path) -> None:
        self.process = process
        self.data = data
        stdout, stderr = process.stdout, process.stderr
        assert stdout is not None
        assert stderr is not None
        self._said: list[str] = []
        self._listening = Thread(target=lambda: self._said.extend(stderr))
        self._listening.start()
        self.greeting = [stdout.readline()]
        while self.greeting[-1] and not self.greeting[-1].startswith("API reference: "):
            self.greeting.append(stdout.readline())
        found = re.match(r"storykeep listens on (\S+)\n", self.greeting[0])
        assert found is not None, f"it did not start: {self.complaints()}"
        self.url = found[1]

    @property
    def curls(self) -> list[list[str]]:
        """The example calls it printed, as arguments."""
        return [shlex.split(line) for line in self.greeting if line.startswith("curl ")]

    @property
    def key(self) -> str:
        """The access key it printed."""
        (line,) = (line for line in self.greeting if line.startswith("Access key: "))
        return line.split()[-1]

    @property
    def authority(self) -> Path:
        """The certificate to trust, of one that serves https."""
        return self.data / "tls" / "ca.pem"

    def complaints(self) -> str:
        """What it wrote to standard error, once it has ended."""
        self._listening.join(40)
        return "".join(self._said)

    def client(self, key: str, **options: Any) -> httpx2.Client:
        """Return an HTTP client that sends ``key``."""
        return httpx2.Client(
            base_url=self.url, headers={"x-access-key": key}, trust_env=False, timeout=30, **options
        )

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send it a signal and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(40)


@contextmanager
def serving(
    data: Path, *options: str, env: Mapping[str, str] | None = None, demo: bool = True
) -> Iterator[Server]:
    """Run a server on ``data`` for as long as the context lasts."""
    process = subprocess.Popen(
        [sys.executable, "-m", "storykeep", "--data", str(data), "serve", "--port", "0",
         *["--demo"] * demo, *options],
        env=environment(**(env or {})), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    server = None
    try:
        server = Server(process, data)
        yield server
    finally:
        process.kill()
        process.wait()
        if server is not None:
            server.complaints()
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()
