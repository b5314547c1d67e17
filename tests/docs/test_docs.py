"""What has no page is not finished, and what a page says can be followed."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from msgspec import structs

from storykeep.cli import cli
from storykeep.core.endpoints import ENDPOINTS
from storykeep.core.errors import StorykeepError
from storykeep.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
STATIC = ROOT / "src/storykeep/api/static"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
DECISIONS = sorted(DOCS.glob("decisions/0*.md"))

ALL_TEXT = "\n".join(path.read_text("utf-8") for path in sorted(DOCS.rglob("*.md")))

_BLOCK = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_LOADED = re.compile(
    r"!\[[^\]]*\]\(\s*(?:https?:)?//|<(?:img|script|link|iframe|video|source)\b", re.IGNORECASE
)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def kinds_of(error: type[StorykeepError]) -> Iterator[str]:
    yield error.__name__
    for kind in error.__subclasses__():
        if kind.__module__ != error.__module__:
            continue  # private to where it is caught
        yield from kinds_of(kind)


def commands_of(command: click.Command, name: str) -> Iterator[str]:
    yield name
    if isinstance(command, click.Group):
        context = click.Context(command)
        for word in command.list_commands(context):
            inner = command.get_command(context, word)
            assert inner is not None
            yield from commands_of(inner, f"{name} {word}")


@pytest.mark.parametrize(
    "word",
    [
        *(endpoint.path for endpoint in ENDPOINTS),
        *kinds_of(StorykeepError),
        *(PREFIX + field.name.upper() for field in structs.fields(Settings)),
        *commands_of(cli, "storykeep"),
    ],
)
def test_every_endpoint_error_setting_and_command_is_documented(word: str) -> None:
    assert re.search(rf"(?<![\w/]){re.escape(word)}(?![\w/])", ALL_TEXT)


def anchors_of(path: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", _BLOCK.sub("", path.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for link in _LINK.findall(_BLOCK.sub("", page.read_text("utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.is_file(), link
        assert not anchor or anchor in anchors_of(target), link


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_page_loads_anything_from_elsewhere(page: Path) -> None:
    assert not _LOADED.search(_BLOCK.sub("", page.read_text("utf-8")))


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=name_of)
def test_every_page_is_in_the_navigation(page: Path) -> None:
    assert f"- {page.relative_to(DOCS)}\n" in (ROOT / "mkdocs.yml").read_text("utf-8")


def test_the_unit_for_systemd_starts_a_command_with_known_settings() -> None:
    page = (DOCS / "howto/systemd.md").read_text("utf-8")
    [unit] = re.findall(r"^```ini\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    command = re.findall(r"^ExecStart=/opt/storykeep/bin/storykeep (.+)$", unit, re.MULTILINE)
    name, *options = command[0].split()
    serve = cli.get_command(click.Context(cli), name)
    assert serve is not None
    serve.make_context(name, options)
    known = {PREFIX + field.name.upper() for field in structs.fields(Settings)}
    named = re.findall(r"^Environment=(\w+?)(?:_FILE)?=", page, re.MULTILINE)
    assert {*named} <= known


@pytest.mark.parametrize("page", DECISIONS, ids=name_of)
def test_a_decision_is_short_and_says_what_checks_it(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text.count("\n") <= 40
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == ["Situation", "Decision", "Cost", "Checked by"]
    named = re.findall(r"`((?:tests|scripts|requirements)/[^` ]+|[a-z]+\.toml)", text)
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", ["docs.html", "docs.css", "docs.js"])
def test_the_reference_page_names_no_other_host(name: str) -> None:
    text = (STATIC / name).read_text("utf-8")
    assert "//" not in re.sub(r"^// .*$", "", text, flags=re.MULTILINE)


def test_vendored_style_sheets_load_nothing() -> None:
    sheet = (STATIC / "swagger-ui.css").read_text("utf-8")
    assert "@import" not in sheet
    assert "sourceMappingURL" not in sheet
    assert re.findall(r"url\((?!\"?data:)", sheet) == []


def test_vendored_files_are_as_their_script_says() -> None:
    script = (ROOT / "scripts/vendor_swagger_ui.sh").read_text("utf-8")
    sums = re.findall(r"^([0-9a-f]{64})  (\S+)$", script, re.MULTILINE)
    assert sums
    for digest, name in sums:
        assert digest == hashlib.sha256((STATIC / name).read_bytes()).hexdigest()


def test_every_file_of_the_reference_page_is_licensed_or_ours() -> None:
    names = {path.name for path in STATIC.iterdir()}
    assert names == {
        "docs.css",
        "docs.html",
        "docs.js",
        "swagger-ui-bundle.js",
        "swagger-ui-bundle.js.LICENSE.txt",
        "swagger-ui.LICENSE.txt",
        "swagger-ui.NOTICE.txt",
        "swagger-ui.css",
    }
