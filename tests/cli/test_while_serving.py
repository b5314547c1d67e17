"""What the command line changes is so at the server's next request."""

from collections.abc import Iterator

import pytest

from tests.server import Server, create_key, run, serving

STORY = "/v1/story/by/id?id=3776832898280228145"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("while") / "data") as started:
        yield started


def test_a_key_opens_the_door_until_it_is_disabled(server: Server) -> None:
    key = create_key(server.data)
    with server.client(key) as client:
        assert client.get(STORY).status_code == 200
        run("keys", "disable", key[:12], data=server.data)
        refused = client.get(STORY)
        assert refused.status_code == 401
        assert refused.json()["error"] == "This access key is disabled."


def test_a_topped_up_key_is_served_again(server: Server) -> None:
    key = create_key(server.data, "--units", "1", "--rate", "1000")
    with server.client(key) as client:
        assert [client.get(STORY).status_code for _ in range(2)] == [200, 402]
        run("keys", "topup", key[:12], "2", data=server.data)
        assert [client.get(STORY).status_code for _ in range(3)] == [200, 200, 402]


def test_a_rotated_key_is_known_by_its_new_secret_alone(server: Server) -> None:
    old = create_key(server.data)
    with server.client(old) as client:
        assert client.get(STORY).headers["x-quota-remaining"] == "999999"
        new = run("keys", "rotate", old[:12], data=server.data).stdout.strip()
        assert client.get(STORY).status_code == 401
        answer = client.get(STORY, headers={"x-access-key": new})
        assert answer.headers["x-quota-remaining"] == "999998"


def test_the_ledger_can_be_read_while_the_server_runs(server: Server) -> None:
    key = create_key(server.data, "--units", "10", "--rate", "1000", "--name", "read")
    with server.client(key) as client:
        request_id = client.get(STORY).headers["x-request-id"]
    last = run("ledger", "read", "--last", "1", data=server.data).stdout.splitlines()[1].split()
    assert last[1:] == ["/v1/story/by/id", "-1", "9", request_id]
