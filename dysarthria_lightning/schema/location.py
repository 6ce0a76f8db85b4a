"""Where ``conf/`` lies."""

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
# The wheel carries conf/ inside the package; a checkout has it beside the package.
CONF_DIR = str(
    next(folder for folder in (_PACKAGE / "conf", _PACKAGE.parent / "conf") if folder.is_dir())
)
