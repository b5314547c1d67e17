"""The built wheel, without an extra, where nothing else is installed."""

import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.client.scripted import Said, http, scripted
from tests.server import environment

ROOT = Path(__file__).parents[2]
UV = ROOT / ".tools" / "bin" / "uv"

WORK = """
import sys
before = set(sys.modules)
import storykeep.client
loaded = set(sys.modules) - before
outside = {name.partition(".")[0] for name in loaded} - set(sys.stdlib_module_names)
print(*sorted(outside))
print(*sorted({".".join(name.split(".")[:2]) for name in loaded if name.startswith("storykeep.")}))
with storykeep.client.Client(sys.argv[1], "key") as client:
    print(client.balance_sys().requests)
    print(client.story_download_v1("1", sys.argv[2]).file.size)
"""


def needed(name: str, found: dict[str, Distribution] | None = None) -> dict[str, Distribution]:
    """Return the distributions that one of that name needs, itself among them."""
    found = {} if found is None else found
    if name not in found:
        found[name] = distribution(name)
        for line in found[name].requires or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                needed(requirement.name.lower(), found)
    return found


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The Python of an environment with the wheel and what it asks for, copied from ours."""
    assert UV.exists(), "uv is not in .tools: run make test"
    folder = tmp_path_factory.mktemp("wheel")
    quiet = ["--quiet", "--offline"]
    subprocess.run([UV, "build", "--wheel", *quiet, "-o", folder, ROOT], check=True)
    (wheel,) = folder.glob("storykeep-*.whl")
    venv.create(folder / "venv", symlinks=True)
    python = folder / "venv" / "bin" / "python"
    install = [UV, "pip", "install", *quiet, "--no-deps", "--python", python, wheel]
    subprocess.run([str(word) for word in install], check=True)
    (site,) = (folder / "venv").glob("lib/python*/site-packages")
    for name, installed in needed("storykeep").items():
        for path in (installed.files or ()) if name != "storykeep" else ():
            if ".." not in path.parts and path.suffix != ".pyc":
                (site / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path.locate(), site / path)
    yield python
    shutil.rmtree(folder)


def test_it_asks_for_an_http_client_and_msgspec() -> None:
    plain = [line for line in distribution("storykeep").requires or () if "extra ==" not in line]
    assert ["httpx2", "msgspec"] == sorted(Requirement(line).name for line in plain)


def test_the_client_works_there_and_loads_nothing_of_the_server(
    python: Path, tmp_path: Path
) -> None:
    balance = b'{"requests": 7, "rate": 15, "currency": "USD", "amount": 0.0}'
    file = http(200, b"\xff\xd8\xff", content_type="image/jpeg")
    with scripted(Said(http(200, balance)), Said(file)) as server:
        done = subprocess.run(
            [str(python), "-I", "-c", WORK, server.url, str(tmp_path / "a.jpg")],
            env=environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert "" == done.stderr
    outside, own, *answers = done.stdout.splitlines()
    modules = {name.replace("-", "_") for name in needed("storykeep")}
    assert set(outside.split()) <= modules
    assert ["storykeep.client", "storykeep.core"] == own.split()
    assert ["7", "3"] == answers


@pytest.mark.parametrize("arguments", [[], ["get", "natgeo"], ["serve"]])
def test_the_command_says_what_to_install(arguments: list[str], python: Path) -> None:
    command = python.with_name("storykeep")
    done = subprocess.run(
        [str(command), *arguments], env=environment(), capture_output=True, text=True, check=False
    )
    assert (1, "") == (done.returncode, done.stdout)
    assert "storykeep: click is missing: pip install 'storykeep[server]'\n" == done.stderr


def test_it_is_not_the_checkout_that_is_tested(python: Path) -> None:
    where = [str(python), "-I", "-c", "import storykeep; print(storykeep.__file__)"]
    found = subprocess.run(where, capture_output=True, text=True, check=True).stdout
    assert found.startswith(str(python.parents[1]))
    assert not found.startswith(sys.prefix)
