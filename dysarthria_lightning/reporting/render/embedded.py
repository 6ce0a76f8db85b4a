"""Data that stand in the page for its scripts to read."""

import json

from markupsafe import Markup


def embedded_json(value: object) -> Markup:
    """Write a value as JSON that can stand in a script element.

    Args:
        value: Of dicts, lists, texts, finite numbers, booleans and None.
    """
    text = json.dumps(value, sort_keys=True, allow_nan=False, separators=(",", ":"))
    # Within a script element only these could end it or change how it is read.
    return Markup(text.replace("<", r"\u003c").replace("&", r"\u0026"))
