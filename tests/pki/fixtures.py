"""`tokenry` and `pki`: the scene of tests/pki/scene, one per test run, in a folder of its own.

A test that uses `pki` needs the marker `local_sockets` (or one of the folders that have it) only
when it talks to the service itself.
"""

from collections.abc import Iterator

import pytest

from tests.pki.scene import Pki, Tokenry, own_tokens, trust_service

__all__ = ["Pki", "Tokenry", "pki", "tokenry"]


@pytest.fixture(scope="session")
def tokenry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tokenry]:
    """Tokens without a trust service: no socket is opened."""
    with own_tokens(tmp_path_factory.mktemp("home")) as made:
        yield made


@pytest.fixture(scope="session")
def pki(tokenry: Tokenry) -> Iterator[Pki]:
    """Certificates, and the running trust service."""
    with trust_service(tokenry) as running:
        yield running
