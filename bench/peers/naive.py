"""FastAPI as most people write it.

A connection of aiosqlite a request, the balance updated and committed a request, rows read
into pydantic models, and a response model on the route.
"""

import json
import os
import time
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import aiosqlite
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel

DATABASE = Path(os.environ["BENCH_FOLDER"]) / "naive.db"

app = FastAPI()


class UserShort(BaseModel):
    pk: str
    id: str | None = None
    username: str | None = None
    full_name: str | None = ""
    profile_pic_url: str | None = None
    profile_pic_url_hd: str | None = None
    is_private: bool | None = None
    is_verified: bool | None = None


class StoryMention(BaseModel):
    user: UserShort
    x: float | None = None
    y: float | None = None
    width: float | None = None
    height: float | None = None


class StorySticker(BaseModel):
    id: str | None = None
    type: str | None = "gif"
    x: float
    y: float
    z: int | None = 1000005
    width: float
    height: float
    rotation: float | None = 0.0
    story_link: dict[str, Any] | None = None
    extra: dict[str, Any] | None = {}


class Story(BaseModel):
    pk: str
    id: str
    code: str
    taken_at: datetime
    media_type: int | None = None
    product_type: str | None = ""
    thumbnail_url: str | None = None
    user: UserShort
    video_url: str | None = None
    video_duration: float | None = 0.0
    sponsor_tags: list[UserShort] | None = []
    mentions: list[StoryMention]
    links: list[dict[str, Any]]
    hashtags: list[dict[str, Any]]
    locations: list[dict[str, Any]]
    stickers: list[StorySticker]
    medias: list[dict[str, Any]] = []


async def connect() -> AsyncIterator[aiosqlite.Connection]:
    async with aiosqlite.connect(DATABASE) as db:
        yield db


Database = Annotated[aiosqlite.Connection, Depends(connect)]


async def authenticate(db: Database, x_access_key: Annotated[str, Header()]) -> int:
    async with db.execute("SELECT id FROM keys WHERE secret = ?", (x_access_key,)) as cursor:
        row = await cursor.fetchone()
    if row is None:
        raise HTTPException(401, "Unknown access key")
    return int(row[0])


Key = Annotated[int, Depends(authenticate)]


async def charge(db: aiosqlite.Connection, key: int, units: int) -> None:
    cursor = await db.execute(
        "UPDATE keys SET balance = balance - ? WHERE id = ? AND balance >= ?", (units, key, units)
    )
    if not cursor.rowcount:
        raise HTTPException(402, "Top up your account")
    await db.commit()


@app.get("/v1/user/stories", response_model=list[Story])  # noqa: FAST001 - as people write it
async def user_stories(db: Database, key: Key, user_id: int, amount: int = 0) -> list[Story]:
    await charge(db, key, 2)
    rows = await db.execute_fetchall(
        "SELECT data FROM stories WHERE user_id = ? AND expires_at > ? ORDER BY taken_at",
        (user_id, int(time.time())),
    )
    stories = [Story(**json.loads(row[0])) for row in rows]
    return stories[:amount] if amount else stories


@app.get("/v1/story/by/id", response_model=Story)  # noqa: FAST001 - as people write it
async def story_by_id(db: Database, key: Key, id: int) -> Story:
    await charge(db, key, 1)
    async with db.execute("SELECT data FROM stories WHERE pk = ?", (id,)) as cursor:
        row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "Story not found")
    return Story(**json.loads(row[0]))
