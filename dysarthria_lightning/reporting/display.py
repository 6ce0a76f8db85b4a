"""Tables as people read them, before any format: page, LaTeX and terminal show the same texts."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pandas as pd

from dysarthria_lightning.evaluation.intervals import NEVER_CHANGES as NEVER_CHANGES
from dysarthria_lightning.reporting.content import number

DASH = "–"
MINUS = "−"
#: Why a value has no interval.
TOO_FEW = "too few speakers"


@dataclass(frozen=True)
class Text:
    """An entry of a table.

    Attributes:
        value: Ours.
        interval: Its 95 % interval, or why it has none.
        spread: The smallest and the largest repeat.
        chance: The range of what chance gives.
        pooled: The paper's statistic of our scores.
        pooled_interval: Its 95 % interval, or why it has none.
        note: Why there is no value.
        paper: The paper's value; empty where it has none.
        difference: Ours (the pooled value where there is one) minus the paper's, with its
            interval.
        mark: Points to a footnote about the paper's value.
        anchor: The id of the place on the page that says where the value comes from.
    """

    value: str
    interval: str = ""
    spread: str = ""
    chance: str = ""
    pooled: str = ""
    pooled_interval: str = ""
    note: str = ""
    paper: str = ""
    difference: str = ""
    mark: str = ""
    anchor: str = ""


@dataclass(frozen=True)
class TextTable:
    """A table of texts.

    Attributes:
        name: ``table1`` and so on: its id and the stem of its files.
        title: Stands above it.
        header: Over each column, the first over the rows' names.
        rows: A name and one text per column.
        footnotes: By mark, or without one.
        prose: Whether the entries are sentences and no values.
        folded: Whether the page shows it only when it is asked for.
    """

    name: str
    title: str
    header: list[str]
    rows: list[tuple[str, list[Text]]]
    footnotes: list[tuple[str, str]]
    prose: bool = False
    folded: bool = False


def percent(share: float) -> str:
    """Write a share in per cent; a dash for what is not defined."""
    return _minus(f"{100 * share:z.1f}") if math.isfinite(share) else DASH


def value_range(low: float, high: float) -> str:
    """Write an interval in per cent; nothing where it is not defined."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"{percent(low)}–{percent(high)}"


def points(difference: float, low: float, high: float) -> str:
    """Write a difference of shares in points, with its interval, as in "+2.1 (−3.0 to 7.5)"."""
    if not math.isfinite(difference):
        return ""
    value, *ends = (_minus(f"{100 * it:+z.1f}") for it in (difference, low, high))
    return f"{value} ({' to '.join(ends)})" if math.isfinite(low) and math.isfinite(high) else value


def interval_of(value: float, low: float, high: float, *, reason: str = "") -> str:
    """Write a share's interval in per cent, or why a share that is defined has none.

    Args:
        value: The share.
        low: Its interval's lower end.
        high: The upper one.
        reason: Why it has none; too few speakers where nothing is said.
    """
    return value_range(low, high) or ((reason or TOO_FEW) if math.isfinite(value) else "")


def with_interval(value: float, low: float, high: float, *, reason: str = "") -> str:
    """Write a share in per cent with its interval, as in "86.0 (75.1–95.0)"."""
    interval = interval_of(value, low, high, reason=reason)
    return f"{percent(value)} ({interval})" if interval else percent(value)


def decimal(value: float) -> str:
    """Write a number that is no share; a dash for what is not defined."""
    return _minus(f"{value:z.3f}") if math.isfinite(value) else DASH


def capitalised(text: str) -> str:
    """Begin with a capital and leave the rest as it is."""
    return text[:1].upper() + text[1:]


def counted(number: int, singular: str, plural: str = "") -> str:
    """Write a number of things, as in "1 person" and "5,998 syllables".

    Args:
        number: How many.
        singular: What one is called.
        plural: What several are called, where an s is not enough.
    """
    return f"{number:,} {singular if number == 1 else plural or f'{singular}s'}"


def listed(items: Iterable[object]) -> str:
    """Write a list, as in "a, b and c"; nothing where it is empty."""
    names = list(map(str, items))
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def p_value(value: float) -> str:
    """Write a p-value."""
    if not math.isfinite(value):
        return DASH
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def estimate_text(
    row: pd.Series,
    anchor: str,
    style: Callable[[float], str] = percent,
    column: str = "value",
    none_because: str = TOO_FEW,
) -> Text:
    """Show an estimate.

    Args:
        row: With ``low``, ``high`` and the value.
        anchor: Where it comes from.
        style: How numbers are written.
        column: The value's.
        none_because: What stands in place of an interval where there is none and the row has no
            ``reason``.
    """
    value, low, high = (number(row[name]) for name in (column, "low", "high"))
    interval = (row.get("reason") or none_because) if math.isfinite(value) else ""
    if math.isfinite(low) and math.isfinite(high):
        interval = f"{style(low)} to {style(high)}"
    return Text(style(value), interval, anchor=anchor)


def first_estimate_text(
    rows: pd.DataFrame,
    anchor: str,
    style: Callable[[float], str] = percent,
    none_because: str = TOO_FEW,
) -> Text:
    """Show the estimate of a table's first row (:func:`estimate_text`); a dash without one."""
    if rows.empty:
        return Text(DASH, anchor=anchor)
    return estimate_text(rows.iloc[0], anchor, style, none_because=none_because)


def _minus(text: str) -> str:
    return text.replace("-", MINUS)
