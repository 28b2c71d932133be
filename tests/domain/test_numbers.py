"""Numbers and amounts: as people write them, kept one way, and computed to the last digit."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.computing import computed
from domain.field_rules import Computation, FieldRules, Operation, Rounding, rules_of
from domain.kinds import FieldKind, Language
from domain.numbers import NotANumber, decimals_of, number_of, plain, written

NUMBER, MONEY = FieldKind.NUMBER, FieldKind.MONEY
FULL_WIDTH = str.maketrans("0123456789,.-", "０１２３４５６７８９，．－")

numbers = st.decimals(
    min_value=-(10**15) + 1, max_value=10**15 - 1, places=6, allow_nan=False, allow_infinity=False
)
whole = st.integers(-(10**15) + 1, 10**15 - 1).map(Decimal)


@given(numbers | whole, st.booleans())
def test_what_is_kept_and_what_is_shown_mean_the_same_number(value: Decimal, wide: bool) -> None:
    for text in (plain(value), written(NUMBER, value, Language.JA)):
        typed = text.translate(FULL_WIDTH) if wide else text
        found = number_of(NUMBER, typed)
        assert found == value
        assert plain(found) == plain(value)
        assert decimals_of(found) <= 6


@given(whole)
def test_an_amount_is_read_back_as_it_is_written(value: Decimal) -> None:
    for language in Language:
        assert number_of(MONEY, written(MONEY, value, language)) == value


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1234567", "1234567"),
        ("１，２３４，５６７", "1234567"),
        (" ￥1,234,567 ", "1234567"),
        ("金1,234,567円", "1234567"),
        ("1234567 円", "1234567"),
        ("▲5,000", "-5000"),
        ("-¥5,000", "-5000"),
        ("¥-5,000", "-5000"),
        ("007", "7"),
        ("5.00", "5"),
        ("-0", "0"),
    ],
)
def test_amounts_are_understood_as_people_write_them(typed: str, meant: str) -> None:
    found = number_of(MONEY, typed)
    assert found is not None
    assert plain(found) == meant


@pytest.mark.parametrize(
    "typed",
    ["1,23", "12,34,567", "1.2.3", "abc", "1e5", "NaN", "Infinity", "百万円", "--5", "1_000", ",",
     "1,", ".", "٣", "5 000", "円", "¥", "1" * 61, "0x10", "1\n2"],
)  # fmt: skip
def test_what_is_no_number_is_told_with_an_example(typed: str) -> None:
    for kind in (NUMBER, MONEY):
        with pytest.raises(NotANumber) as caught:
            number_of(kind, typed)
        assert "1,234" in caught.value.words.ja
        assert caught.value.words.ja != caught.value.words.en


def test_fifteen_digits_are_enough() -> None:
    assert number_of(MONEY, "9" * 15) == Decimal("9" * 15)
    with pytest.raises(NotANumber) as caught:
        number_of(MONEY, "1" + "0" * 15)
    assert "15" in caught.value.words.en


@given(st.text(max_size=80))
def test_anything_typed_is_a_number_nothing_or_told(typed: str) -> None:
    try:
        found = number_of(MONEY, typed)
    except NotANumber:
        return
    assert found is None or number_of(MONEY, plain(found)) == found


def rule(operation: Operation, rounding: Rounding = Rounding.DOWN) -> Computation:
    return Computation(operation, ("a",), rounding)


@given(st.lists(numbers, min_size=1, max_size=20))
def test_sums_and_products_are_exact(terms: list[Decimal]) -> None:
    exact_sum = sum(map(Fraction, terms), Fraction(0))
    found = computed(rule(Operation.SUM), terms, 6)
    assert found is not None
    assert Fraction(found) == exact_sum
    product = Fraction(1)
    for term in terms:
        product *= Fraction(term)
    found = computed(rule(Operation.PRODUCT), terms, 0)
    assert found is not None
    cut = abs(product).__floor__() * (1 if product >= 0 else -1)
    assert Fraction(found) == cut


@given(st.lists(st.integers(0, 10**15 - 1).map(Decimal), min_size=1, max_size=20))
def test_tax_is_cut_off_once_from_the_sum(terms: list[Decimal]) -> None:
    total = sum(map(int, terms))
    for operation, percent in ((Operation.TAX_10, 10), (Operation.TAX_8, 8)):
        assert computed(rule(operation), terms, 0) == total * percent // 100
        up = computed(rule(operation, Rounding.UP), terms, 0)
        assert up == -(-total * percent // 100)
        half = computed(rule(operation, Rounding.HALF_UP), terms, 0)
        assert half == (total * percent * 2 + 100) // 200


def test_each_rounding_is_seen() -> None:
    terms = [Decimal(105)]
    assert computed(rule(Operation.TAX_10), terms, 0) == 10
    assert computed(rule(Operation.TAX_10, Rounding.HALF_UP), terms, 0) == 11
    assert computed(rule(Operation.TAX_10, Rounding.UP), [Decimal(101)], 0) == 11
    assert computed(rule(Operation.TAX_10), [Decimal(-109)], 0) == -10


def test_nothing_comes_of_nothing_and_a_product_needs_all_its_factors() -> None:
    assert computed(rule(Operation.SUM), [None, None], 0) is None
    assert computed(rule(Operation.SUM), [None, Decimal(2)], 0) == 2
    assert computed(rule(Operation.PRODUCT), [None, Decimal(2)], 0) is None
    assert computed(rule(Operation.PRODUCT), [], 0) is None


@given(
    st.builds(
        FieldRules,
        guide=st.text(max_size=20),
        least=st.none() | numbers,
        most=st.none() | numbers,
        decimals=st.integers(0, 6),
        fixed=st.booleans(),
        computation=st.none()
        | st.builds(
            Computation,
            st.sampled_from(list(Operation)),
            st.lists(st.text(min_size=1, max_size=5), max_size=4).map(tuple),
            st.sampled_from(list(Rounding)),
        ),
    )
)
def test_rules_come_back_as_they_were_stored(rules: FieldRules) -> None:
    assert rules_of(rules.as_json()) == rules


def test_a_field_without_rules_stores_none() -> None:
    assert FieldRules().as_json() == {}
    assert rules_of({}) == FieldRules()
