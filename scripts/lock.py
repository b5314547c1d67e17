"""Write the lock files in requirements/, or say whether they still fit pyproject.toml.

``python scripts/lock.py [--upgrade]`` resolves everything at once, so that all environments agree
on each version, and writes one file with hashes, and without addresses, per environment.  Only the
programs of others are resolved apart, for they live apart.
``python scripts/lock.py --check`` compares a digest of what was asked for: it needs no network.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "requirements"
UV = ROOT / ".tools" / "bin" / "uv"
MARK = "# asked for: sha256:"

# What each environment is made of, besides the package's own dependencies.
ENVIRONMENTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # name:   (extras,      dependency groups)
    "server": (("server",), ()),
    "dev": (("server", "instagram", "s3"), ("dev",)),
    "clients": (("server", "instagram", "s3"), ("clients",)),
    "bench": (("server",), ("bench",)),
    "docs": ((), ("docs",)),
    "tools": ((), ("tools",)),
    "programs": ((), ("programs",)),
}
APART = "programs"
"""The environment that need not agree with the others."""


def expanded(groups: dict[str, list[Any]], name: str) -> list[str]:
    """Return a group's requirements with the groups it includes spelled out."""
    found: list[str] = []
    for item in groups[name]:
        if isinstance(item, str):
            found.append(item)
        else:
            found += expanded(groups, item["include-group"])
    return found


def digest(pyproject: dict[str, Any], name: str) -> str:
    """Return the digest of all that the lock of this environment was made from."""
    project = pyproject["project"]
    extras, groups = ENVIRONMENTS[name]
    asked = {
        "python": project["requires-python"],
        "dependencies": sorted(project["dependencies"]) if extras else [],
        "extras": {extra: sorted(project["optional-dependencies"][extra]) for extra in extras},
        "groups": {g: sorted(expanded(pyproject["dependency-groups"], g)) for g in groups},
    }
    if name == APART:
        asked["metadata"] = pyproject["tool"]["uv"]["dependency-metadata"]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def stale(pyproject: dict[str, Any]) -> list[str]:
    """Return a complaint for each lock file that does not fit pyproject.toml, or another lock."""
    complaints: list[str] = []
    pins: dict[str, tuple[str, str]] = {}
    for name in ENVIRONMENTS:
        path = LOCKS / f"{name}.txt"
        lines = path.read_text().splitlines() if path.exists() else [""]
        if lines[0] != MARK + digest(pyproject, name):
            complaints.append(f"requirements/{name}.txt does not fit pyproject.toml: run make lock")
        for line in lines:
            if "://" in line:
                complaints.append(f"requirements/{name}.txt holds an address: {line.strip()}")
            package, equals, rest = line.partition("==")
            if not equals or name == APART or line.startswith((" ", "#")):
                continue
            version, _, condition = rest.rstrip(" \\").partition(" ; ")
            pin = f"{package} ; {condition}"
            other, where = pins.setdefault(pin, (version, name))
            if other != version:
                complaints.append(f"{package}: {other} in {where}.txt, {version} in {name}.txt")
    return complaints


def compile_lock(names: list[str], output: Path, *options: str) -> None:
    """Resolve the environments of these names into one file."""
    chosen = [f"--extra={extra}" for name in names for extra in ENVIRONMENTS[name][0]]
    chosen += [f"--group={group}" for name in names for group in ENVIRONMENTS[name][1]]
    if any(ENVIRONMENTS[name][0] for name in names):
        chosen.insert(0, "pyproject.toml")  # an extra comes with the package's own dependencies
    fixed = ["--universal", "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links"]
    fixed += ["--no-header", "--quiet", "--output-file", str(output)]
    command = [str(UV), "pip", "compile", *dict.fromkeys(chosen), *fixed, *options]
    subprocess.run(command, cwd=ROOT, check=True, env=os.environ | {"NO_COLOR": "1"})


def write(pyproject: dict[str, Any], *, upgrade: bool) -> None:
    """Write all lock files; without ``upgrade`` a pin that still fits stays."""
    LOCKS.mkdir(exist_ok=True)
    kept = {} if upgrade else {path.stem: path.read_text() for path in sorted(LOCKS.glob("*.txt"))}
    together = [name for name in ENVIRONMENTS if name != APART]
    with tempfile.TemporaryDirectory() as folder:
        everything, apart = Path(folder) / "everything.txt", Path(folder) / f"{APART}.txt"
        apart.write_text(kept.pop(APART, ""))
        everything.write_text("\n".join(kept.values()))
        compile_lock(together, everything)
        for name in together:
            output = Path(folder) / f"{name}.txt"
            compile_lock([name], output, "--constraint", str(everything), "--no-annotate")
        compile_lock([APART], apart, "--no-annotate")
        for name in ENVIRONMENTS:
            text = f"{MARK}{digest(pyproject, name)}\n{(Path(folder) / f'{name}.txt').read_text()}"
            (LOCKS / f"{name}.txt").write_text(text)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="change nothing, fail when stale")
    parser.add_argument("--upgrade", action="store_true", help="take the newest of everything")
    options = parser.parse_args()
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    if not options.check:
        write(pyproject, upgrade=options.upgrade)
    complaints = stale(pyproject)
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
