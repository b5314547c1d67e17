"""A certificate authority of our own, for clients that speak https only.

It is made once and kept in ``tls/`` of the data folder; the server's certificate is issued
anew at each start.
"""

from pathlib import Path
from typing import NamedTuple

import trustme

from storykeep.private import write_private


class Certificates(NamedTuple):
    """Files in PEM."""

    authority: Path
    """What clients must trust."""
    certificate: Path
    key: Path


def create_certificates(folder: Path, host: str) -> Certificates:
    """Return the certificates of a server at ``host``; localhost is always among its names."""
    authority, authority_key = folder / "ca.pem", folder / "ca.key"
    if authority.exists() and authority_key.exists():
        ca = trustme.CA.from_pem(authority.read_bytes(), authority_key.read_bytes())
    else:
        ca = trustme.CA(organization_name="storykeep")
        write_private(authority_key, ca.private_key_pem.bytes())
        write_private(authority, ca.cert_pem.bytes(), mode=0o644)
    names = dict.fromkeys(["localhost", "127.0.0.1", "::1", host])
    for wildcard in ("0.0.0.0", "::"):  # noqa: S104 - they are no names of a server
        names.pop(wildcard, None)
    issued = ca.issue_cert(*names)
    certificates = Certificates(authority, folder / "server.pem", folder / "server.key")
    write_private(certificates.key, issued.private_key_pem.bytes())
    chain = b"".join(pem.bytes() for pem in issued.cert_chain_pems)
    write_private(certificates.certificate, chain, mode=0o644)
    return certificates
