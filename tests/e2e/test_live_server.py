"""A real server that asks Instagram by a session, as an operator sets it up."""

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import apsw
import httpx2

from storykeep.testing import HandClock
from storykeep.testing.instagram import SESSION, TOKEN, FakeInstagram, create_world
from tests.server import Server, create_key, run, serving

SECRET = "fakeSessionOfNobody"
"""What stands in the session, however it is encoded."""
NO_FILES = {"STORYKEEP_KEEP_MEDIA": "off"}
"""The CDN of these addresses is not on this machine."""
NAMED = "/v1/user/stories/by/username?username="


class Operator(NamedTuple):
    """What an operator has: a folder, settings, and Instagram."""

    data: Path
    env: dict[str, str]
    fake: FakeInstagram
    key: str

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run a command and return what it printed."""
        done = run(*arguments, data=self.data, env=self.env, code=code)
        assert SECRET not in done.stdout + done.stderr
        return done.stdout

    def state(self) -> dict[str, Any]:
        """How ``storykeep sources`` shows Instagram."""
        told: list[dict[str, Any]] = json.loads(self.run("sources", "--json"))
        return next(each for each in told if each["source"] == "instagram")

    @contextmanager
    def serving(self, **more: str) -> Iterator[tuple[Server, httpx2.Client]]:
        """Run the server with these settings too."""
        with (
            serving(self.data, env=self.env | more, demo=False) as server,
            server.client(self.key) as client,
        ):
            yield server, client


@contextmanager
def operating(folder: Path) -> Iterator[Operator]:
    """Begin with nothing but a session that was added by the command line."""
    with FakeInstagram(create_world(HandClock(time.time()))) as fake:
        env = {
            "STORYKEEP_SOURCES": "archive?fresh=60 instagram archive",
            "STORYKEEP_INSTAGRAM_URL": fake.origin,
            "STORYKEEP_SESSION_KEY": "k" * 32,
            "STORYKEEP_SPACING": "0",
            **NO_FILES,
        }
        file = folder / "sessionid"
        file.write_text(SESSION)
        run("session", "add", "acme_viewer", str(file), data=folder / "data", env=env)
        yield Operator(folder / "data", env, fake, create_key(folder / "data"))


def forget_privacy(data: Path) -> None:
    """Make what was told of accounts old: no test waits five minutes."""
    with closing(apsw.Connection(str(data / "archive.db"))) as archive:
        archive.execute("UPDATE account SET privacy_seen_at = 1")


def provenance(answer: httpx2.Response) -> tuple[str, str]:
    return answer.headers["x-storykeep-source"], answer.headers["x-storykeep-outcome"]


def test_what_is_asked_of_instagram_and_what_is_not(tmp_path: Path) -> None:
    """By name: cold 2, in the reel's freshness 0, known 2, forced 1, told lately 1."""
    with operating(tmp_path) as operator:
        fake = operator.fake

        def cost(client: httpx2.Client, target: str, status: int = 200) -> int:
            before = len(fake.requests)
            answer = client.get(target)
            assert status == answer.status_code, answer.text
            return len(fake.requests) - before

        with operator.serving() as (_, client):
            first = client.get(f"{NAMED}acme_wild")
            assert ("instagram", "live") == provenance(first)
            assert first.headers["x-storykeep-seen-at"].endswith("Z")
            assert first.headers["age"].isdecimal()
            assert 2 == len(fake.requests)
            again = client.get(f"{NAMED}acme_wild&force=on")
            assert ("archive", "archived") == provenance(again)
            assert (first.content, 2) == (again.content, len(fake.requests))
            assert 2 == cost(client, f"{NAMED}acme_quiet")
            assert 0 == cost(client, f"{NAMED}acme_quiet")
            assert 1 == cost(client, f"{NAMED}acme_closed", 403)
            assert 1 == cost(client, f"{NAMED}acme_nobody", 404)
        aged = "archive?fresh=0 instagram archive"
        with operator.serving(STORYKEEP_SOURCES=aged) as (_, client):
            assert 1 == cost(client, f"{NAMED}acme_wild")
            assert 1 == cost(client, f"{NAMED}acme_wild&force=on")
        forget_privacy(operator.data)
        with operator.serving(STORYKEEP_SOURCES=aged) as (_, client):
            assert 2 == cost(client, f"{NAMED}acme_wild")
        assert [] == fake.marks


def test_a_lost_session_stops_until_the_operator_says_so(tmp_path: Path) -> None:
    """Over a restart, and with what is kept served as stale; what is not, is an honest 503."""
    with operating(tmp_path) as operator:
        aged = {"STORYKEEP_SOURCES": "archive?fresh=0 instagram archive"}
        fake = operator.fake
        with operator.serving(**aged) as (server, client):
            for name in ("acme_wild", "acme_quiet"):
                assert "instagram" == client.get(f"{NAMED}{name}").headers["x-storykeep-source"]
            balance = client.get("/sys/balance").json()["requests"]
            fake.fail("", "login_required")
            refused = client.get(f"{NAMED}acme_quiet&force=on")
            assert (503, "SourceLoginRequired") == (
                refused.status_code,
                refused.json()["exc_type"],
            )
            assert "storykeep sources reset instagram" in refused.json()["detail"]
            assert balance == client.get("/sys/balance").json()["requests"]
            assert ("archive", "stale") == provenance(client.get(f"{NAMED}acme_wild"))
            asked = len(fake.requests)
            stopped = 'storykeep_upstream_stopped{source="instagram"} 1.0'
            assert stopped in client.get("/metrics").text
            server.stop()
            assert 1 == server.complaints().count('"breaker_opened"')
        with operator.serving(**aged) as (_, client):
            assert ("archive", "stale") == provenance(client.get(f"{NAMED}acme_wild"))
            state = operator.state()
            assert ("stopped", 0) == (state["state"], len(fake.requests) - asked)
            operator.run("sources", "check", code=1)
            assert asked == len(fake.requests)
            fake.heal()
            operator.run("sources", "reset", "instagram")
            operator.run("sources", "check")
            assert ("instagram", "empty") == provenance(client.get(f"{NAMED}acme_quiet"))


def test_two_in_a_row_answer_like_one(tmp_path: Path) -> None:
    with (
        operating(tmp_path) as operator,
        operator.serving(STORYKEEP_SOURCES="instagram archive") as (first, near),
    ):
        (tmp_path / "key").write_text(operator.key)
        hiker = first.url.replace("http://", "hiker://")
        sources = f"{hiker}?key_file={tmp_path}/key&tls=off archive"
        env, data = {"STORYKEEP_SOURCES": sources, **NO_FILES}, tmp_path / "second"
        key = create_key(data)
        with serving(data, env=env, demo=False) as second, second.client(key) as far:
            story = near.get(f"{NAMED}acme_wild").json()[0]
            page = f"https://www.instagram.com/stories/acme_wild/{story['pk']}/"
            for target in (
                f"{NAMED}acme_wild", f"{NAMED}acme_wild&force=on", f"{NAMED}acme_wild&amount=2",
                "/v1/user/stories?user_id=4400000001", "/v1/user/by/id?id=4400000001",
                f"/v1/story/by/id?id={story['id']}", f"/v1/story/by/url?url={page}",
                f"{NAMED}acme_quiet", "/v1/user/stories?user_id=4400000002&force=on",
                f"{NAMED}acme_closed", "/v1/user/stories?user_id=4400000003&force=on",
                f"{NAMED}acme_nobody", "/v1/user/stories?user_id=99", "/v1/story/by/id?id=123",
            ):  # fmt: skip
                answers = [client.get(target) for client in (far, near)]
                told, meant = [(each.status_code, each.json()) for each in answers]
                assert (target, told) == (target, meant)
            assert (hiker, "live") == provenance(far.get(f"{NAMED}acme_wild"))
            (_, line, _) = run("sources", data=data, env=env).stdout.splitlines()
            assert near.get("/sys/balance").json()["requests"] == int(line.split()[8])
            operator.fake.fail("", "throttled")
            assert (hiker, "stale") == provenance(far.get(f"{NAMED}acme_wild"))


def test_the_graph_api_answers_about_its_own_accounts(tmp_path: Path) -> None:
    """And of another's it cannot tell, which is no 404; its token shows nowhere."""
    with operating(tmp_path) as operator:
        (tmp_path / "token").write_text(TOKEN)
        account = operator.fake.world.accounts[0].graph_id
        via = f"token_file={tmp_path}/token&account={account}&via={operator.fake.origin}"
        composed = f"archive?fresh=60 graph?{via} archive"
        with operator.serving(STORYKEEP_SOURCES=composed) as (server, client):
            told = client.get(f"{NAMED}acme_wild")
            assert (200, ("graph", "live")) == (told.status_code, provenance(told))
            by_id = client.get(f"/v1/story/by/id?id={told.json()[0]['pk']}")
            assert told.json()[0] == by_id.json()
            other = client.get(f"{NAMED}acme_quiet")
            assert (503, "SourcesExhausted") == (other.status_code, other.json()["exc_type"])
            assert TOKEN not in client.get("/metrics").text
            server.stop()
            assert TOKEN not in server.complaints()


def test_a_session_shows_nowhere(tmp_path: Path) -> None:
    """Not in a log, an answer, a number, the list of processes, or a file."""
    with operating(tmp_path) as operator:
        (tmp_path / "sessionid").unlink()
        seen = []
        with operator.serving() as (server, client):
            seen.append(client.get(f"{NAMED}acme_wild").text)
            for kind in ("html", "truncated", "not_gzip", "challenge_required"):
                operator.fake.fail("", kind, times=1)
                seen.append(client.get(f"{NAMED}acme_{kind}").text)
            seen += [client.get("/metrics").text, operator.run("sources", "--json")]
            processes = Path("/proc").glob(f"{server.process.pid}/cmdline")
            seen += [each.read_text() for each in processes]
            server.stop()
            seen.append(server.complaints())
        files = [each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()]
        assert not any(SECRET in text for text in seen)
        assert not any(SECRET.encode() in content for content in files)
