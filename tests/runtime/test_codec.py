"""The payload codec: nothing in clear, nothing from strangers, never an exception."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload

from runtime.codec import UNTRUSTED, CodecKeyError, EncryptingCodec, new_key, read_keys

OLD, NEW = b"o" * 32, b"n" * 32
SECRET = Payload(metadata={"encoding": b"json/plain"}, data=b'"secret"')


async def test_what_is_encoded_hides_its_content_and_comes_back() -> None:
    """Round trip."""
    codec = EncryptingCodec([NEW])
    [sealed] = await codec.encode([SECRET])
    assert b"secret" not in sealed.SerializeToString()
    assert await codec.decode([sealed]) == [SECRET]


async def test_equal_payloads_never_look_equal() -> None:
    """A fresh nonce each time."""
    one, two = await EncryptingCodec([NEW]).encode([SECRET, SECRET])
    assert one.data != two.data


async def test_a_rotated_key_still_reads_old_histories() -> None:
    """The first key writes, all read."""
    [sealed] = await EncryptingCodec([OLD]).encode([SECRET])
    assert await EncryptingCodec([NEW, OLD]).decode([sealed]) == [SECRET]
    assert await EncryptingCodec([NEW]).decode([sealed]) == [UNTRUSTED]


@given(data=st.binary(max_size=80), encoding=st.binary(max_size=20), key=st.binary(max_size=8))
async def test_a_strangers_payload_is_untrusted_whatever_it_holds(
    data: bytes, encoding: bytes, key: bytes
) -> None:
    """Plaintext included."""
    stranger = Payload(metadata={"encoding": encoding, "key": key}, data=data)
    assert await EncryptingCodec([NEW]).decode([stranger, SECRET]) == [UNTRUSTED, UNTRUSTED]


async def test_an_altered_payload_is_untrusted() -> None:
    """One flipped bit anywhere."""
    codec = EncryptingCodec([NEW])
    [sealed] = await codec.encode([SECRET])
    for position in range(len(sealed.data)):
        altered = bytearray(sealed.data)
        altered[position] ^= 1
        broken = Payload(metadata=sealed.metadata, data=bytes(altered))
        assert await codec.decode([broken]) == [UNTRUSTED]


def test_a_key_file_holds_one_key_a_line(tmp_path: Path) -> None:
    """And a bad file stops the process."""
    path = tmp_path / "codec.key"
    path.write_text(f"{new_key()}\n{new_key()}\n")
    assert len(read_keys(path)) == 2
    for bad in ("", "short\n", "not base64 at all!\n"):
        path.write_text(bad)
        with pytest.raises(CodecKeyError):
            read_keys(path)
