"""The report's place in the README, between two markers."""

from __future__ import annotations

from pathlib import Path

__all__ = ["README", "replace_report"]

README = Path(__file__).with_name("README.md")
BEGIN = "<!-- report -->"
END = "<!-- end of the report -->"


def replace_report(readme: str, report: str) -> str:
    """The README with another report.

    Args:
        readme: Its text, with both markers.
        report: What is to stand between them.

    Raises:
        ValueError: A marker is missing.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"expected the markers {BEGIN} and {END} in the README")
    return f"{before}{BEGIN}\n\n{report}\n\n{END}{after}"
