"""Every unit is accounted for, whatever happens to the server and however many ask at once."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from threading import Event, Thread

import apsw
import httpx2

from tests.server import Server, create_key, serving

STORY = "/v1/story/by/id?id=3776832898280228145"
CALLERS, UNITS = 64, 1000
ROUNDS, ANSWERS = 10, 40


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(apsw.Connection(str(path))) as database:
        return [*database.execute(query)]


def test_64_callers_on_1000_units_are_served_exactly_1000(tmp_path: Path) -> None:
    """Not one more, not one less; and the answers say the balance, each another one."""

    async def spend(server: Server, key: str) -> list[int]:
        limits = httpx2.Limits(max_connections=CALLERS)
        async with httpx2.AsyncClient(
            base_url=server.url, headers={"x-access-key": key}, limits=limits, trust_env=False
        ) as client:

            async def call() -> list[int]:
                left = []
                while (answer := await client.get(STORY)).status_code == 200:
                    left.append(int(answer.headers["x-quota-remaining"]))
                assert answer.status_code == 402
                return left

            found = await asyncio.gather(*(call() for _ in range(CALLERS)))
            return [*chain.from_iterable(found)]

    with serving(tmp_path / "data") as server:
        key = create_key(server.data, "--units", str(UNITS), "--rate", "100000", "--name", "many")
        balances = asyncio.run(spend(server, key))
        assert sorted(balances) == list(range(UNITS))
        query = "SELECT balance FROM access_key WHERE name = 'many'"
        assert rows(server.data / "ledger.db", query) == [(0,)]


def test_a_killed_server_has_entered_every_charge_that_it_answered(tmp_path: Path) -> None:
    """Ten times under load: what a caller was told stands, and the sums are right."""
    data = tmp_path / "data"
    key = create_key(data)
    answered: set[str] = set()
    for _ in range(ROUNDS):
        with serving(data) as server:
            answered |= ask_until_killed(server, key)
    entered = rows(data / "ledger.db", "SELECT entry FROM entry WHERE reason = '/v1/story/by/id'")
    assert answered <= {entry for (entry,) in entered}
    assert len(answered) >= ROUNDS * ANSWERS
    query = "SELECT balance - (SELECT sum(units) FROM entry WHERE key_id = access_key.id) FROM access_key"
    assert {difference for (difference,) in rows(data / "ledger.db", query)} == {0}
    for database in ("ledger.db", "archive.db"):
        assert rows(data / database, "PRAGMA integrity_check") == [("ok",)]
    with serving(data) as server, server.client(key) as client:
        assert client.get(STORY).status_code == 200
        assert client.get("/v1/user/stories?user_id=787132").status_code == 200


def ask_until_killed(server: Server, key: str) -> set[str]:
    """Ask with several callers, kill the server amid that, and return the ids of the answers."""
    enough = Event()
    found: set[str] = set()

    def answers() -> Iterator[str]:
        with server.client(key) as client:
            while True:
                try:
                    answer = client.get(STORY)
                except httpx2.TransportError:
                    return
                assert answer.status_code == 200
                yield answer.headers["x-request-id"]

    def ask() -> None:
        for request_id in answers():
            found.add(request_id)
            if len(found) >= ANSWERS:
                enough.set()

    callers = [Thread(target=ask) for _ in range(4)]
    for caller in callers:
        caller.start()
    assert enough.wait(30)
    server.stop(signal.SIGKILL)
    for caller in callers:
        caller.join()
    return found
