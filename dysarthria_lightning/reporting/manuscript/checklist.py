"""Checklists of reporting, filled from the report and from what the authors say of their study."""

from dataclasses import dataclass

from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.display import Text, TextTable, capitalised

#: Where neither the report nor the authors have said anything yet.
TO_WRITE = "to be written by the authors"


@dataclass(frozen=True)
class Item:
    """An item of a checklist.

    Attributes:
        number: As published.
        topic: What it asks, in our words.
        report: Keys of what a report can say (:func:`places.places`).
        study: Keys of ``study.yaml``.
    """

    number: str
    topic: str
    report: tuple[str, ...] = ()
    study: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checklist:
    """A published checklist.

    Attributes:
        name: The stem of its files.
        title: Of its table.
        reference: Key of what to cite.
        items: In its order.
    """

    name: str
    title: str
    reference: str
    items: tuple[Item, ...]


def filled(checklist: Checklist, content: ReportContent, places: dict[str, str]) -> TextTable:
    """Say of each item where it is.

    Args:
        checklist: Which one.
        content: Of the report.
        places: What the report says, by key; what it does not have is missing.
    """
    rows = [
        (item.number, [Text(item.topic), _where(item, content, places)]) for item in checklist.items
    ]
    header = ["Item", "Topic", "Where it is"]
    return TextTable(checklist.name, checklist.title, header, rows, [], prose=True)


def _where(item: Item, content: ReportContent, places: dict[str, str]) -> Text:
    said = [places[key] for key in item.report if key in places]
    said += [f"study.yaml: {text.rstrip('.')}" for text in content.described.said(*item.study)]
    missing = [key for key in item.study if not getattr(content.described, key)]
    asked = f" (study.yaml: {', '.join(missing)})" if missing else ""
    if not said:
        return Text(f"{capitalised(TO_WRITE)}{asked}")
    return Text(". ".join([*said, *([f"The rest is {TO_WRITE}{asked}"] if missing else [])]))
