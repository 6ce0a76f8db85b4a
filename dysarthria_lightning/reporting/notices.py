"""What must be known of results before they are believed: on the page and on the terminal."""

from typing import Any

from dysarthria_lightning.reporting.audits import audit_verdict
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.display import capitalised
from dysarthria_lightning.reporting.estimands import ENOUGH_REPEATS, FEW_REPEATS, ONE_REPEAT
from dysarthria_lightning.reporting.headline import headline, headline_cell
from dysarthria_lightning.reporting.paper import values as paper


def closing_notices(content: ReportContent) -> list[str]:
    """List what ``reproduce`` says under its tables: the main result, its audit, what it lacks.

    Args:
        content: Of the report.
    """
    verdict = audit_verdict(content, headline_cell(content))
    notices = [headline(content), f"{verdict.heading}{verdict.text}"]
    if verdict.command:
        notices[-1] += f" To ask:\n  {verdict.command}"
    few = hardly_trained(content)
    if few["cells"]:
        notices.append(
            f"Hardly trained: {len(few['cells'])} of {few['n_finished']} results are of networks "
            f"that were tested early in training. {' '.join(few['advice'])}"
        )
    if wanted := want_of_repeats(content):
        command = content.command_for_repeats
        notices.append(f"{wanted} For five:\n  {command}" if command else wanted)
    return [notice for notice in notices if notice]


def want_of_repeats(content: ReportContent) -> str:
    """Say what too few repeats leave open; nothing where there are enough of them.

    Args:
        content: Of the report.
    """
    return describe_want(content.repeats_there) if content.study.crossvalidations else ""


def describe_want(n_repeats: int) -> str:
    """Say what so many repeats leave open; nothing where they are enough.

    Args:
        n_repeats: At least 1.
    """
    if n_repeats >= ENOUGH_REPEATS:
        return ""
    return ONE_REPEAT if n_repeats == 1 else FEW_REPEATS


def hardly_trained(content: ReportContent) -> dict[str, Any]:
    """Gather the warnings of networks that were hardly trained: advice once, cells one by one.

    Args:
        content: Of the report.

    Returns:
        ``advice``; ``cells``, of each its anchor, its name and when it was tested; and
        ``n_finished`` cells in all.
    """
    finished = content.study.crossvalidations
    found = sorted(
        (item for item in content.hardly_trained.items() if item[0] in finished),
        key=lambda item: paper.order_of_cell(item[0]),
    )
    return {
        "advice": list(dict.fromkeys(advice for _, (_, advice) in found)),
        "cells": [
            (paper.cell_anchor(cell), capitalised(paper.cell_name(cell, content.noun)), when)
            for cell, (when, _) in found
        ],
        "n_finished": len(finished),
    }
