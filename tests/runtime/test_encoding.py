"""What is built or changed is written once, and as the library alone would write it."""

import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import pytest
from asn1crypto import algos, core

import signing
from runtime.encoding import install


class Leaf(core.Sequence):  # type: ignore[misc] # the library has no types
    _fields: ClassVar = [("number", core.Integer), ("text", core.OctetString)]


class Leaves(core.SetOf):  # type: ignore[misc]
    _child_spec = Leaf


class Branch(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar = [("leaves", Leaves), ("digest", algos.DigestAlgorithm)]


class Branches(core.SequenceOf):  # type: ignore[misc]
    _child_spec = Branch


class Tree(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar = [
        ("version", core.Integer, {"default": 1}),
        ("branches", Branches, {"explicit": 0}),
    ]


@pytest.fixture(autouse=True)
def mended() -> None:
    assert signing, "importing it installs the mending"
    install()
    install()


def tree(*numbers: int) -> Any:
    leaves = [{"number": number, "text": bytes([number])} for number in numbers]
    digest = {"algorithm": "sha256"}
    return Tree(
        {"branches": [{"leaves": leaves, "digest": digest}, {"leaves": [], "digest": digest}]}
    )


def test_what_was_written_reads_as_it_was_built() -> None:
    read = Tree.load(tree(3, 1, 2).dump())
    assert sorted(leaf["number"].native for leaf in read["branches"][0]["leaves"]) == [1, 2, 3]
    assert read["version"].native == 1


def test_a_change_far_below_is_written_whatever_was_written_before() -> None:
    built = tree(1)
    first = built.dump()
    leaf = built["branches"][0]["leaves"][0]
    leaf["number"] = 7
    assert leaf.dump() != Leaf({"number": 1, "text": b"\1"}).dump()
    assert built["branches"].dump() != first
    assert built.dump() == tree(1).dump().replace(b"\2\1\1", b"\2\1\7")


def test_a_part_that_stands_in_two_places_is_written_in_both() -> None:
    one, two = tree(1), Tree.load(tree(2).dump())
    shared = two["branches"][0]
    assert two.dump() == tree(2).dump()
    one["branches"].append(shared)
    shared["leaves"][0]["number"] = 9
    both = Branches([shared, Branch.load(shared.dump())])
    assert both[0].dump() == both[1].dump()
    assert b"\2\1\x09" in one.dump()
    assert b"\2\1\x09" in two.dump()


def test_a_value_that_joins_or_leaves_is_noticed() -> None:
    built = tree(1)
    assert built.native["branches"][0]["leaves"][0]["number"] == 1
    built["branches"][0]["leaves"].append(Leaf({"number": 2, "text": b"\2"}))
    assert built.dump() == tree(1, 2).dump()
    del built["branches"][0]["leaves"][1]
    assert built.dump() == tree(1).dump()


def test_what_was_read_and_changed_is_written_with_the_change() -> None:
    read = Tree.load(tree(1).dump())
    read["branches"][0]["leaves"][0]["text"] = b"\7"
    again = Tree.load(read.dump())
    assert again["branches"][0]["leaves"][0]["text"].native == b"\7"
    assert Tree.load(read.dump(force=True)).native == again.native


def test_a_refusal_in_the_middle_of_writing_leaves_nothing_behind() -> None:
    built = tree(1)
    built["branches"][0]["leaves"].append(Leaf({"number": 2}))
    with pytest.raises(ValueError, match="text"):
        built.dump()
    built["branches"][0]["leaves"][1]["text"] = b"\2"
    assert built.dump() == tree(1, 2).dump()


def test_each_part_is_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    built = tree(1, 2, 3)
    for leaf in built["branches"][0]["leaves"]:
        leaf["text"] = b"changed"
    written = []
    original = core.OctetString.dump

    def counted(self: object, force: bool = False) -> bytes:
        written.append(self)
        encoded: bytes = original(self, force)
        return encoded

    monkeypatch.setattr(core.OctetString, "dump", counted)
    built.dump()
    assert len(written) == 3


BUILT_ALONE = """
import sys
from asn1crypto import tsp, x509
if sys.argv[1] == "mended":
    import signing
imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(32)}
request = {"version": 1, "message_imprint": imprint, "nonce": 5, "cert_req": True}
name = x509.Name.build({"country_name": "JP", "common_name": "青山建設"})
print(tsp.TimeStampReq(request).dump().hex(), name.dump().hex())
"""


def test_the_bytes_are_those_of_the_library_alone() -> None:
    def built(how: str) -> str:
        command = [sys.executable, "-c", BUILT_ALONE, how]
        root = Path(__file__).parents[2]
        return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout

    assert built("alone") == built("mended") != ""
