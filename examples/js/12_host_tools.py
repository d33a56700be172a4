"""Tools for scripts in Python: the schema is in the type hints, the words in the docstring."""

import asyncio

from marotte import ToolContext, tool


@tool
def word_count(text: str) -> dict[str, int]:
    """Count words and characters.

    Args:
        text: What to count.
    """
    return {"words": len(text.split()), "characters": len(text)}


@tool
async def is_prime(ctx: ToolContext, number: int) -> bool:
    """Find out whether a number is prime.

    Args:
        number: At least 2.
    """
    for divisor in range(2, int(number**0.5) + 1):
        ctx.check()
        await asyncio.sleep(0)
        if number % divisor == 0:
            return False
    return True
