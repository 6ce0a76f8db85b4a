"""Which columns of a user's table hold what is read, whatever they are called."""

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

#: Common names, in the form of :func:`plain_name`.
_SYNONYMS = {
    "path": (
        *("file", "filename", "file_name", "filepath", "file_path", "audio", "audio_file"),
        *(
            "audio_path",
            "audiofile",
            "wav",
            "wav_file",
            "wav_path",
            "wavfile",
            "sound",
            "recording",
        ),
        *("datei", "dateiname", "dateipfad", "pfad", "audiodatei", "aufnahme", "fichier"),
        *("archivo", "soundfile", "sound_file", "recording_path", "recording_file"),
    ),
    "speaker_id": (
        *("speaker", "spk", "spk_id", "speakerid", "patient", "patient_id", "patientid", "subject"),
        *("subject_id", "subjectid", "subj", "subj_id", "participant", "participant_id", "person"),
        *("participantid", "person_id", "patient_nr", "patient_no", "patienten_id", "proband"),
        *("probandin", "proband_id", "probanden_id", "sprecher", "sprecherin", "sprecher_id"),
        *("speaker_name", "patienten_nr", "patientennummer", "locuteur", "hablante", "paciente"),
    ),
    "label": (
        *("group", "gruppe", "diagnosis", "diagnose", "class", "klasse", "category", "dysarthria"),
        *("labels", "groupe", "grupo", "diagnostic", "diagnostico", "status", "dysarthrie"),
    ),
    "gender": ("sex", "geschlecht", "sexe", "sexo", "genero", "m/f", "f/m", "m_f"),
    "age": (
        *("alter", "age_years", "age_in_years", "edad", "alter_in_jahren"),
        *("age_yrs", "patient_age", "speaker_age"),
    ),
    "severity": ("schweregrad", "severity_score", "dysarthria_severity", "gravite", "gravedad"),
    "start": ("start_s", "start_sec", "start_seconds", "begin", "begin_s", "beginn"),
    "channel": ("kanal", "ch", "audio_channel", "channel_number", "canal"),
    "end": ("end_s", "end_sec", "end_seconds", "ende", "stop", "stop_s"),
}
# The length of a part, which is no end.
_DURATIONS = ("duration", "duration_s", "dur", "dauer", "length", "length_s")
_MAX_LISTED = 30


@dataclass
class Columns:
    """What was found.

    Attributes:
        taken: By what is read, the name of its column in the table.
        problems: Why the table cannot be read so.
        guessed: Which columns were taken for another name.
        notes: What else the user should know: columns in doubt, columns that nothing reads.
    """

    taken: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    guessed: str | None = None
    notes: list[str] = field(default_factory=list)


def plain_name(name: str) -> str:
    """Return a column's name in small letters, without accents, unit and kinds of blanks.

    Example:
        >>> plain_name(" Alter (Jahre)")
        'alter'
    """
    name = re.sub(r"\s*[(\[][^)\]]*[)\]]\s*$", "", name.strip()) or name
    letters = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[\s._\-:]+", "_", letters).strip("_")


def find_columns(
    names: Sequence[str],
    given: Mapping[str, str | None],
    required: Sequence[str],
    optional: Sequence[str],
) -> Columns:
    """Find the columns to be read.

    Args:
        names: Those of the table, in order.
        given: By what is read, the name that the user gives; None where it is not to be read.
        required: What must be there.
        optional: What may be there.
    """
    found = Columns()
    plain = {name: plain_name(name) for name in names if name}
    asked = {name for name in given.values() if name}
    for column in (*required, *optional):
        if column in given:
            fitting = _as_given(given[column], plain)
            if given[column] is not None and len(fitting) != 1:
                found.problems.append(_not_there(column, str(given[column]), names))
        else:
            free = {name: form for name, form in plain.items() if name not in asked}
            fitting = _fitting(column, free)
        if len(fitting) == 1:
            found.taken[column] = fitting[0]
        elif fitting and column not in given:
            text = (
                f"{_listed(fitting, ' and ')} may each be {column}; name one with "
                f"data.columns='{{{column}: \"{fitting[0]}\"}}'"
            )
            (found.problems if column in required else found.notes).append(text)
    twice = sorted(name for name in set(found.taken.values()) if list(names).count(name) > 1)
    if twice:
        found.problems.append(f"there is more than one column {' and '.join(twice)}")
    _note(found, plain)
    missing = [column for column in required if column not in found.taken]
    if missing and not found.problems:
        found.problems.append(
            f"column {' and '.join(missing)} missing; the table has {_listed(names)}; needed are "
            f"{', '.join(required)}, optional {', '.join(optional)}. If yours has another name, "
            f"say so: data.columns='{{{missing[0]}: \"its name\"}}'"
        )
    return found


def _as_given(name: str | None, plain: Mapping[str, str]) -> list[str]:
    if name is None:
        return []
    name = name.strip()
    return [name] if name in plain else [it for it in plain if plain[it] == plain_name(name)]


def _fitting(column: str, plain: Mapping[str, str]) -> list[str]:
    """Return the columns of the best sort: its own name, that in another case, a synonym."""
    if column in plain:
        return [column]
    same = [name for name, form in plain.items() if form == column]
    synonyms = _SYNONYMS.get(column, ())
    return same or [name for name, form in plain.items() if form in synonyms]


def _not_there(column: str, name: str, names: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    hint = f" (did you mean {_listed(close)}?)" if close else ""
    return (
        f"data.columns: {column} is to be in column {name}, which is not there{hint}; the table "
        f"has {_listed(names)}"
    )


def _note(found: Columns, plain: Mapping[str, str]) -> None:
    """Say which names were guessed, and which columns nothing reads."""
    guessed = [
        f"{_listed([name])} as {column}"
        for column, name in found.taken.items()
        if plain[name] != column
    ]
    if guessed:
        column = next(it for it, name in found.taken.items() if plain[name] != it)
        found.guessed = (
            f"columns are read so: {', '.join(guessed)} "
            f"(data.columns='{{{column}: null}}' leaves one out)"
        )
    known = {column: column for column in _SYNONYMS if column not in found.taken}
    known |= {it: column for column in known for it in _SYNONYMS.get(column, ())}
    unread = []
    for name, form in plain.items():
        if name not in found.taken.values():
            close = difflib.get_close_matches(form, known, n=1, cutoff=0.75)
            hint = f" (did you mean {known[close[0]]}?)" if close else ""
            unread.append(_listed([name]) + hint)
            if form in _DURATIONS and "start" in found.taken and "end" not in found.taken:
                found.problems.append(
                    f"column {_listed([name])} is not read beside {found.taken['start']}: give the "
                    "end of each part in a column end, in seconds from the file's beginning"
                )
    if unread:
        found.notes.append(f"columns that nothing reads: {_listed(unread)}")


def _listed(names: Sequence[str], between: str = ", ") -> str:
    """List names as a terminal may show them: no control characters, and not a thousand."""
    shown = [name if name.isprintable() else repr(name) for name in names[:_MAX_LISTED]]
    more = f" and {len(names) - _MAX_LISTED} more" if len(names) > _MAX_LISTED else ""
    return between.join(f"{name[:60]}..." if len(name) > 80 else name for name in shown) + more
