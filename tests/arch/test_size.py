"""The house stays small enough to be read."""

import ast
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src" / "storykeep"
FILES = sorted(SRC.rglob("*.py"))
MAX_FILE, MAX_FUNCTION, MAX_SRC = 300, 40, 26_300
VAGUE = {"utils", "common", "helpers", "constants", "base", "misc", "manager", "impl", "mixin"}


def _length(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SRC).as_posix())
def test_a_file_and_its_functions_are_short(path: Path) -> None:
    """No file is above 300 lines, and no function above 40, its docstring apart."""
    assert _length(path) <= MAX_FILE
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            # A function that only holds others, such as a table of handlers, is their frame.
            is_frame = any(
                isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) for part in body
            )
            lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0  # type: ignore[operator]
            assert is_frame or lines <= MAX_FUNCTION, f"{path.name}: {node.name}"


def test_the_source_stays_within_its_budget() -> None:
    assert sum(map(_length, FILES)) <= MAX_SRC


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert set() == {path.stem for path in FILES} & VAGUE
