"""The glossary on the page is docs/glossary.md's."""

from dysarthria_lightning.reporting.glossary import explained, glossary, terms_in

WANTED = (
    *("AUROC", "interval", "fold", "repeat", "speaker level", "soft majority", "noisy-OR"),
    *("chance", "audit", "calibration", "sensitivity", "specificity", "PPV", "NPV"),
    *("net benefit", "reference", "MFCC", "Holm's method", "prevalence"),
)


def test_every_term_is_there_once() -> None:
    names = [name for term in glossary() for name in term.names]
    assert len(names) == len(set(names))
    assert set(WANTED) <= set(names)
    anchors = [term.anchor for term in glossary()]
    assert len(anchors) == len(set(anchors))


def test_only_terms_that_a_page_uses_are_listed() -> None:
    html = "<style>.fold {}</style><p title='audit'>The <b>Sensitivity</b> of mfccs, MFCCs</p>"
    assert [term.names[0] for term in terms_in(html)] == ["MFCC", "sensitivity"]
    assert terms_in("<p>auroc scaffolds</p>") == []


def test_terms_in_columns_names_say_what_they_mean() -> None:
    text = explained("AUROC, % <b>")
    assert text.startswith('<abbr title="Area under the ROC curve: of 100 pairs')
    assert text.endswith(">AUROC</abbr>, % &lt;b&gt;")
    assert explained("Model") == "Model"
