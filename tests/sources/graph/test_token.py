"""The token: renewed in time, kept for its owner only, shown nowhere; and the other options."""

import json
import logging
from pathlib import Path

import pytest

from storykeep.core.errors import (
    SourceError,
)
from storykeep.core.sighting import DAY
from storykeep.sources.graph import create_graph
from storykeep.testing import HandClock
from storykeep.testing.instagram import TOKEN, Answer
from tests.sources.counted import Counted
from tests.sources.graph.rig import GRAPH_ID, PK, Rig, create


def renewals(rig: Rig) -> int:
    return rig.instagram.count("refresh_access_token")


async def test_a_token_is_renewed_when_half_of_its_life_is_over(insta: Rig) -> None:
    """Beside the operator's file, readable by its owner only, and whole; so it outlives itself."""
    await insta.graph.check()
    await insta.graph.check()
    file = insta.folder / "token.renewed"
    assert (1, 0o600) == (renewals(insta), file.stat().st_mode & 0o777)
    assert ["token", "token.renewed"] == sorted(path.name for path in insta.folder.iterdir())
    first = json.loads(file.read_bytes())["token"]
    assert first != TOKEN
    assert first == insta.instagram.requests[-1].query["access_token"]
    insta.clock.turn(29 * DAY)
    await insta.graph.check()
    assert 1 == renewals(insta)
    insta.clock.turn(DAY)
    await insta.graph.check()
    assert (2, TOKEN) == (renewals(insta), (insta.folder / "token").read_text().strip())
    insta.clock.turn(29 * DAY)
    again = create(
        insta.folder, insta.instagram, insta.clock, insta.drift, "&host=graph.instagram.com"
    )
    await again.check()
    await again.close()
    assert 2 == renewals(insta)


async def test_another_token_from_the_operator_takes_its_place(insta: Rig) -> None:
    await insta.graph.check()
    insta.instagram.world.tokens["anew"] = insta.clock() + 60 * DAY
    (insta.folder / "token").write_text("anew")
    again = create_graph(
        f"token_file={insta.folder / 'token'}&account={GRAPH_ID}&via={insta.instagram.origin}",
        drift=insta.drift, clock=insta.clock,
    )  # fmt: skip
    await again.check()
    await again.close()
    assert "anew" == insta.instagram.requests[-1].query["access_token"]


@pytest.mark.parametrize("failure", ["graph_token_invalid", "html", "server_error"])
async def test_one_that_cannot_be_renewed_is_used_on_and_tried_again_a_day_later(
    insta: Rig, failure: str, caplog: pytest.LogCaptureFixture
) -> None:
    insta.instagram.fail("refresh_access_token", failure)
    await insta.graph.check()
    await insta.graph.check()
    tries = renewals(insta)
    assert TOKEN == insta.instagram.requests[-1].query["access_token"]
    assert ["token_not_renewed"] == [
        each.getMessage() for each in caplog.records if each.name.endswith("graph.upstream")
    ]
    insta.instagram.heal()
    insta.clock.turn(DAY)
    await insta.graph.check()
    assert tries + 1 == renewals(insta)


async def test_a_token_that_cannot_be_kept_is_used_all_the_same(
    insta: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    (insta.folder / "token.renewed").mkdir()
    await insta.graph.check()
    assert TOKEN != insta.instagram.requests[-1].query["access_token"]
    assert "token_not_kept" in caplog.text


async def test_facebooks_token_is_renewed_with_the_apps_secret_and_proven(rig: Rig) -> None:
    (rig.folder / "secret").write_text("the_apps_secret")
    options = f"&app_id=1234&app_secret_file={rig.folder / 'secret'}"
    graph = create(rig.folder, rig.instagram, rig.clock, rig.drift, options)
    await graph.check()
    await graph.close()
    renewal, question = rig.instagram.requests
    assert "/v25.0/oauth/access_token" == renewal.path
    assert {
        "grant_type": "fb_exchange_token", "client_id": "1234", "client_secret": "the_apps_secret",
        "fb_exchange_token": TOKEN,
    } == renewal.query  # fmt: skip
    assert 64 == len(question.query["appsecret_proof"])


async def test_facebooks_token_without_an_app_is_used_as_it_is(rig: Rig) -> None:
    await rig.graph.check()
    assert [f"/v25.0/{GRAPH_ID}"] == rig.asked


async def test_the_token_is_shown_nowhere(insta: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """Not by logs, errors, reprs or what is kept; the question that bears it is nowhere told."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, "httpcore2")  # as configure_logs has it: it shows headers
    texts = [repr(insta.graph), str(vars(insta.graph)), str(await insta.graph.reel(PK))]
    echo = {"error": {"code": 190, "message": f"Malformed access token {TOKEN}"}}
    location = {"Location": f"https://graph.facebook.com/?access_token={TOKEN}"}
    for failure in (
        Answer(400, json.dumps(echo).encode(), {}),
        Answer(302, b"", location),
        "reset",
        "cut",
    ):
        insta.instagram.heal()
        insta.instagram.fail("graph.instagram.com", failure)
        with pytest.raises(SourceError) as caught:
            await insta.graph.reel(PK)
        error: BaseException | None = caught.value
        while error is not None:
            texts.append(f"{error!r} {vars(error)} {vars(getattr(error, 'request', error))}")
            error = error.__cause__ or error.__context__
    shown = "\n".join([*texts, caplog.text])
    assert "HTTP Request: GET" in shown
    assert TOKEN not in shown


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("account=1", "missing required field `token_file`; the options are token_file, account"),
        ("token_file=FILE", "missing required field `account`"),
        ("token_file=FILE&account=acme", "account"),
        ("token_file=FILE&account=1&token=x", "unknown field `token`"),
        ("token_file=FILE&account=1&host=a.test", "host"),
        ("token_file=FILE&account=1&version=25", "version"),
        ("token_file=FILE&account=1&via=http://192.0.2.1", "via"),
        ("token_file=FILE&account=1&via=https://127.0.0.1:1", "via"),
        ("token_file=FILE&account=1&via=localhost", "via"),
        ("token_file=FILE.none&account=1", "cannot read"),
        ("token_file=FILE&account=1&app_id=1&app_secret_file=FILE.none", "cannot read"),
    ],
)  # fmt: skip
def test_options_that_cannot_be_used_are_refused(options: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    with pytest.raises(ValueError, match=f"graph: .*{words}"):
        create_graph(options.replace("FILE", str(file)), drift=Counted(), clock=HandClock())
