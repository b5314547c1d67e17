"""The gate: who may ask, how often, and whether they can pay."""

import asyncio

import pytest
from msgspec import structs

from storykeep.core.errors import AccessKeyInvalid, InsufficientFunds, RateLimited
from storykeep.core.keys import create_key, digest_of
from storykeep.core.ports import AccessKey, Entry, LedgerLine
from storykeep.service.gate import Gate, refuse_rate
from storykeep.testing import HandClock, MemoryKeyring, MemoryLedger, MemoryLimiter
from tests.making import T0

SECRET, OTHER = (create_key(bytes([number]) * 32) for number in (1, 2))
PATH = "/v1/user/stories"


class Rig:
    """A gate with one key that has units."""

    def __init__(self) -> None:
        self.clock = HandClock(T0)
        self.keyring = MemoryKeyring()
        self.ledger = MemoryLedger(self.keyring)
        self.gate = Gate(
            self.keyring, MemoryLimiter(), self.ledger, self.clock, "https://bill.test/"
        )

    async def open(
        self, units: int = 10, rate: float = 2.0, expires_at: int | None = None
    ) -> AccessKey:
        key = AccessKey(0, "test", SECRET[:12], rate, 0, T0, expires_at)
        created = await self.keyring.create(key, digest_of(SECRET.encode()))
        await self.ledger.post(Entry(created.id, "first", units, "created", T0))
        return await self.gate.identify(SECRET.encode())


@pytest.fixture
def rig() -> Rig:
    return Rig()


# ------------------------------------------------------------------------------------------ who


async def test_a_key_opens_the_gate_and_tells_its_balance_of_now(rig: Rig) -> None:
    key = await rig.open(units=10)
    assert 10 == key.balance
    await rig.gate.charge(key, 3, "a", PATH)
    assert 7 == (await rig.gate.identify(SECRET.encode())).balance


@pytest.mark.parametrize("secret", [None, b""])
async def test_without_a_key_it_says_where_to_send_one(rig: Rig, secret: bytes | None) -> None:
    await rig.open()
    with pytest.raises(AccessKeyInvalid, match="send it in the x-access-key header"):
        await rig.gate.identify(secret)


async def test_a_key_that_nobody_has_is_unknown(rig: Rig) -> None:
    await rig.open()
    with pytest.raises(AccessKeyInvalid, match="Unknown access key"):
        await rig.gate.identify(OTHER.encode())


@pytest.mark.parametrize(
    "secret",
    [
        SECRET[:-1].encode(),
        f"{SECRET} ".encode(),
        SECRET.swapcase().encode(),
        b"\xff\xfe\x00",
        b"x" * 100_000,
        "schlüssel".encode(),
    ],
    ids=["cut", "blank", "case", "bytes", "long", "umlaut"],
)
async def test_a_mistyped_key_is_told_apart_from_an_unknown_one(rig: Rig, secret: bytes) -> None:
    await rig.open()
    with pytest.raises(AccessKeyInvalid, match="Mistyped access key"):
        await rig.gate.identify(secret)


async def test_a_disabled_key_says_so(rig: Rig) -> None:
    key = await rig.open()
    await rig.keyring.disable(key.id)
    with pytest.raises(AccessKeyInvalid, match="disabled"):
        await rig.gate.identify(SECRET.encode())


async def test_a_key_is_good_until_it_expires(rig: Rig) -> None:
    key = await rig.open(expires_at=T0 + 10)
    rig.clock.turn(9.999)
    assert key == await rig.gate.identify(SECRET.encode())
    rig.clock.turn(0.001)
    with pytest.raises(AccessKeyInvalid, match="expired"):
        await rig.gate.identify(SECRET.encode())


async def test_a_disabled_key_is_called_disabled_although_it_has_expired_too(rig: Rig) -> None:
    key = await rig.open(expires_at=T0 + 10)
    await rig.keyring.disable(key.id)
    rig.clock.turn(10)
    with pytest.raises(AccessKeyInvalid, match="disabled"):
        await rig.gate.identify(SECRET.encode())


async def test_after_a_rotation_only_the_new_secret_opens(rig: Rig) -> None:
    key = await rig.open()
    await rig.keyring.rotate(key.id, digest_of(OTHER.encode()), OTHER[:12])
    assert key.id == (await rig.gate.identify(OTHER.encode())).id
    with pytest.raises(AccessKeyInvalid, match="Unknown"):
        await rig.gate.identify(SECRET.encode())


# ------------------------------------------------------------------------------------- how often


async def test_a_key_is_admitted_at_its_rate(rig: Rig) -> None:
    key = await rig.open(rate=2.0)
    decisions = [await rig.gate.admit(key) for _ in range(3)]
    assert [(True, 1), (True, 0), (False, 0)] == [
        (decision.is_allowed, decision.remaining) for decision in decisions
    ]
    rig.clock.turn(decisions[-1].retry_after)
    assert (await rig.gate.admit(key)).is_allowed


async def test_who_is_refused_is_told_how_long_to_wait(rig: Rig) -> None:
    key = await rig.open(rate=0.25)
    refuse_rate(await rig.gate.admit(key))
    rig.clock.turn(1)
    with pytest.raises(RateLimited) as raised:
        refuse_rate(await rig.gate.admit(key))
    assert 3.0 == pytest.approx(raised.value.retry_after, abs=1e-5)


# ------------------------------------------------------------------------------------ who can pay


@pytest.mark.parametrize(("units", "is_enough"), [(0, True), (9, True), (10, True), (11, False)])
async def test_a_balance_covers_up_to_itself(rig: Rig, units: int, is_enough: bool) -> None:
    key = await rig.open(units=10)
    if is_enough:
        rig.gate.afford(key, units)
        return
    with pytest.raises(InsufficientFunds, match=r"^Top up your account at https://bill\.test/$"):
        rig.gate.afford(key, units)


async def test_asking_whether_one_can_pay_costs_nothing(rig: Rig) -> None:
    key = await rig.open(units=10)
    rig.gate.afford(key, 10)
    assert key == await rig.gate.identify(SECRET.encode())


async def test_a_charge_is_an_entry_with_what_it_was_for(rig: Rig) -> None:
    key = await rig.open(units=10)
    rig.clock.turn(5.7)
    assert 8 == await rig.gate.charge(key, 2, "ours-1", PATH)
    line = LedgerLine(Entry(key.id, "ours-1", -2, PATH, T0 + 5), 8)
    assert line == (await rig.ledger.entries(key.id, 1))[0]


async def test_what_is_free_leaves_no_entry(rig: Rig) -> None:
    key = await rig.open(units=10)
    assert 10 == await rig.gate.charge(key, 0, "ours-1", "/sys/balance")
    assert 1 == len(await rig.ledger.entries(key.id, 10))


async def test_who_loses_a_race_is_told_to_top_up(rig: Rig) -> None:
    """Both could pay when they came; one was quicker."""
    key = await rig.open(units=3)
    for _ in range(2):
        rig.gate.afford(key, 2)
    assert 1 == await rig.gate.charge(key, 2, "quick", PATH)
    with pytest.raises(InsufficientFunds, match=r"^Top up your account at https://bill\.test/$"):
        await rig.gate.charge(key, 2, "slow", PATH)
    assert 1 == (await rig.gate.identify(SECRET.encode())).balance


async def test_the_same_entry_is_charged_once(rig: Rig) -> None:
    key = await rig.open(units=10)
    charges = (rig.gate.charge(key, 3, "ours-1", PATH) for _ in range(5))
    assert [7] * 5 == await asyncio.gather(*charges)


async def test_a_key_that_is_worth_less_than_it_says_pays_what_the_ledger_has(rig: Rig) -> None:
    """What a request knows of its key may be old; the ledger decides."""
    key = structs.replace(await rig.open(units=1), balance=1000)
    rig.gate.afford(key, 500)
    with pytest.raises(InsufficientFunds):
        await rig.gate.charge(key, 500, "a", PATH)
