"""Texts of the page that a browser unpacks once the page is seen."""

import base64
import json
import re
import zlib
from collections.abc import Iterable
from functools import cache
from urllib.parse import quote

from dysarthria_lightning.reporting.render.chart import Chart

# Characters that an address may have as they are.
_PLAIN = " !$&()*+,-./:;=?@[]_{}|'"


def pack(text: str) -> str:
    """Compress a text for ``DecompressionStream("deflate")``, written in Base64.

    The format holds no time and no name: equal texts give equal bytes.

    Args:
        text: Of any length.
    """
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def pack_charts(charts: Iterable[Chart]) -> str:
    """Pack the data and the layout of charts by their names.

    Args:
        charts: All of a page.
    """
    by_name = {chart.name: {"data": chart.data, "layout": chart.layout} for chart in charts}
    return pack(json.dumps(by_name, sort_keys=True, allow_nan=False, separators=(",", ":")))


@cache
def packed_plotly() -> str:
    """Pack plotly.js, which takes half a second."""
    from plotly.offline import get_plotlyjs

    return pack(get_plotlyjs())


def image_address(svg: str) -> str:
    """Write a picture as the address of an image.

    Args:
        svg: Its text. Places are written to a hundredth of a point; metadata and names of groups,
            which nothing refers to, are left out.
    """
    unused = r"<metadata>.*?</metadata>|<\?xml.*?\?>\s*|<!DOCTYPE[^>]*>\s*"
    text = re.sub(unused, "", svg, flags=re.DOTALL)
    text = re.sub(r'<g id="[^"]*"', "<g", text)
    text = re.sub(r' d="[^"]*"', _shorten, text)
    text = re.sub(r' (?:x|y|transform)="[^"]*"', _round, text)
    text = re.sub(r">\s+<", "><", text)
    # Shorter than Base64: of a picture's characters only few must be written otherwise.
    return f"data:image/svg+xml,{quote(text, safe=_PLAIN)}"


def _shorten(path: re.Match[str]) -> str:
    """Round the numbers of a path, and leave out white space that separates nothing."""
    return re.sub(r"\s*([MLQCz])\s*", r"\1", _round(path))


def _round(places: re.Match[str]) -> str:
    return re.sub(
        r"-?\d+\.\d+", lambda number: f"{float(number[0]):z.2f}".rstrip("0").rstrip("."), places[0]
    )
