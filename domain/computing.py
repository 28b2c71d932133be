"""Computing a field (自動計算) from the numbers in others, to the last digit."""

import decimal
import math
from collections.abc import Sequence
from decimal import Decimal, localcontext

from domain.field_rules import Computation, Operation, Rounding
from domain.numbers import PRECISION

_RATES = {Operation.TAX_10: Decimal("0.10"), Operation.TAX_8: Decimal("0.08")}
_ROUNDINGS = {
    Rounding.DOWN: decimal.ROUND_DOWN,
    Rounding.HALF_UP: decimal.ROUND_HALF_UP,
    Rounding.UP: decimal.ROUND_UP,
}


def computed(
    computation: Computation, terms: Sequence[Decimal | None], decimals: int
) -> Decimal | None:
    """The result, rounded to `decimals` digits once, at the end; None while there is none.

    A term without a value adds nothing to a sum; a product needs all of its factors. What is owed
    as tax is computed from the sum of all terms, since rounding each alone would lose yen.
    """
    present = [term for term in terms if term is not None]
    needed = len(terms) if computation.operation is Operation.PRODUCT else 1
    if len(present) < max(1, needed):
        return None
    with localcontext(prec=PRECISION):
        if computation.operation is Operation.PRODUCT:
            exact = math.prod(present, start=Decimal(1))
        else:
            exact = sum(present, Decimal(0)) * _RATES.get(computation.operation, Decimal(1))
        return exact.quantize(
            Decimal(1).scaleb(-decimals), rounding=_ROUNDINGS[computation.rounding]
        )
