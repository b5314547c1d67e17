"""``serve --tls``: an authority of its own, made once, and what to export for the clients."""

import json
import shutil
import ssl
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server import environment, serving

ASK = "from hikerapi import Client; print(Client().story_by_id_v1(id='3776832898280228145')['pk'])"


def test_what_is_printed_can_be_pasted(tmp_path: Path) -> None:
    """The curl lines trust the authority; the exports are all that the vendor's client needs.

    Also where the folder's name has a space.
    """
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    with serving(tmp_path / "my data", "--tls") as server:
        assert server.url.startswith("https://")
        for line in server.curls:
            quiet = [line[0], "--fail", "--silent", "--show-error", *line[1:]]
            done = subprocess.run(
                quiet, cwd=tmp_path, env=environment(), check=True, capture_output=True
            )
            assert "-o" in line or json.loads(done.stdout)
        exports = [line for line in server.greeting if line.strip().startswith("export ")]
        assert [line.split()[1].partition("=")[0] for line in exports] == [
            "HIKERAPI_HOST",
            "SSL_CERT_FILE",
            "NODE_EXTRA_CA_CERTS",
        ]
        done = subprocess.run(
            ["sh", "-c", "".join(exports) + 'exec "$0" -c "$1"', sys.executable, ASK],
            env=environment(), check=True, capture_output=True,
        )  # fmt: skip
        assert done.stdout == b"3776832898280228145\n"


def test_the_authority_is_made_once_and_its_key_is_the_owners_alone(tmp_path: Path) -> None:
    """Who trusted it trusts the server after a restart; its certificate is another one."""
    found = []
    for _ in range(2):
        with serving(tmp_path / "data", "--tls") as server:
            found.append(
                (server.authority.read_bytes(), (server.data / "tls/server.pem").read_bytes())
            )
            trust = ssl.create_default_context(cafile=str(server.authority))
            with server.client(server.key, verify=trust) as client:
                assert client.get("/sys/balance").status_code == 200
            assert server.stop() == 0
    assert found[0][0] == found[1][0]
    assert found[0][1] != found[1][1]
    folder = tmp_path / "data" / "tls"
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {"ca.key": 0o600, "ca.pem": 0o644, "server.key": 0o600, "server.pem": 0o644}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
