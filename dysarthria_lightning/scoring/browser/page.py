"""The page: one file that scores recordings in a browser, from disk and without a server."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from dysarthria_lightning.scoring.portable import describe_models
from dysarthria_lightning.scoring.saved import SavedModels

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class PageTexts:
    """What stands on a page beside scores.

    Attributes:
        title: Of the page.
        cautions: What the score is not, a sentence each.
        facts: What it rests on, as terms and facts.
        threshold: ``value`` (0 to 1) and ``origin``, which completes "the threshold of 50 %, …";
            None: no score is called high or low.
        trained_on: ``seconds`` (shortest and longest recording), ``rates_hz``, ``level_db`` and
            ``floor_db`` (lowest and highest), as far as they are known.
    """

    title: str
    cautions: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    threshold: dict[str, Any] | None = None
    trained_on: dict[str, Any] = field(default_factory=dict)


def render_page(saved: SavedModels, texts: PageTexts) -> str:
    """Make a page.

    Args:
        saved: The models.
        texts: What stands beside the scores.

    Returns:
        HTML that fetches nothing.

    Raises:
        RunError: The page's script cannot compute such features or such models.
    """
    from jinja2 import Environment
    from markupsafe import Markup

    def script(name: str) -> Markup:
        return Markup((_FOLDER / name).read_text(encoding="utf-8"))

    def data(values: Any) -> Markup:
        # Nothing in it may end the element that it stands in.
        return Markup(json.dumps(values, ensure_ascii=True).replace("<", "\\u003c"))

    features = saved.config.features
    settings = {
        "threshold": texts.threshold,
        "trained_on": texts.trained_on,
        "picture": f"Features ({features.kind}) over time, low columns at the bottom",
    }
    template = Environment(autoescape=True, trim_blocks=True).from_string(
        (_FOLDER / "page.html.jinja").read_text(encoding="utf-8")
    )
    return template.render(
        title=texts.title,
        cautions=texts.cautions,
        facts=texts.facts,
        threshold=texts.threshold,
        css=script("page.css"),
        model=data(pack(describe_models(saved))),
        settings=data(settings),
        scorer=script("scorer.js"),
        page=script("page.js"),
    )


def pack(values: Any) -> Any:
    """Put text in the place of arrays, as ``unpackModel`` in ``scorer.js`` reads it.

    Args:
        values: What :func:`portable.describe_models` returned, or a part of it.
    """
    if isinstance(values, dict):
        return {key: pack(value) for key, value in values.items()}
    if isinstance(values, list):
        return [pack(value) for value in values]
    if isinstance(values, np.ndarray):
        content = base64.b64encode(values.tobytes()).decode()
        return {"type": str(values.dtype), "base64": content}
    return values
