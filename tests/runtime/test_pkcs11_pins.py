"""A refused PIN is tried once; PINs lie in files that only their owner reads."""

import json
import stat
from itertools import count
from pathlib import Path

import pytest

from cli.hsm import initialise
from runtime.pkcs11 import PinFileUnusable, PinRefused, Token, open_token
from runtime.pkcs11_create import has_token, initialise_token
from runtime.pkcs11_library import library
from runtime.pkcs11_pin import PinFile
from tests.pki.fixtures import Tokenry

_numbers = count()


class Guarded:
    """A token of its own, so that nobody else of the process is logged in to it."""

    def __init__(self, tokenry: Tokenry, folder: Path) -> None:
        self.module = tokenry.module
        self.label = f"guarded-{next(_numbers)}"
        self.pin_file = folder / "guarded.pin"
        self.mark = folder / "guarded.pin.refused"
        initialise_token(self.module, self.label, "so-pin-1234", "right-pin")

    def write(self, pin: str, mode: int = 0o600) -> None:
        self.pin_file.write_text(pin)
        self.pin_file.chmod(mode)

    def open(self) -> Token:
        return open_token(self.module, self.label, self.pin_file)


@pytest.fixture
def guarded(tokenry: Tokenry, tmp_path: Path) -> Guarded:
    return Guarded(tokenry, tmp_path)


def test_a_refused_pin_leaves_a_mark_without_the_pin(guarded: Guarded) -> None:
    guarded.write("wrong-pin")
    with pytest.raises(PinRefused):
        guarded.open().has_key("x")
    assert "wrong-pin" not in guarded.mark.read_text()
    assert stat.S_IMODE(guarded.mark.stat().st_mode) == 0o600


def test_a_marked_pin_is_not_even_tried(guarded: Guarded) -> None:
    # The right PIN under a mark: a login would succeed, so the refusal proves that none was made.
    guarded.write("right-pin")
    PinFile.beside(guarded.pin_file).refused("right-pin")
    for _ in range(3):
        with pytest.raises(PinRefused, match="refused before"):
            guarded.open().has_key("x")


def test_a_corrected_pin_file_is_tried_and_the_mark_goes(guarded: Guarded) -> None:
    guarded.write("wrong-pin")
    with pytest.raises(PinRefused):
        guarded.open().has_key("x")
    guarded.write("right-pin\n")
    assert not guarded.open().has_key("x")
    assert not guarded.mark.exists()


def test_an_unreadable_mark_counts_as_a_mark(guarded: Guarded) -> None:
    guarded.write("right-pin")
    for content in ("", "{}", json.dumps({"salt": 1, "sha256": 2}), "[]"):
        guarded.mark.write_text(content)
        with pytest.raises(PinRefused):
            guarded.open().has_key("x")


def test_the_mark_may_lie_elsewhere_when_the_pins_folder_is_read_only(
    guarded: Guarded, tmp_path: Path
) -> None:
    guarded.write("wrong-pin")
    mark = tmp_path / "run.refused"
    token = open_token(guarded.module, guarded.label, guarded.pin_file, mark_file=mark)
    with pytest.raises(PinRefused):
        token.has_key("x")
    assert mark.exists()


@pytest.mark.parametrize("mode", [0o604, 0o666, 0o602])
def test_a_pin_file_that_others_may_use_is_refused(guarded: Guarded, mode: int) -> None:
    guarded.write("right-pin", mode)
    with pytest.raises(PinFileUnusable):
        guarded.open().has_key("x")


def test_a_missing_or_empty_pin_file_is_told(guarded: Guarded) -> None:
    with pytest.raises(PinFileUnusable):
        guarded.open().has_key("x")
    guarded.write("\n")
    with pytest.raises(PinFileUnusable):
        guarded.open().has_key("x")


def test_initialising_makes_private_files_and_two_different_pins(tokenry: Tokenry) -> None:
    secrets = tokenry.home / "secrets"
    names = {path.name for path in secrets.iterdir()}
    assert names == {"signing.pin", "signing.so-pin", "vault.pin", "vault.so-pin"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets.iterdir()} == {0o600}
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    assert len({path.read_text() for path in secrets.iterdir()}) == 4
    assert stat.S_IMODE((tokenry.home / "tokens").stat().st_mode) == 0o700


def test_initialising_again_changes_nothing(tokenry: Tokenry) -> None:
    home = tokenry.home
    before = {path: path.read_bytes() for path in (home / "secrets").iterdir()}
    again = initialise(home / "tokens", home / "softhsm2.conf", home / "secrets", tokenry.module)
    assert again == tokenry.made
    assert {path: path.read_bytes() for path in (home / "secrets").iterdir()} == before


def test_the_signing_pin_does_not_open_the_vault(guarded: Guarded, tokenry: Tokenry) -> None:
    guarded.write(tokenry.signing_pin_file.read_text())
    with pytest.raises(PinRefused):
        guarded.open().has_key("x")


def test_a_token_whose_making_was_broken_off_is_finished(tokenry: Tokenry, tmp_path: Path) -> None:
    label, pin_file = "half-made", tmp_path / "half.pin"
    with library(tokenry.module).inside() as module:
        free = next(s for s in module.functions.get_slots() if not s.get_token().label)
        module.init_token(free.slot_id, label, "so-pin-1234")
    library(tokenry.module).restart(library(tokenry.module).generation)
    assert not has_token(tokenry.module, label)
    initialise_token(tokenry.module, label, "so-pin-1234", "user-pin")
    assert has_token(tokenry.module, label)
    pin_file.write_text("user-pin")
    pin_file.chmod(0o600)
    assert not open_token(tokenry.module, label, pin_file).has_key("x")
