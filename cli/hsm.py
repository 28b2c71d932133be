"""`musubi hsm init`: two tokens with random PINs, and their keys.

The signing token and the vault token have PINs of their own, so that a process that may read
documents can sign nothing.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import click
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from cli.home import Home
from runtime.files import private_folder, write_durably, write_private
from runtime.pkcs11 import ALGORITHMS, KeyUnfit, Token, open_token
from runtime.pkcs11_create import has_token, initialise_token
from runtime.pkcs11_library import library
from runtime.pkcs11_pin import PinFile

SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")
SIGNING_TOKEN, VAULT_TOKEN = "musubi-signing", "musubi-vault"
SIGNING_KEY, CANARY_KEY, VAULT_KEY = "signing-1", "canary-1", "vault-kek-1"
SIGNING_PIN, VAULT_PIN = "signing.pin", "vault.pin"
ALGORITHM = "ecdsa-p256"
"""For a home whose `musubi.toml` names no other."""
_PIN_BYTES = 24


@dataclass(frozen=True)
class Tokens:
    """What certificates are issued for: DER SubjectPublicKeyInfo of the keys in the token."""

    signing_key: bytes
    canary_key: bytes


def initialise(
    tokens_dir: Path,
    conf: Path,
    secrets_dir: Path,
    module: Path = SOFTHSM,
    algorithm: str = ALGORITHM,
) -> Tokens:
    """Make what is missing; leave what is there. Raises TokenError, also for a signing key that
    is there and of another kind than `algorithm` needs.

    Sets SOFTHSM2_CONF for this process, and for those it starts.
    """
    private_folder(tokens_dir)
    private_folder(secrets_dir)
    write_softhsm_conf(tokens_dir, conf)
    use_softhsm(conf, module)
    signing = _ensure_token(module, SIGNING_TOKEN, secrets_dir / SIGNING_PIN)
    vault = _ensure_token(module, VAULT_TOKEN, secrets_dir / VAULT_PIN)
    for label in (SIGNING_KEY, CANARY_KEY):
        if not signing.has_key(label):
            signing.generate_signing_key(label, algorithm)
        if not _fits(signing.public_key(label), algorithm):
            message = (
                f"{label} is no key for {algorithm}; keep the setting signature_algorithm as it "
                "was, or start with a new home"
            )
            raise KeyUnfit(message)
    if not vault.has_key(VAULT_KEY):
        vault.generate_wrapping_key(VAULT_KEY)
    made = Tokens(signing.public_key(SIGNING_KEY), signing.public_key(CANARY_KEY))
    # The caller may be a supervisor: it needs no key any more.
    signing.close()
    vault.close()
    return made


def _fits(spki: bytes, algorithm: str) -> bool:
    key = serialization.load_der_public_key(spki)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return algorithm == f"ecdsa-p{key.curve.key_size}"
    return isinstance(key, rsa.RSAPublicKey) and algorithm.startswith(f"rsa{key.key_size}-")


def use_softhsm(conf: Path, module: Path = SOFTHSM) -> None:
    """Let this process and its children read `conf`; SoftHSM does so in C_Initialize only."""
    wanted = str(conf.resolve())
    if os.environ.get("SOFTHSM2_CONF") != wanted:
        os.environ["SOFTHSM2_CONF"] = wanted
        loaded = library(module)
        loaded.restart(loaded.generation)


def write_softhsm_conf(tokens_dir: Path, conf: Path) -> None:
    """Point SoftHSM to its own folder; unchanged content is not rewritten."""
    text = (
        f"directories.tokendir = {tokens_dir.resolve()}\n"
        "objectstore.backend = file\n"
        "log.level = ERROR\n"
        "slots.removable = false\n"
    )
    if not conf.exists() or conf.read_text(encoding="utf-8") != text:
        write_durably(conf, text.encode())


def _ensure_token(module: Path, label: str, pin_file: Path) -> Token:
    if not has_token(module, label):
        # PINs are on disk before the token exists: a crash between leaves no token without PIN,
        # and the next run goes on with the same ones.
        pin = _pin(pin_file)
        so_pin = _pin(pin_file.with_name(f"{pin_file.stem}.so-pin"))
        initialise_token(module, label, so_pin, pin)
        # Whatever an earlier token thought of this PIN, the new one was given it.
        PinFile.beside(pin_file).accepted()
    return open_token(module, label, pin_file)


def _pin(path: Path) -> str:
    if path.exists() and (kept := path.read_text(encoding="utf-8").strip()):
        return kept
    pin = secrets.token_urlsafe(_PIN_BYTES)
    write_private(path, f"{pin}\n".encode())
    return pin


def signature_algorithm(home: Home) -> str:
    """The word of `signature_algorithm` in a home's `musubi.toml`."""
    return home.setting("signing", "signature_algorithm", ALGORITHM)


@click.group()
def hsm() -> None:
    """トークンと鍵 - Tokens and keys."""


@hsm.command()
@click.option("--home", type=click.Path(path_type=Path), default=Path("var"), show_default=True)
@click.option("--module", type=click.Path(path_type=Path), default=SOFTHSM, show_default=True)
@click.option(
    "--algorithm",
    type=click.Choice(list(ALGORITHMS)),
    help="署名の方式。既定は musubi.toml の signature_algorithm - by default the home's setting.",
)
def init(home: Path, module: Path, algorithm: str | None) -> None:
    """SoftHSMのトークンと鍵を作ります（既にあるものは変えません） - Make tokens and keys.

    Also where they are lost for good: what was made under the old ones stays unreadable.
    """
    place = Home(home)
    if algorithm is not None and not place.config_file.exists():
        place.create(signature_algorithm=algorithm)
        place = Home(home)
    place.make_keys()
    used = algorithm or signature_algorithm(place)
    try:
        initialise(place.tokens, place.softhsm_conf, place.secrets, module, used)
    except KeyUnfit as unfit:
        raise click.ClickException(str(unfit)) from unfit
    click.echo(f"{SIGNING_TOKEN}: {SIGNING_KEY}, {CANARY_KEY}")
    click.echo(f"{VAULT_TOKEN}: {VAULT_KEY}")
