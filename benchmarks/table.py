"""The report of a run, in Markdown: costs with their ratios, and the targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from benchmarks.rows import IDLE, ROWS, Row
from benchmarks.subjects import SUBJECTS
from benchmarks.targets import TARGETS, Results

__all__ = ["report"]

FIRST, *OTHERS = SUBJECTS


def report(
    titles: Mapping[str, str],
    results: Results,
    reasons: Mapping[str, Mapping[str, str]],
) -> Iterator[str]:
    """The lines of the report.

    Args:
        titles: Of the subjects.
        results: What was measured.
        reasons: Why something was not, by subject and measure.
    """
    yield _line(["", *(titles[name] for name in SUBJECTS)])
    yield _line(["---"] + ["---:"] * len(SUBJECTS))
    for row in ROWS:
        cells = [_cell(name, row, results, reasons) for name in SUBJECTS]
        yield _line([f"{row.title}, {row.unit}", *cells])
    yield ""
    yield from _use(results[FIRST])
    yield ""
    yield from _targets(results)


def _use(measured: Mapping[str, float]) -> Iterator[str]:
    """What a script pays for what it uses."""
    heads = ["what a script pays for what it uses", "uses nothing", "touches everything", "ratio"]
    yield _line(heads)
    yield _line(["---"] + ["---:"] * 3)
    for row in IDLE:
        bare, full = measured.get(row.key.removesuffix("_all")), measured.get(row.key)
        if bare is None or full is None:
            yield _line([f"{row.title}, {row.unit}", "-", "-", "not measured"])
        else:
            cells = [f"{row.title}, {row.unit}", number(bare), number(full)]
            yield _line([*cells, f"x{number(full / bare)}"])


def _targets(results: Results) -> Iterator[str]:
    """What was to be reached, and whether it was."""
    yield _line(["target", "measured", "of what is allowed", ""])
    yield _line(["---", "---:", "---:", "---"])
    units = {row.key: row.unit for row in (*ROWS, *IDLE)}
    for target in TARGETS:
        try:
            share, measured = target.share(results), results[FIRST][target.row]
        except KeyError:
            yield _line([target.text, "-", "-", "not measured"])
            continue
        met = "met" if share <= 1 else "**missed**"
        told = f"{number(measured)} {units[target.row]}"
        yield _line([target.text, told, f"{share:.0%}", met])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(name: str, row: Row, results: Results, reasons: Mapping[str, Mapping[str, str]]) -> str:
    value = results[name].get(row.key)
    if value is None:
        return reasons[name].get(row.measure, "-")
    if name == FIRST or row.key not in results[FIRST]:
        return number(value)
    ours = results[FIRST][row.key]
    ratio = ours / value if row.more_is_better else value / ours
    return f"{number(value)} (x{number(ratio)})"


def number(value: float) -> str:
    """A number with two or three digits that mean something."""
    if value >= 100:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.1f}" if value >= 10 else f"{value:.2g}"
