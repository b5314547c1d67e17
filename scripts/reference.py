"""Write docs/reference/ and the README's table, read off the code, or say which are stale.

``python scripts/reference.py`` writes them; ``python scripts/reference.py --check`` writes
nothing, names the stale ones and exits 1 when there are any.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from inspect import Signature, signature
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_type_hints
from urllib.parse import urlencode

import click
from msgspec import json, structs

from storykeep.api.errors import INTERNAL, body_of, status_of
from storykeep.api.openapi import price_in_words
from storykeep.api.openapi.headers import HEADERS
from storykeep.api.openapi.responses import errors_of, errors_of_rows, known_errors
from storykeep.api.openapi.samples import KEY, example_of
from storykeep.api.openapi.schemas import answer_schema, create_schemas
from storykeep.api.params import Parameter, create_parser, read_parameters
from storykeep.cli import cli
from storykeep.client import Client, ClientError
from storykeep.client import errors as client_errors
from storykeep.core import errors
from storykeep.core.endpoints import ENDPOINTS, USER_STORIES
from storykeep.core.endpoints.row import CHARGED, AnyEndpoint
from storykeep.core.errors import Absent, InvalidParams, InvalidValue, RateLimited, StorykeepError
from storykeep.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
README = ROOT / "README.md"
BEGIN, END = "<!-- endpoints -->", "<!-- /endpoints -->"
UNSAID = ("sleep", "random")  # for tests
MADE = "<!-- Made by scripts/reference.py: change what it reads, then run it. -->"

Lines = Iterator[str]


# ----------------------------------------------------------------------------------- endpoints


def endpoints_page() -> Lines:
    """The table, row by row, and the objects it answers with."""
    yield from heading(1, "Endpoints")
    yield "Every call is a GET with an access key in the header `x-access-key`. Downloads answer"
    yield "HEAD too. What may go wrong stands in [Errors](errors.md); the same facts for programs"
    yield "are at `/openapi.json`."
    yield ""
    rows = [
        (
            f"[`{row.path}`](#{row.path.replace('/', '')})",
            row.price.nominal,
            row.price.base if row.price.privacy else "",
            returned(row),
        )
        for row in ENDPOINTS
    ]
    yield from table(("Path", "Units", "With `force`", "Answer"), rows)
    for row in ENDPOINTS:
        yield from endpoint_section(row)
    yield from heading(2, "Response headers")
    said = [(f"`{name}`", f"{says}.", f"`{example}`") for name, (says, example) in HEADERS.items()]
    yield from table(("Header", "Says", "Example"), said)
    yield from heading(2, "Objects")
    yield "Every key is always there, in this order."
    yield ""
    for name, schema in create_schemas(ENDPOINTS).items():
        if not name.endswith("Error"):  # those stand on the errors page
            yield from object_section(name, schema)


def endpoint_section(row: AnyEndpoint) -> Lines:
    """One row: the question, the answer, the price."""
    yield from heading(2, row.path)
    yield f"**{row.summary}.** {row.description} {price_in_words(row.price)}"
    yield ""
    wanted = [each for each in read_parameters(row.params_type) if each.is_required]
    query = urlencode({each.name: example_of(row, each.name) for each in wanted}, safe=":/…")
    yield from fence("http", f"GET {row.path}{'?' if query else ''}{query}\nx-access-key: {KEY}")
    parameters = read_parameters(row.params_type)
    if parameters:
        cells = [
            (f"`{each.name}`", type_of(each), default_of(each), f"{each.description}.")
            for each in parameters
        ]
        yield from table(("Parameter", "Type", "Default", "Meaning"), cells)
    method = f"`{row.name}` in clients, `{row.operation_id}` in the OpenAPI document"
    yield from definitions({"Answer": returned(row), "Errors": refusals(row), "Name": method})


def refusals(row: AnyEndpoint) -> str:
    """The statuses of a row's errors; where one has names of its own, those too."""
    names = ", ".join(f"`{name}`" for name in row.errors)
    return ", ".join(
        f"{status} ({names})" if status == status_of(Absent) else str(status)
        for status in sorted(errors_of(row))
    )


def object_section(name: str, schema: dict[str, Any]) -> Lines:
    """One object: its keys, their types and defaults."""
    yield from heading(3, name)
    yield schema["description"].replace("``", "`")
    yield ""
    cells = [
        (f"`{key}`", schema_words(each), f"`{default_words(each)}`" if "default" in each else "")
        for key, each in schema["properties"].items()
    ]
    yield from table(("Key", "Type", "Default"), cells)


def returned(row: AnyEndpoint) -> str:
    """What a row answers with, in words that link."""
    if row.is_download:
        return "the file"
    return schema_words(answer_schema(row))


def type_of(parameter: Parameter) -> str:
    """The type of a parameter in words."""
    if parameter.choices:
        return " or ".join(f"`{each}`" for each in parameter.choices)
    words = {str: "string", int: "integer", bool: "boolean", datetime: "ISO 8601 time"}
    bound = "" if parameter.ge is None else f" ≥ {parameter.ge}"
    return words[parameter.type] + bound


def default_of(parameter: Parameter) -> str:
    """What is taken when a parameter is not sent."""
    if parameter.is_required:
        return "required"
    return "" if parameter.default is None else f"`{parameter.default}`"


def schema_words(schema: dict[str, Any]) -> str:
    """A JSON Schema in words that link."""
    if "anyOf" in schema:
        return " or ".join(schema_words(each) for each in schema["anyOf"])
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "prefixItems" in schema:
        return " and ".join(schema_words(each) for each in schema["prefixItems"])
    if schema.get("type") == "array":
        return f"array of {schema_words(schema['items'])}"
    return str(schema.get("format", schema.get("type", "anything")))


def default_words(schema: dict[str, Any]) -> str:
    """A default as JSON."""
    return json.encode(schema["default"]).decode()


# -------------------------------------------------------------------------------------- errors


def errors_page() -> Lines:
    """The tree, the shapes, and each error with its status and price."""
    yield from heading(1, "Errors")
    yield "Errors are grouped by whose turn it is to act. A charged error costs what the answer"
    yield "would have cost; an operator may decide to charge none."
    yield ""
    yield from fence("text", tree(errors))
    of_rows = errors_of_rows()
    for family in (each for each in StorykeepError.__subclasses__() if each is not ClientError):
        kinds = [kind for kind in known_errors() if issubclass(kind, family)]
        yield from heading(2, family.__name__)
        yield family.default_message()
        yield ""
        cells = [
            (
                f"`{kind.__name__}`",
                status_of(kind),
                "the price" if status_of(kind) in CHARGED and kind in of_rows else "nothing",
                "" if kind is InvalidParams else f"`{kind.wire_name or kind.__name__}`",
                kind.default_message(),
            )
            for kind in kinds
        ]
        yield from table(("Error", "Status", "Charged", "`exc_type`", "Says"), cells)
    yield from heading(2, "On the wire")
    yield from shapes()


def tree(module: ModuleType) -> str:
    """The tree as the module's docstring draws it."""
    lines = (module.__doc__ or "").splitlines()
    drawn = [line.removeprefix("    ") for line in lines if line.startswith("    ")]
    return "\n".join(drawn)


def shapes() -> Lines:
    """An example of each form that an error takes."""
    yield "What the gate refuses before any work (401, 402, 429):"
    yield ""
    yield from fence("json", told(body_of(RateLimited())))
    yield "What was worked on, and what failed (400, 403, 404, 503, 504):"
    yield ""
    yield from fence("json", told(body_of(InvalidValue())))
    yield "Missing or ill-typed parameters (422), all of them in one answer, in FastAPI's words:"
    yield ""
    try:
        create_parser(USER_STORIES.params_type)(b"amount=many")
    except InvalidParams as error:
        yield from fence("json", told(body_of(error)))
    yield "A fault of the server (500), never with a traceback:"
    yield ""
    yield from fence("json", told(INTERNAL))
    yield "An unknown path (404) and a method that is not for it (405) cost nothing:"
    yield ""
    yield from fence("json", told(b'{"detail":"Not Found"}'))


def told(body: bytes) -> str:
    """A body laid out for reading."""
    return json.format(body, indent=2).decode()


# -------------------------------------------------------------------------------------- client


def client_page() -> Lines:
    """The client's methods by row, what it is made with, and its errors."""
    yield from heading(1, "Client")
    yield "`storykeep.client.Client` and, to be awaited, `AsyncClient` have a method for each of"
    yield "the [endpoints](endpoints.md). How to use them: see [the guide](../howto/client.md)."
    yield ""
    rows = [
        (f"[`{row.path}`](endpoints.md#{row.path.replace('/', '')})", f"`{call_of(row)}`")
        for row in ENDPOINTS
    ]
    yield from table(("Endpoint", "Method"), rows)
    yield "A download writes the file `to`, where `{ext}` in the name stands for the ending of its"
    yield "type. `progress` is called with the bytes so far, and with those of the whole or `None`."
    yield ""
    yield from heading(2, "Made with")
    made = [each for each in signature(Client).parameters.values() if each.name not in UNSAID]
    cells = [
        (f"`{each.name}`", "" if each.default is each.empty else f"`{each.default!r}`")
        for each in made
    ]
    yield from table(("Argument", "Default"), cells)
    yield "Times are seconds. `verify` may also be an `ssl.SSLContext` or the file of an authority."
    yield ""
    yield from heading(2, "Errors")
    yield "In `storykeep.client.errors`. Each carries `status`, `exc_type`, `cost`, `request_id`"
    yield "and `retry_after`, as far as a server told them."
    yield ""
    yield from fence("text", tree(client_errors))
    kinds = [each for each in vars(client_errors).values() if isinstance(each, type)]
    said = [
        (f"`{kind.__name__}`", kind.default_message(), "yes" if kind.is_passing else "")
        for kind in kinds
        if issubclass(kind, ClientError)
    ]
    yield from table(("Error", "Says, unless the server has words", "Tried again"), said)


def call_of(row: AnyEndpoint) -> str:
    """A method as one would write its head."""
    told = signature(getattr(Client, row.name))
    names = [each.replace(annotation=each.empty) for each in told.parameters.values()][1:]
    answer = told.return_annotation
    words = answer.__name__ if isinstance(answer, type) and not get_args(answer) else str(answer)
    bare = re.sub(r"[a-z_]+\.", "", words)  # without the modules
    return f"{row.name}{Signature(names)} -> {bare}"


# ------------------------------------------------------------------------ settings and commands


def settings_page() -> Lines:
    """Every setting with its default and meaning."""
    yield from heading(1, "Settings")
    yield "None has to be set. A value comes from the environment, or from the file that the"
    yield "same name with `_FILE` names, or from the TOML file that `STORYKEEP_CONFIG` names, where"
    yield "names are in lower case and without the prefix; the environment wins. A name that is not"
    yield "known is an error. `storykeep settings` shows what is in force and where it came from."
    yield ""
    kinds = get_type_hints(Settings, include_extras=True)
    cells = [
        (
            f"`{PREFIX}{each.name.upper()}`",
            f"`{setting_words(each.default)}`" if each.default != "" else "",
            f"{kinds[each.name].__metadata__[0].description}.",
        )
        for each in structs.fields(Settings)
    ]
    yield from table(("Setting", "Default", "Meaning"), cells)


def setting_words(default: object) -> str:
    """A default as one would write it."""
    return {True: "on", False: "off"}[default] if isinstance(default, bool) else str(default)


def commands_page() -> Lines:
    """What each command says of itself."""
    yield from heading(1, "Commands")
    yield "Records go to standard output, notes and bars to standard error; `--json` prints one"
    yield "JSON document and nothing else. Exit codes: 0 done, 1 refused or failed, 2 wrong usage,"
    yield "130 interrupted; `import` has more. `NO_COLOR` is respected."
    yield ""
    options = {**cli.context_settings, "terminal_width": 80}  # not that of whoever runs this
    yield from command_sections(click.Context(cli, info_name="storykeep", **options))


def command_sections(context: click.Context) -> Lines:
    """A command's help, then its subcommands'."""
    yield from heading(2, context.command_path)
    yield from fence("text", context.get_help())
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            if command is not None:
                yield from command_sections(click.Context(command, context, name))


# -------------------------------------------------------------------------------------- README


def readme() -> str:
    """The README with its table of endpoints."""
    before, _, rest = README.read_text("utf-8").partition(BEGIN)
    rows = [
        (
            f"`GET {row.path}`",
            row.summary,
            row.price.nominal,
            row.price.base if row.price.privacy else "",
            f"`{row.name}`" if row.path.startswith("/v") else "",
        )
        for row in ENDPOINTS
    ]
    head = ("Endpoint", "Does", "Units", "With `force`", "Method of the vendor's clients")
    made = "\n".join(table(head, rows))
    return f"{before}{BEGIN}\n{made}{END}{rest.partition(END)[2]}"


# ------------------------------------------------------------------------------------ Markdown


def heading(level: int, text: str) -> Lines:
    """A heading and the empty line below it."""
    yield f"{'#' * level} {text}"
    yield ""


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Lines:
    """A table and the empty line below it."""
    for cells in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(str(cell).replace('|', '&#124;') for cell in cells)} |"
    yield ""


def fence(language: str, text: str) -> Lines:
    """A block of code and the empty line below it."""
    yield f"```{language}"
    yield text
    yield "```"
    yield ""


def definitions(named: dict[str, str]) -> Lines:
    """Facts with their names, and the empty line below them."""
    for name, fact in named.items():
        yield f"- **{name}**: {fact}"
    yield ""


# --------------------------------------------------------------------------------------- files

PAGES: dict[str, Callable[[], Lines]] = {
    "endpoints.md": endpoints_page,
    "errors.md": errors_page,
    "client.md": client_page,
    "settings.md": settings_page,
    "cli.md": commands_page,
}
"""What stands in docs/reference/, and who makes it."""


def page(make: Callable[[], Lines]) -> str:
    """The text of a page."""
    return "\n".join([MADE, "", *make()]).rstrip() + "\n"


def main() -> int:
    """Write the pages, or compare them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, name stale pages")
    is_check = parser.parse_args().check
    stale = []
    texts = {REFERENCE / name: page(make) for name, make in PAGES.items()} | {README: readme()}
    for path, text in texts.items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(str(path.relative_to(ROOT)))
        if not is_check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"{name} is stale: run scripts/reference.py" if is_check else f"wrote {name}")
    return int(is_check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
