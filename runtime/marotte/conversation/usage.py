"""What model calls cost."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Usage(BaseModel):
    """Tokens, requests and, where a price is known, cost of one or several model calls.

    `cost_usd` stays `None` as long as no part of a sum has a price.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )

    input_tokens: int = Field(default=0, ge=0, description="Tokens sent to models.")
    output_tokens: int = Field(default=0, ge=0, description="Tokens that models produced.")
    requests: int = Field(default=0, ge=0, description="Model calls made.")
    cost_usd: float | None = Field(
        default=None, ge=0, allow_inf_nan=False, description="Cost in US dollars, where known."
    )

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            requests=self.requests + other.requests,
            cost_usd=_add_costs(self.cost_usd, other.cost_usd),
        )

    @property
    def tokens(self) -> int:
        """Input and output tokens together."""
        return self.input_tokens + self.output_tokens


def _add_costs(left: float | None, right: float | None) -> float | None:
    if left is None:
        return right
    return left if right is None else left + right
