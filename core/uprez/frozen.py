"""The one base of every value: immutable, and strict about what it is given."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Hold facts that never change; two of them with equal fields are equal."""

    model_config = ConfigDict(frozen=True, extra="forbid")
