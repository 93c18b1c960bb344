"""The one base of every value, immutable and strict about what it is given; and amounts of money."""

from decimal import ROUND_CEILING, Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

DIGITS = 6  # after the point


class Frozen(BaseModel):
    """Hold facts that never change; two of them with equal fields are equal."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")


def rounded_up(amount: Decimal) -> Decimal:
    """Return an amount in whole millionths: a price by the second may have no end of digits.

    Raises ValueError for what is no amount of money.
    """
    if amount.adjusted() > 15:
        raise ValueError(f"{amount} is no amount of money")
    if len(f"{amount:f}".partition(".")[2]) <= DIGITS:
        return amount
    upwards = amount.quantize(Decimal(1).scaleb(-DIGITS), ROUND_CEILING)
    return Decimal(f"{upwards:f}".rstrip("0").rstrip("."))


Amount = Annotated[Decimal, AfterValidator(rounded_up)]
"""What the ledger counts in: millionths of a unit."""
