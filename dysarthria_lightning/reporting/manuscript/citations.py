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


_ALL = (
    Reference(
        "mayle2019",
        "inproceedings",
        (
            "Mayle, Alex",
            "Mou, Zhiwei",
            "Bunescu, Razvan",
            "Mirshekarian, Sadegh",
            "Xu, Li",
            "Liu, Chang",
        ),
        "Diagnosing Dysarthria with Long Short-Term Memory Networks",
        "2019",
        {"booktitle": "Interspeech 2019"},
        url="https://www.isca-archive.org/interspeech_2019/mayle19_interspeech.html",
    ),
    Reference(
        "hochreiter1997",
        "article",
        ("Hochreiter, Sepp", "Schmidhuber, Jürgen"),
        "Long Short-Term Memory",
        "1997",
        {"journal": "Neural Computation", "volume": "9", "number": "8", "pages": "1735–1780"},
        "10.1162/neco.1997.9.8.1735",
    ),
    Reference(
        "kingma2015",
        "misc",
        ("Kingma, Diederik P.", "Ba, Jimmy"),
        "Adam: A Method for Stochastic Optimization",
        "2015",
        {"howpublished": "arXiv:1412.6980"},
        url="https://arxiv.org/abs/1412.6980",
    ),
    Reference(
        "pedregosa2011",
        "article",
        ("Pedregosa, Fabian", "Varoquaux, Gaël", "{others}"),
        "Scikit-learn: Machine Learning in Python",
        "2011",
        {"journal": "Journal of Machine Learning Research", "volume": "12", "pages": "2825–2830"},
    ),
    Reference(
        "efron1987",
        "article",
        ("Efron, Bradley",),
        "Better Bootstrap Confidence Intervals",
        "1987",
        {
            "journal": "Journal of the American Statistical Association",
            "volume": "82",
            "number": "397",
            "pages": "171–185",
        },
        "10.1080/01621459.1987.10478410",
    ),
    Reference(
        "holm1979",
        "article",
        ("Holm, Sture",),
        "A Simple Sequentially Rejective Multiple Test Procedure",
        "1979",
        {
            "journal": "Scandinavian Journal of Statistics",
            "volume": "6",
            "number": "2",
            "pages": "65–70",
        },
        url="https://www.jstor.org/stable/4615733",
    ),
    Reference(
        "vickers2006",
        "article",
        ("Vickers, Andrew J.", "Elkin, Elena B."),
        "Decision Curve Analysis: A Novel Method for Evaluating Prediction Models",
        "2006",
        {
            "journal": "Medical Decision Making",
            "volume": "26",
            "number": "6",
            "pages": "565–574",
        },
        "10.1177/0272989X06295361",
    ),
    Reference(
        "collins2024",
        "article",
        ("Collins, Gary S.", "Moons, Karel G. M.", "{others}"),
        "TRIPOD+AI statement: updated guidance for reporting clinical prediction models that use "
        "regression or machine learning methods",
        "2024",
        {"journal": "BMJ", "volume": "385", "pages": "e078378"},
        "10.1136/bmj-2023-078378",
    ),
    Reference(
        "sounderajah2025",
        "article",
        ("Sounderajah, Viknesh", "Guni, Ahmad", "{others}"),
        "The STARD-AI reporting guideline for diagnostic accuracy studies using artificial "
        "intelligence",
        "2025",
        {"journal": "Nature Medicine", "volume": "31", "number": "10", "pages": "3283–3289"},
        "10.1038/s41591-025-03953-8",
    ),
    Reference(
        "ansel2024",
        "inproceedings",
        ("Ansel, Jason", "Yang, Edward", "{others}"),
        "PyTorch 2: Faster Machine Learning Through Dynamic Python Bytecode Transformation and "
        "Graph Compilation",
        "2024",
        {"booktitle": "ASPLOS 2024, Volume 2", "pages": "929–947"},
        "10.1145/3620665.3640366",
    ),
    Reference(
        "falcon2019",
        "misc",
        ("Falcon, William", "{The PyTorch Lightning team}"),
        "PyTorch Lightning",
        "2019",
        {"howpublished": "Zenodo"},
        "10.5281/zenodo.3828935",
    ),
    Reference(
        "yadan2019",
        "misc",
        ("Yadan, Omry",),
        "Hydra – A framework for elegantly configuring complex applications",
        "2019",
        {"howpublished": "GitHub"},
        url="https://github.com/facebookresearch/hydra",
    ),
    Reference(
        "yang2022",
        "inproceedings",
        ("Yang, Yao-Yuan", "Hira, Moto", "Ni, Zhaoheng", "{others}"),
        "TorchAudio: Building Blocks for Audio and Speech Processing",
        "2022",
        {"booktitle": "ICASSP 2022", "pages": "6982–6986"},
        "10.1109/ICASSP43922.2022.9747236",
    ),
)
REFERENCES = {reference.key: reference for reference in _ALL}


def references_of(content: ReportContent, texts: Iterable[str]) -> list[Reference]:
    """List what texts cite, and what the report itself rests on, in alphabetical order.

    Args:
        content: Of the report; its corpora say how they are cited.
        texts: With ``[@key]`` where they cite.
    """
    keys = {key for text in texts for key in CITED.findall(text)}
    corpora = corpus_references(content)
    known = REFERENCES | {it.key: it for it in corpora}
    return sorted((known[key] for key in keys), key=lambda it: it.as_text().lower())


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
    return CITED.sub(lambda found: f" ({references[found[1]].short})", text)


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
