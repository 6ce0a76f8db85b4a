"""What a report cites, as BibTeX and as text. Texts mark a citation by its key: ``[@key]``."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from dysarthria_lightning.reporting.content import ReportContent

#: A citation within a text, with the blank before it.
CITED = re.compile(r" ?\[@([a-z0-9]+)\]")
_DOI = re.compile(r"\b(?:doi:|https://doi\.org/)(10\.\S+?)[.,;)]*(?=\s|$)")

_AUTHOR = re.compile(r"(.+) [A-ZÀ-Ý]{1,3}(?:-[A-ZÀ-Ý])?")


@dataclass(frozen=True)
class Reference:
    """Something that is cited.

    Attributes:
        key: In BibTeX and in texts.
        kind: Of the BibTeX entry.
        authors: ``Family, Given`` each; an organisation within braces.
        title: As published.
        year: Of publication; empty if unknown.
        where: Further BibTeX fields, such as ``journal`` and ``volume``.
        doi: Without ``https://doi.org/``; empty where there is none.
        url: Where it has no DOI.
        text: Stands for all of the above, where only a text is known.
    """

    key: str
    kind: str = "misc"
    authors: tuple[str, ...] = ()
    title: str = ""
    year: str = ""
    where: dict[str, str] = field(default_factory=dict)
    doi: str = ""
    url: str = ""
    text: str = ""

    @property
    def short(self) -> str:
        """How a text cites it, as in "Vickers & Elkin, 2006"."""
        if self.text:
            return _short_of_text(self.text) or self.title
        return _cited([name.strip("{}").split(", ")[0] for name in self.authors], self.year)

    def as_text(self) -> str:
        """Write it as one line."""
        if self.text:
            return self.text
        names = ", ".join(_initials(name) for name in self.authors[:6])
        names += ", et al" if len(self.authors) > 6 else ""
        where = self.where
        place = where.get("journal") or where.get("booktitle") or where.get("howpublished") or ""
        if "volume" in where:
            number = f"({where['number']})" if "number" in where else ""
            place += f" {where['volume']}{number}"
        if "pages" in where:
            place += f":{where['pages']}" if "volume" in where else f", {where['pages']}"
        link = f"doi:{self.doi}" if self.doi else self.url
        when = "" if place.endswith(self.year) else self.year
        parts = [names, self.title, ", ".join(filter(None, [place, when])), link]
        return ". ".join(part for part in parts if part)

    def as_bibtex(self) -> str:
        """Write it as a BibTeX entry."""
        fields = {
            "author": " and ".join(self.authors).replace("{others}", "others"),
            "title": f"{{{self.title}}}" if self.title else "",
            **{name: text.replace("–", "--") for name, text in self.where.items()},
            "year": self.year,
            "doi": self.doi,
            "url": self.url,
            "note": self.text,
        }
        lines = [
            f"  {name} = {{{text if name in ('doi', 'url') else _escaped(text)}}}"
            for name, text in fields.items()
            if text
        ]
        return f"@{self.kind}{{{self.key},\n" + ",\n".join(lines) + "\n}\n"


def references_of(
    content: ReportContent, texts: Iterable[str], known: dict[str, Reference]
) -> list[Reference]:
    """List what texts cite, and what the report itself rests on, in alphabetical order.

    Args:
        content: Of the report; its corpora say how they are cited.
        texts: With ``[@key]`` where they cite.
        known: What may be cited whatever the corpus, by key.
    """
    keys = {key for text in texts for key in CITED.findall(text)}
    corpora = corpus_references(content)
    known = known | {it.key: it for it in corpora}
    return sorted((known[key] for key in keys if key in known), key=lambda it: it.as_text().lower())


def corpus_references(content: ReportContent) -> list[Reference]:
    """Return how the corpora are cited, one reference each.

    Args:
        content: Of the report.
    """
    found = []
    for what, text in content.origin.items():
        if what.startswith("Cite"):
            title = content.origin[what.replace("Cite", "Published as")]
            doi = _DOI.search(text)
            key = corpus_key(what.removeprefix("Cite").strip(" ()") or content.corpus)
            found.append(Reference(key, title=title, doi=doi[1] if doi else "", text=text))
    return found


def corpus_key(name: str) -> str:
    """Return a corpus's key in BibTeX.

    Args:
        name: The corpus's.
    """
    return "corpus" + re.sub(r"[^a-z0-9]", "", name.lower())


def as_plain_text(text: str, references: dict[str, Reference]) -> str:
    """Write citations as authors and year.

    Args:
        text: With ``[@key]``.
        references: What may be cited, by key.
    """

    def cited(found: re.Match[str]) -> str:
        reference = references.get(found[1])
        # Authors may cite what only they know.
        return f" ({reference.short})" if reference else found[0]

    return CITED.sub(cited, text)


def _short_of_text(text: str) -> str:
    """Find authors and year in a citation; nothing where it has other words."""
    names = text.partition(". ")[0].split(", ")
    years = re.findall(r"\b(?:19|20)\d\d\b", _DOI.sub("", text))
    families = [found[1] for name in names if (found := _AUTHOR.fullmatch(name))]
    return _cited(families, years[-1]) if families and years else ""


def _cited(families: list[str], year: str) -> str:
    """Write authors and year as a text cites them."""
    who = " & ".join(families) if len(families) < 3 else f"{families[0]} et al."
    return f"{who}, {year}"


def _initials(name: str) -> str:
    if name == "{others}":
        return "et al"
    if name.startswith("{"):
        return name.strip("{}")
    family, _, given = name.partition(", ")
    return f"{family} {''.join(part[0] for part in given.split())}"


def _escaped(text: str) -> str:
    return re.sub(r"(?<!\\)([&%#_])", r"\\\1", text)
