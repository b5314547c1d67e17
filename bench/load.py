"""Load: wrk on the asking core, and what a request cost the server."""

import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from msgspec import Struct, json

from bench.machine import ASKING, Unavailable, on_core, require
from bench.process import Server

SCRIPT = Path(__file__).with_name("wrk.lua")


class Pace(Struct, frozen=True):
    """How long to look: a round's seconds, and how many rounds."""

    seconds: int
    rounds: int


class Answered(Struct, frozen=True):
    """What wrk saw; times in milliseconds."""

    requests: int
    bytes: int
    seconds: float
    p50: float
    p99: float
    failed: int


class Sample(NamedTuple):
    """One look at one server."""

    answered: Answered
    cpu: float
    """Seconds of the server's CPU."""


class Summary(Struct, frozen=True):
    """Medians over the rounds."""

    rate: float
    micros: float
    """Microseconds of CPU a request."""
    p50: float
    p99: float
    megabyte: float
    """Microseconds of CPU a megabyte (10^6 bytes) sent."""


class Target(NamedTuple):
    """A server and what it is asked: a path, or a file of paths."""

    server: Server
    path: str
    paths: Path | None = None


def ask(target: Target, seconds: float, connections: int = 64) -> Answered:
    """Load ``target`` and return what came of it.  Raises Unavailable for failed requests."""
    process = start(target, seconds, connections)
    return finish(process, target)


def start(target: Target, seconds: float, connections: int) -> "subprocess.Popen[str]":
    """Start wrk."""
    server = target.server
    headers = [word for item in server.headers.items() for word in ("-H", ": ".join(item))]
    paths = ["--", str(target.paths)] if target.paths else []
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "30s"]
    with on_core(ASKING):
        return subprocess.Popen(
            [
                require("wrk", "wrk"), *options, "-s", str(SCRIPT), *headers,
                f"http://127.0.0.1:{server.port}{target.path}", *paths,
            ],
            stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip


def finish(process: "subprocess.Popen[str]", target: Target) -> Answered:
    """Return what a started wrk saw."""
    output, _ = process.communicate()
    head, _, result = output.partition("RESULT ")
    if not result:
        raise Unavailable(f"wrk on {target.server.name}: {head.strip()[-300:]}")
    answered = json.decode(result, type=Answered)
    if answered.failed or not answered.requests:
        raise Unavailable(f"{target.server.name} failed {answered.failed} of {target.path}: {head}")
    return answered


def in_turn(targets: Sequence[Target], pace: Pace) -> dict[str, Summary]:
    """Load one target after the other, in reversed order every round; return the medians."""
    samples: dict[str, list[Sample]] = {target.server.name: [] for target in targets}
    for target in targets:  # a first look warms caches and is not counted
        ask(target, pace.seconds)
    for number in range(pace.rounds):
        for target in targets[:: -1 if number % 2 else 1]:
            before = target.server.cpu()
            answered = ask(target, pace.seconds)
            samples[target.server.name].append(Sample(answered, target.server.cpu() - before))
            print(".", end="", file=sys.stderr, flush=True)
    return {name: _summary(found) for name, found in samples.items()}


def _summary(samples: Iterable[Sample]) -> Summary:
    samples = list(samples)

    def middle(figure: Callable[[Sample], float]) -> float:
        return median(map(figure, samples))

    return Summary(
        rate=middle(lambda sample: sample.answered.requests / sample.answered.seconds),
        micros=middle(lambda sample: sample.cpu / sample.answered.requests * 1e6),
        p50=middle(lambda sample: sample.answered.p50),
        p99=middle(lambda sample: sample.answered.p99),
        megabyte=middle(lambda sample: sample.cpu / sample.answered.bytes * 1e12),
    )
