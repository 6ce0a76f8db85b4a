"""Bundles: trained models and what must be known of them, in one file that runs no code.

A bundle is a zip archive whose members are stored as they are: ``bundle.json`` (settings, numbers
of the models, and whatever was found out about them), ``models.safetensors`` (their arrays) and
``MODEL_CARD.md``, for people. Digests of the others stand in ``bundle.json``, and its own with it.
"""

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.schema import check_section
from dysarthria_lightning.errors import ConfigError, RunError
from dysarthria_lightning.files.atomic import replacing_file
from dysarthria_lightning.files.sealed_json import seal, unseal
from dysarthria_lightning.scoring.dossier import Dossier
from dysarthria_lightning.scoring.saved import SavedModels
from dysarthria_lightning.scoring.state import ModelState
from dysarthria_lightning.version import __version__

#: Raised when a bundle begins to hold something that older versions would misread.
FORMAT = 1

_DESCRIPTION, _ARRAYS, CARD = "bundle.json", "models.safetensors", "MODEL_CARD.md"
_MEMBERS = {_DESCRIPTION, _ARRAYS, CARD}
# Far above what networks of this package take, and far below what fills a memory.
_LARGEST_BYTES = 1 << 31


@dataclass(frozen=True)
class Bundle:
    """What a bundle holds.

    Attributes:
        models: What scores.
        about: What was found out about the models, as plain values: what they were trained on, how
            well they do, the audit, thresholds.
        card: The model card, Markdown.
        version: Of the package that wrote it.
    """

    models: SavedModels
    about: dict[str, Any] = field(default_factory=dict)
    card: str = ""
    version: str = __version__


def write_bundle(bundle: Bundle, file: Path) -> None:
    """Write a bundle; the same content gives the same bytes.

    Args:
        bundle: What to write. Where the corpus lay is left out.
        file: Where to.
    """
    from safetensors.numpy import save

    models = bundle.models
    arrays = {
        f"{number}.{name}": array
        for number, state in enumerate(models.states)
        for name, array in state.arrays.items()
    }
    members = {_ARRAYS: save(arrays), CARD: bundle.card.encode()}
    description = {
        "format": FORMAT,
        "version": bundle.version,
        "settings": _settings(models.config),
        "models": [state.values for state in models.states],
        "n_stored_columns": models.n_stored_columns,
        "extraction": models.config.features.extraction if models.reads_audio else None,
        "about": bundle.about,
        "members": {name: _digest(content) for name, content in members.items()},
    }
    members[_DESCRIPTION] = json.dumps(seal(description), indent=1, ensure_ascii=False).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            # Without a date, so that the same models make the same file.
            archive.writestr(zipfile.ZipInfo(name), members[name])
    with replacing_file(file) as temporary:
        temporary.write_bytes(packed.getvalue())


def read_bundle(file: str | os.PathLike[str]) -> Bundle:
    """Read a bundle, running nothing of what is in it.

    Args:
        file: The bundle.

    Raises:
        RunError: There is no such file, it is no bundle, damaged, or of a newer version.
    """
    members = _read_members(Path(file))
    try:
        description = unseal(members[_DESCRIPTION].decode())
    except (ValueError, RecursionError):
        raise _damaged(file, _DESCRIPTION) from None
    if description.get("format") != FORMAT:
        raise RunError(
            f"{file} is a bundle of format {description.get('format')}, written by version "
            f"{description.get('version')}; this version, {__version__}, reads format {FORMAT}"
        )
    try:
        for name in (_ARRAYS, CARD):
            if _digest(members[name]) != description["members"][name]:
                raise _damaged(file, name)
        return Bundle(
            _models(file, description, members[_ARRAYS]),
            description["about"],
            members[CARD].decode(),
            description["version"],
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise RunError(f"{file} is no bundle that this package wrote ({error!r})") from None


def read_dossier(file: str | os.PathLike[str]) -> tuple[Bundle, Dossier]:
    """Read a bundle with what must be known of its model.

    Args:
        file: The bundle.

    Raises:
        RunError: See :func:`read_bundle`; or it holds models alone.
    """
    bundle = read_bundle(file)
    try:
        return bundle, Dossier.from_dict(bundle.about)
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{file} lacks what must be known of its model ({error})") from None


def _read_members(file: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _check_members(file, entries)
            return {entry.filename: archive.read(entry) for entry in entries}
    except FileNotFoundError:
        raise RunError(f"{file}: there is no such file") from None
    except (OSError, EOFError, RuntimeError, zipfile.BadZipFile) as error:
        # RuntimeError: encrypted, or of a kind of archive that Python cannot read.
        raise RunError(f"{file} is no bundle, or damaged ({error})") from None


def _check_members(file: Path, entries: list[zipfile.ZipInfo]) -> None:
    """Refuse whatever this package would not have written, before any of it is read."""
    names = [entry.filename for entry in entries]
    foreign = [name for name in names if name not in _MEMBERS]
    if foreign:
        raise RunError(
            f"{file} is no bundle: it holds {foreign[0]!r}; a bundle holds "
            f"{', '.join(sorted(_MEMBERS))} and nothing else"
        )
    if set(names) != _MEMBERS or len(names) > len(_MEMBERS):
        raise RunError(f"{file} is no bundle: it holds {', '.join(names) or 'nothing'} only")
    for entry in entries:
        if entry.compress_type != zipfile.ZIP_STORED or entry.file_size > _LARGEST_BYTES:
            raise RunError(f"{file} is no bundle: {entry.filename} is packed or too large")


def _models(
    file: str | os.PathLike[str], description: Mapping[str, Any], packed: bytes
) -> SavedModels:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        config = check_section(Config, description["settings"])
    except ConfigError as error:
        raise RunError(f"{file} cannot be used by this version: {error}") from None
    try:
        arrays = load(packed)
    except SafetensorError as error:
        raise RunError(f"{file}: {_ARRAYS} cannot be read ({error})") from None
    states = tuple(
        ModelState(
            {
                name.removeprefix(f"{number}."): array
                for name, array in arrays.items()
                if name.startswith(f"{number}.")
            },
            values,
        )
        for number, values in enumerate(description["models"])
    )
    alike = description["extraction"] == config.features.extraction
    return SavedModels(config, states, description["n_stored_columns"], alike)


def _settings(config: Config) -> dict[str, Any]:
    """Return a configuration's values without what tells of the machine and its folders."""
    values = config.model_copy(update={"from_": None, "tested_epochs": None}).values()
    return values | {"data": config.data.without_places(), "outputs_dir": "outputs"}


def _damaged(file: str | os.PathLike[str], member: str) -> RunError:
    return RunError(f"{file} is damaged: {member} is not what was written")


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()
