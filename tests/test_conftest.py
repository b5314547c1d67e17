"""No test reaches another machine, whatever it runs in this process."""

import socket

import httpx2
import pytest


def test_an_address_outside_is_refused() -> None:
    with pytest.raises(RuntimeError, match="loopback only"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)


def test_a_name_outside_is_not_even_looked_up() -> None:
    with pytest.raises(RuntimeError, match=r"not 'example\.org'"):
        httpx2.get("http://example.org", trust_env=False)


def test_loopback_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        socket.create_connection(listener.getsockname()).close()
        socket.create_connection(("localhost", listener.getsockname()[1])).close()
