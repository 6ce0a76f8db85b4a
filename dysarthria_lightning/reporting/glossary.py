"""The terms of the field in plain words: docs/glossary.md, read for the page."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markupsafe import Markup, escape

_PACKAGE = Path(__file__).parents[1]
_ROW = re.compile(r"^\| (?P<term>[^|]+?) \| (?P<meaning>.+) \|$")
_TAGS = re.compile(r"<(script|style|svg)\b.*?</\1>|<[^>]*>", re.DOTALL)


@dataclass(frozen=True)
class Term:
    """A term and what it means.

    Attributes:
        section: Of the glossary.
        names: How it is written; the first is its own.
        meaning: In plain words.
    """

    section: str
    names: tuple[str, ...]
    meaning: str

    @property
    def anchor(self) -> str:
        """The id of its place on the page."""
        # Two sections may explain one word, such as level.
        name = f"{self.section} {self.names[0]}".lower()
        return "term-" + re.sub(r"[^a-z0-9]+", "-", name).strip("-")

    @property
    def pattern(self) -> re.Pattern[str]:
        """Finds any of its names in text: capitals as they are, else in any case, and plurals."""
        names = [
            re.escape(name) if name != name.lower() else f"(?i:{re.escape(name)})"
            for name in sorted(self.names, key=len, reverse=True)
        ]
        return re.compile(rf"(?<![\w-])(?:{'|'.join(names)})s?(?![\w-])")


@cache
def glossary() -> tuple[Term, ...]:
    """Return all terms, in the glossary's order."""
    # The wheel carries it inside the package; a checkout has it beside the package.
    places = (_PACKAGE / "docs", _PACKAGE.parent / "docs")
    path = next(folder for folder in places if folder.is_dir()) / "glossary.md"
    terms, section = [], ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line[3:]
        found = _ROW.match(line)
        if found and found["term"] != "term":
            names = tuple(_plain(name) for name in found["term"].split(", "))
            terms.append(Term(section, names, _plain(found["meaning"])))
    return tuple(terms)


def terms_in(html: str) -> list[Term]:
    """List the terms that a page uses, in alphabetical order.

    Args:
        html: The page.
    """
    text = _TAGS.sub(" ", html)
    used = [term for term in glossary() if term.pattern.search(text)]
    return sorted(used, key=lambda term: term.names[0].lower())


def explained(text: str) -> Markup:
    """Let the terms of a short text, such as a column's name, say what they mean.

    Args:
        text: Plain text.

    Returns:
        HTML.
    """
    parts, place = [], 0
    for found in _explained_terms().finditer(text):
        meaning = _meaning_of(found[0])
        parts.append(escape(text[place : found.start()]))
        parts.append(Markup('<abbr title="{}">{}</abbr>').format(meaning, found[0]))
        place = found.end()
    return Markup("").join([*parts, escape(text[place:])])


@cache
def _explained_terms() -> re.Pattern[str]:
    """Find the terms of judging, which are those of columns' names."""
    return re.compile("|".join(f"(?:{it.pattern.pattern})" for it in _judging()))


@cache
def _meaning_of(written: str) -> str:
    return next(it.meaning for it in _judging() if it.pattern.fullmatch(written))


def _judging() -> list[Term]:
    return [term for term in glossary() if term.section == "Judging"]


def _plain(text: str) -> str:
    """Take Markdown's code and emphasis out."""
    return text.replace("`", "").replace("*", "")
