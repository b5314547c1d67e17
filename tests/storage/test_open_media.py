"""Where files are kept, as an operator writes it."""

import builtins
import sys
from pathlib import Path
from typing import Any

import pytest

from storykeep.composition import open_media
from storykeep.settings import Settings, SettingsError
from storykeep.storage.media import FolderMedia
from storykeep.storage.s3 import S3Media

AT = "s3://media"
HOST = "endpoint=http://127.0.0.1:9000"


def opened(folder: Path, media: str, **settings: Any) -> FolderMedia | S3Media:
    keys = {"s3_access_key": "hush-access", "s3_secret_key": "hush-secret", **settings}
    store = open_media(Settings(data=folder / "data", media=media, **keys), lambda: 0.0)
    assert isinstance(store, FolderMedia | S3Media)
    return store


def test_a_folder_is_that_of_the_data_or_the_one_that_is_named(tmp_path: Path) -> None:
    for media, folder in (
        ("", tmp_path / "data" / "media"),
        (f"file://{tmp_path}/x", tmp_path / "x"),
    ):
        store = opened(tmp_path, media)
        assert isinstance(store, FolderMedia)
        assert folder == store._root


@pytest.mark.parametrize(
    ("media", "expected"),
    [
        (f"{AT}?{HOST}", ("", "us-east-1", False)),
        (f"{AT}/?{HOST}/", ("", "us-east-1", False)),
        (f"{AT}/a/b.c/?{HOST}&region=eu-1", ("a/b.c", "eu-1", False)),
        (f"{AT}?region=eu-1", ("", "eu-1", True)),
        (f"{AT}?path_style=on", ("", "us-east-1", False)),
        (f"{AT}?path_style=off&{HOST}", ("", "us-east-1", True)),
    ],
)
def test_a_bucket_is_found_by_its_address(
    media: str, expected: tuple[str, str, bool], tmp_path: Path
) -> None:
    """With a server of its own the bucket stands in the path, at Amazon's in the host."""
    store = opened(tmp_path, media)
    assert isinstance(store, S3Media)
    config = store._store.config
    hosted = str(config["virtual_hosted_style_request"]).lower() == "true"
    assert expected == (str(store._store.prefix or ""), config["region"], hosted)
    assert ("http://127.0.0.1:9000" if "endpoint" in media else None) == config.get("endpoint")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("media", "says"),
    [
        ("media", "neither file:///folder nor"),
        ("file://relative/folder", "neither file:///folder nor"),
        ("file:///folder?x=1", "neither file:///folder nor"),
        ("https://media.example", "neither file:///folder nor"),
        ("s3://hush-access:hush-secret@media", "keys have settings of their own"),
        ("s3://", "neither file:///folder nor"),
        ("s3://UPPER", "neither file:///folder nor"),
        ("s3://ab", "neither file:///folder nor"),
        (f"{AT}?endpoint=ftp://127.0.0.1", "endpoint"),
        (f"{AT}?endpoint=http://hush-secret@127.0.0.1", "endpoint"),
        (f"{AT}?endpoint=http://a/b", "endpoint"),
        (f"{AT}?path_style=maybe", "path_style"),
        (f"{AT}?endpiont=http://a", "the options are endpoint, region, path_style"),
    ],
)
def test_what_is_no_media_store_is_told(media: str, says: str, tmp_path: Path) -> None:
    """And a secret that was written into an address is not repeated."""
    with pytest.raises(SettingsError, match="STORYKEEP_MEDIA") as raised:
        opened(tmp_path, media)
    assert says in str(raised.value)
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize("name", ["s3_access_key", "s3_secret_key"])
def test_a_bucket_needs_both_keys(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="set STORYKEEP_S3_ACCESS_KEY and"):
        opened(tmp_path, AT, **{name: ""})


def test_without_the_extra_a_bucket_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And everything else works: nobody else imports it."""
    imported = builtins.__import__

    def refuse(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == "obstore":
            raise ModuleNotFoundError(name)
        return imported(name, *rest)

    for name in [name for name in sys.modules if name in _OF_THE_BUCKET]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", refuse)
    assert isinstance(opened(tmp_path, ""), FolderMedia)
    with pytest.raises(SettingsError, match=r"install storykeep\[s3\]"):
        opened(tmp_path, AT)


_OF_THE_BUCKET = ("storykeep.storage.bucket", "storykeep.storage.s3")
