"""Names that are compared faster are compared as strictly."""

import pytest
from asn1crypto import x509

import signing
from runtime.names import install


@pytest.fixture(autouse=True)
def remembering() -> None:
    assert signing, "importing it installs the mending"
    install()
    install()


def name(text: str, *, printable: bool = False) -> x509.Name:
    """A holder's name, as read from bytes."""
    built = x509.Name.build({"common_name": text, "country_name": "JP"}, use_printable=printable)
    return x509.Name.load(built.dump())


def test_equal_bytes_are_equal_names() -> None:
    assert name("青山建設") == name("青山建設")
    assert name("青山建設").hashable == name("青山建設").hashable


def test_names_that_differ_in_case_blanks_and_encoding_are_equal_as_before() -> None:
    assert name("Aoba  City") == name("AOBA CITY")
    assert name("Aoba City", printable=True) == name("Aoba City")
    assert name("Aoba  City").hashable == name("AOBA CITY").hashable


def test_other_names_are_other_names_however_often_they_are_asked() -> None:
    for _ in range(3):
        assert name("青山建設") != name("青山建没")
        assert name("青山建設").hashable != name("青山建没").hashable


def test_a_name_that_may_not_be_is_refused_each_time() -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="private use"):
            assert name("\ue000") == name("\ue001")


def test_a_name_that_was_changed_after_reading_is_what_it_became() -> None:
    before = name("青山建設").hashable
    changed = name("青山建設")  # not asked before: the library keeps what it prepared
    changed.chosen[0][0]["value"] = x509.DirectoryString(
        name="utf8_string", value=x509.UTF8String("別人")
    )
    assert changed.hashable != before
    assert changed != name("青山建設")


def test_long_names_of_strangers_are_compared_and_not_kept() -> None:
    long = "a" * 5000
    assert name(long) == name(long.upper())
    assert name(long) != name(long + "b")
