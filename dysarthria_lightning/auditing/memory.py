"""A8, without a network: how well a model remembers labels that say nothing but who is speaking."""

from dysarthria_lightning.auditing.finding import Finding, Light


def memory_finding(auroc: float) -> Finding:
    """Say how well a model tells labels that were dealt at random, of speakers it has heard.

    What exceeds one half is memory of who is speaking: the labels say nothing else (Chaibub Neto
    et al., A permutation approach to assess confounding in machine learning applications for
    digital health, 2019).

    Args:
        auroc: Of recordings of known speakers.
    """
    text = (
        f"Of speakers it has heard, the model tells labels that were dealt at random with an AUROC "
        f"of {100 * auroc:.1f} %. What exceeds 50 is who is speaking: a result on known speakers "
        "must exceed it to say anything about dysarthria"
    )
    return Finding("memory", "Identity, known speakers", Light.NOTE, f"{text}.", auroc)
