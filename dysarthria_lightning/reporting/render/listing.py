"""The page that lists what is trained: sorted by a click, and whole without any script."""

import math
import os
from pathlib import Path
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from dysarthria_lightning.files.atomic import write_text
from dysarthria_lightning.reporting.display import capitalised
from dysarthria_lightning.reporting.listing import ABOUT_AUROC, Listed, Listing
from dysarthria_lightning.reporting.paper import values as paper

_TEMPLATES = Path(__file__).parent / "templates"


def write_listing(folder: Path, listing: Listing) -> Path:
    """Write the page.

    Args:
        folder: Where the pages of single cross-validations lie, too.
        listing: What is on disk.

    Returns:
        The page.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template("listing.html.jinja").render(
        outputs=listing.outputs_dir,
        rows=[_row(it, folder) for it in listing.rows],
        notes=listing.notes,
        about_auroc=ABOUT_AUROC,
        css=_text_of("report.css"),
        js=_text_of("listing.js"),
    )
    folder.mkdir(parents=True, exist_ok=True)
    write_text(text, folder / "index.html")
    return folder / "index.html"


def _text_of(name: str) -> Markup:
    return Markup((_TEMPLATES / name).read_text(encoding="utf-8"))


def _row(it: Listed, folder: Path) -> dict[str, object]:
    href = None if it.page is None else quote(Path(os.path.relpath(it.page, folder)).as_posix())
    protocol = paper.PROTOCOL_NAMES.get(it.cell.protocol, it.cell.protocol.replace("_", " "))
    return {
        "corpus": f"{it.corpus} ({it.tag})" if it.tag else it.corpus,
        "protocol": capitalised(protocol),
        "subset": it.cell.subset,
        "features": it.cell.features,
        "model": paper.model_name(it.cell.model),
        "repeats": it.repeats,
        "finished": it.finished,
        "speakers": "" if it.n_speakers is None else it.n_speakers,
        "auroc": it.auroc_text,
        "value": "" if math.isnan(it.auroc[0]) else it.auroc[0],
        "date": it.date,
        "command": it.command,
        "href": href,
    }
