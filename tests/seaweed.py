"""A real S3 server for tests: SeaweedFS, from its wheel, one for each process that asks."""

import json
import os
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError

import obstore

from storykeep.storage.bucket import Bucket, S3Keys, open_store

KEYS = S3Keys("storykeep-tests", "a secret of the tests")
PATIENCE = 30
"""Seconds for it to come up; it takes less than one."""

# The kernel ends the server with the process that started it, and with nobody else's signal.
_DIE_WITH_PARENT = """
import ctypes, os, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 9)
os.execv(sys.argv[1], sys.argv[1:])
"""
_SERVICES = ("s3", "master", "volume", "filer", "admin")
_ACTIONS = ["Admin", "Read", "Write", "List", "Tagging"]


class Seaweed(NamedTuple):
    """A server that runs."""

    url: str
    process: "subprocess.Popen[bytes]"

    def make_bucket(self, name: str) -> Bucket:
        """Make a bucket of that name."""
        bucket = Bucket(name=name, endpoint=self.url)
        # No client method makes a bucket: a signed address does.
        address = obstore.sign(open_store(bucket, KEYS), "PUT", "", timedelta(minutes=1))
        with urllib.request.urlopen(urllib.request.Request(address, method="PUT")) as answer:
            assert answer.status == 200
        return bucket

    def settings(self, bucket: Bucket) -> dict[str, str]:
        """Return what a process is told of it by its environment."""
        return {
            "STORYKEEP_MEDIA": f"s3://{bucket.name}/{bucket.prefix}?endpoint={self.url}",
            "STORYKEEP_S3_ACCESS_KEY": KEYS.access_key,
            "STORYKEEP_S3_SECRET_KEY": KEYS.secret_key,
        }


@contextmanager
def run_seaweed() -> Iterator[Seaweed]:
    """Run the server; it dies with this process, however that ends."""
    with tempfile.TemporaryDirectory(prefix="weed-", ignore_cleanup_errors=True) as folder:
        ports = _free_ports(2 * len(_SERVICES))
        url, log = f"http://127.0.0.1:{ports[0]}", Path(folder, "log")
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-c", _DIE_WITH_PARENT, *_command(folder, ports)],
                stdout=out, stderr=out, cwd=folder, env={**os.environ, "HOME": folder},
            )  # fmt: skip
        try:
            _wait(url, process, log)
            yield Seaweed(url, process)
        finally:
            process.kill()
            process.wait()
            for port in ports:  # it leaves sockets that are named by port
                for path in Path(tempfile.gettempdir()).glob(f"seaweedfs-*-{port}.sock"):
                    path.unlink(missing_ok=True)


def _command(folder: str, ports: list[int]) -> list[str]:
    identity = {
        "name": "tests",
        "credentials": [{"accessKey": KEYS.access_key, "secretKey": KEYS.secret_key}],
        "actions": _ACTIONS,
    }
    config = Path(folder, "s3.json")
    config.write_text(json.dumps({"identities": [identity]}))
    names = [f"{service}.port{kind}" for service in _SERVICES for kind in ("", ".grpc")]
    return [
        str(Path(sysconfig.get_path("scripts"), "weed")),
        "-logtostderr",
        "mini",
        f"-dir={folder}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-admin.ui=false",
        "-webdav=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-s3.autoCreateBucket=false",
        f"-s3.config={config}",
        *(f"-{name}={port}" for name, port in zip(names, ports, strict=True)),
    ]


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return when the server answers; it refuses who does not sign."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except HTTPError as error:
            with error:
                if error.code == 403:
                    return
        except OSError:
            pass
        if process.poll() is not None or time.monotonic() > end:
            text = log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"the S3 server of the tests did not start: {text}")
        time.sleep(0.02)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
