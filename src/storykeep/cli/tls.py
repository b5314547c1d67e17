"""A certificate authority of our own, for clients that speak https only.

It is made once and kept in ``tls/`` of the data folder; the server's certificate is issued
anew at each start.
"""

import os
from pathlib import Path
from typing import NamedTuple

import trustme


class Certificates(NamedTuple):
    """Files in PEM."""

    authority: Path
    """What clients must trust."""
    certificate: Path
    key: Path


def create_certificates(folder: Path, host: str) -> Certificates:
    """Return the certificates of a server at ``host``; localhost is always among its names."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority, authority_key = folder / "ca.pem", folder / "ca.key"
    if authority.exists() and authority_key.exists():
        ca = trustme.CA.from_pem(authority.read_bytes(), authority_key.read_bytes())
    else:
        ca = trustme.CA(organization_name="storykeep")
        _write(authority_key, ca.private_key_pem.bytes(), 0o600)
        _write(authority, ca.cert_pem.bytes(), 0o644)
    names = dict.fromkeys(["localhost", "127.0.0.1", "::1", host])
    for wildcard in ("0.0.0.0", "::"):  # noqa: S104 - they are no names of a server
        names.pop(wildcard, None)
    issued = ca.issue_cert(*names)
    certificates = Certificates(authority, folder / "server.pem", folder / "server.key")
    _write(certificates.key, issued.private_key_pem.bytes(), 0o600)
    chain = b"".join(pem.bytes() for pem in issued.cert_chain_pems)
    _write(certificates.certificate, chain, 0o644)
    return certificates


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write a file that never has a wider mode, and never half of its content."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)  # whatever the umask
        file.write(content)
    draft.replace(path)
