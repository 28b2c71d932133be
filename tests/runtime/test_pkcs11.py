"""Keys stay in the token; what it signs, others verify; and it heals after it went away."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pkcs11 import Attribute, ObjectClass

from runtime.pkcs11 import (
    KeyMissing,
    KeyUnfit,
    Token,
    TokenError,
    TokenMissing,
    WrappedKeyInvalid,
    open_token,
)
from runtime.pkcs11_library import library
from tests.pki.scene import ROOT, Tokenry

DATA = b"signed attributes"


@pytest.fixture
def token(tokenry: Tokenry) -> Token:
    return tokenry.open_signing()


def generated(token: Token, label: str, algorithm: str) -> object:
    if not token.has_key(label):
        token.generate_signing_key(label, algorithm)
    return load_der_public_key(token.public_key(label))


@pytest.mark.parametrize(
    ("algorithm", "digest"), [("ecdsa-p256", hashes.SHA256()), ("ecdsa-p384", hashes.SHA384())]
)
def test_an_ecdsa_signature_verifies_in_the_form_that_cms_has(
    token: Token, algorithm: str, digest: hashes.HashAlgorithm
) -> None:
    key = generated(token, f"test-{algorithm}", algorithm)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(token.sign(f"test-{algorithm}", DATA, algorithm), DATA, ec.ECDSA(digest))


def test_rsa_signatures_verify_with_both_paddings(token: Token) -> None:
    key = generated(token, "test-rsa", "rsa3072-pss")
    assert isinstance(key, rsa.RSAPublicKey)
    assert key.key_size == 3072
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    key.verify(token.sign("test-rsa", DATA, "rsa3072-pss"), DATA, pss, hashes.SHA256())
    pkcs1 = token.sign("test-rsa", DATA, "rsa3072-pkcs1")
    key.verify(pkcs1, DATA, padding.PKCS1v15(), hashes.SHA256())


def test_private_keys_are_sensitive_and_never_leave(token: Token, tokenry: Tokenry) -> None:
    def attributes(session: object) -> list[object]:
        found = session.raw.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})  # type: ignore[attr-defined]  # an OpenSession
        wanted = (Attribute.SENSITIVE, Attribute.EXTRACTABLE, Attribute.ALWAYS_SENSITIVE)
        return [tuple(key[a] for a in wanted) for key in list(found)]

    assert set(token._sessions.run(attributes)) == {(True, False, True)}
    vault_keys = list(
        tokenry.open_vault()._sessions.run(
            lambda session: [
                (key[Attribute.SENSITIVE], key[Attribute.EXTRACTABLE])
                for key in list(session.raw.get_objects({Attribute.LABEL: tokenry.vault_key}))
            ]
        )
    )
    assert vault_keys == [(True, False)]


def test_a_data_key_is_wrapped_and_unwrapped_by_the_vaults_key(tokenry: Tokenry) -> None:
    vault = tokenry.open_vault()
    wrapped = vault.wrap(tokenry.vault_key, bytes(range(32)))
    assert len(wrapped) == 40  # RFC 5649: one semiblock more
    assert vault.unwrap(tokenry.vault_key, wrapped) == bytes(range(32))


def test_an_altered_wrapped_key_is_told_and_does_no_harm(tokenry: Tokenry) -> None:
    vault = tokenry.open_vault()
    wrapped = vault.wrap(tokenry.vault_key, bytes(32))
    generation = library(tokenry.module).generation
    for altered in (wrapped[:-1] + bytes([wrapped[-1] ^ 1]), wrapped[:-8], b"", bytes(40)):
        with pytest.raises(WrappedKeyInvalid):
            vault.unwrap(tokenry.vault_key, altered)
    assert library(tokenry.module).generation == generation
    assert vault.unwrap(tokenry.vault_key, wrapped) == bytes(32)


def test_a_key_is_not_used_for_another_algorithm(token: Token) -> None:
    generated(token, "test-ecdsa-p384", "ecdsa-p384")
    for label, algorithm in (
        ("test-ecdsa-p384", "ecdsa-p256"),
        ("test-ecdsa-p384", "rsa3072-pss"),
        ("signing-1", "ecdsa-p521"),
    ):
        with pytest.raises(KeyUnfit):
            token.sign(label, DATA, algorithm)


def test_a_missing_key_and_a_missing_token_are_told(token: Token, tokenry: Tokenry) -> None:
    with pytest.raises(KeyMissing):
        token.sign("nobody", DATA, "ecdsa-p256")
    with pytest.raises(KeyMissing):
        token.public_key("nobody")
    with pytest.raises(TokenMissing):
        open_token(tokenry.module, "nowhere", tokenry.signing_pin_file).has_key("x")


def test_a_label_is_given_once(token: Token) -> None:
    with pytest.raises(KeyUnfit):
        token.generate_signing_key("signing-1", "ecdsa-p256")


def test_a_module_that_does_not_load_is_told(tmp_path: Path, tokenry: Tokenry) -> None:
    with pytest.raises(TokenError):
        open_token(tmp_path / "none.so", "x", tokenry.signing_pin_file).has_key("x")


def test_every_process_has_one_token_per_label(tokenry: Tokenry) -> None:
    assert tokenry.open_signing() is tokenry.open_signing()


@pytest.fixture
def absent_tokens(tokenry: Tokenry) -> Iterator[Path]:
    """The tokens' folder is away; whoever renames it back heals the module."""
    folder, away = tokenry.home / "tokens", tokenry.home / "away"
    yield folder.rename(away)
    if away.exists():
        away.rename(folder)


def test_a_token_that_went_away_and_came_back_signs_again(
    token: Token, tokenry: Tokenry, absent_tokens: Path
) -> None:
    # Sessions that were open would live on in the module's memory: a restart ends them.
    with pytest.raises(TokenError):
        library(tokenry.module).restart(library(tokenry.module).generation)
    for _ in range(2):
        with pytest.raises(TokenError):
            token.sign("signing-1", DATA, "ecdsa-p256")
    absent_tokens.rename(tokenry.home / "tokens")
    assert token.sign("signing-1", DATA, "ecdsa-p256")
    wrapped = tokenry.open_vault().wrap(tokenry.vault_key, bytes(32))
    assert tokenry.open_vault().unwrap(tokenry.vault_key, wrapped) == bytes(32)


def test_dead_sessions_are_healed_without_the_caller_noticing(token: Token) -> None:
    token.sign("signing-1", DATA, "ecdsa-p256")
    with token._sessions._library.inside() as module:
        module.finalize()
        module.initialize()
    assert token.sign("signing-1", DATA, "ecdsa-p256")


def test_many_threads_sign_while_the_module_is_restarted(token: Token) -> None:
    key = load_der_public_key(token.public_key("signing-1"))
    assert isinstance(key, ec.EllipticCurvePublicKey)
    module = token._sessions._library
    done = threading.Event()

    def restart() -> int:
        count = 0
        while not done.wait(0.01):
            module.restart(module.generation)
            count += 1
        return count

    with ThreadPoolExecutor(9) as pool:
        restarts = pool.submit(restart)
        signed = list(
            pool.map(lambda n: token.sign("signing-1", b"%d" % n, "ecdsa-p256"), range(400))
        )
        done.set()
    assert restarts.result() > 0
    for number, signature in enumerate(signed):
        key.verify(signature, b"%d" % number, ec.ECDSA(hashes.SHA256()))


def test_idle_sessions_stay_few_when_threads_come_and_go(token: Token) -> None:
    for _ in range(50):
        worker = threading.Thread(target=token.sign, args=("signing-1", DATA, "ecdsa-p256"))
        worker.start()
        worker.join()
    assert len(token._sessions._idle) <= 16


def test_a_forked_child_signs_with_sessions_of_its_own(token: Token) -> None:
    token.sign("signing-1", DATA, "ecdsa-p256")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, token.sign("signing-1", DATA, "ecdsa-p256"))
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        signature = pipe.read()
    os.waitpid(child, 0)
    key = load_der_public_key(token.public_key("signing-1"))
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(signature, DATA, ec.ECDSA(hashes.SHA256()))
    assert token.sign("signing-1", DATA, "ecdsa-p256")


def test_opening_a_token_loads_nothing(tokenry: Tokenry) -> None:
    script = (
        "from pathlib import Path; from runtime.pkcs11 import open_token;"
        "open_token(Path('/usr/lib/softhsm/libsofthsm2.so'), 'x', Path('/nowhere'));"
        "print('softhsm' in Path('/proc/self/maps').read_text())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout == "False\n"
