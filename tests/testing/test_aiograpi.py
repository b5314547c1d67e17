"""The real aiograpi 2.1.2 makes its calls against the fake Instagram."""

from storykeep.testing.instagram import FakeInstagram
from tests.testing.rig import aiograpi

WILD, QUIET, CLOSED, FRIEND = "4400000001", "4400000002", "4400000003", "4400000009"


async def test_it_finds_accounts_by_name_and_by_number() -> None:
    async with FakeInstagram() as instagram, aiograpi(instagram.origin) as client:
        assert await client.user_id_from_username("Acme_Wild") == WILD
        assert (await client.user_info_v1(CLOSED)).is_private
        assert [
            "/api/v1/users/acme_wild/usernameinfo/",
            f"/api/v1/users/{CLOSED}/info/",
        ] == [request.path for request in instagram.requests]
