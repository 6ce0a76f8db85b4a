"""Settings as sentences of a Methods section: change one, and its sentence changes."""

from collections.abc import Iterable, Sequence

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.trainer import TrainerSection
from dysarthria_lightning.data.corpora.base import CorpusSection
from dysarthria_lightning.data.features.base import AudioFeatures
from dysarthria_lightning.data.features.mel import MelFeatures
from dysarthria_lightning.data.features.mfcc import MFCCFeatures
from dysarthria_lightning.data.protocols import AcrossCorpora, AnyProtocol, KnownSpeakers
from dysarthria_lightning.models.attention import AttentionLSTM
from dysarthria_lightning.models.base import EstimatorSection, ModelSection, NetworkSection
from dysarthria_lightning.models.baseline import FeedForward
from dysarthria_lightning.models.bilstm import BiLSTM
from dysarthria_lightning.models.demographics import Demographics
from dysarthria_lightning.models.functionals import Functionals
from dysarthria_lightning.models.lstm import LSTM
from dysarthria_lightning.reporting.display import listed
from dysarthria_lightning.reporting.paper.values import model_name

#: In the place of a sample rate, of a file that holds features.
_MATRICES = 0

_MONITORED = {
    "error": "the error",
    "loss": "the mean loss",
    "auroc": "1 − AUROC",
}


def describe_corpus_settings(corpus: CorpusSection) -> list[str]:
    """Say how recordings were chosen, read and cut."""
    said = []
    if corpus.channel:
        said.append(f"Of recordings with several channels, channel {corpus.channel} was read.")
    if corpus.max_duration_s:
        said.append(f"Recordings of {corpus.max_duration_s:g} s or more were left out.")
    for key, seconds in corpus.segment_lengths().items():
        if seconds:
            name = key.split(".")[-2] if key.count(".") > 1 else ""
            which = f"Recordings of {name}" if name else "Recordings"
            said.append(f"{which} were cut into segments of {seconds:g} s.")
    if corpus.on_bad_file == "skip":
        said.append("Recordings that could not be used were left out.")
    if corpus.on_duplicate == "keep_first":
        said.append("Of a speaker's recordings that are the same audio the first was kept.")
    if corpus.permuted_labels is not None:
        said.append(
            "The labels of the speakers were dealt among them at random (seed "
            f"{corpus.permuted_labels}), so that results are what chance gives."
        )
    return said


def describe_features(configs: Sequence[Config], sample_rates: Sequence[int]) -> list[str]:
    """Say how frames were made of recordings: a paragraph for each kind of features.

    Args:
        configs: Of the cells that are finished.
        sample_rates: Of the files, in Hz, 0 of matrices of features; none where not known.
    """
    groups: dict[str, list[Config]] = {}
    for config in configs:
        settings = config.features.settings() | {"kind": config.features.kind}
        groups.setdefault(repr(settings), []).append(config)
    return [_describe_kind(group, sample_rates) for group in groups.values()]


def _describe_kind(configs: list[Config], sample_rates: Sequence[int]) -> str:
    features = configs[0].features
    counts = sorted({it.n_mfcc for it in configs if it.n_mfcc})
    said = []
    if isinstance(features, AudioFeatures) and tuple(sample_rates) != (_MATRICES,):
        said = _describe_audio(features, sample_rates)
        if isinstance(features, MFCCFeatures):
            first = "c1, without c0" if features.drop_c0 else "c0"
            said.append(
                f"Features were the first {listed(counts)} mel-frequency cepstral coefficients "
                f"(MFCC; from {first})."
            )
        elif features.kind == "log_mel":
            said.append("Features were these logarithms.")
        else:
            said.append(f"Features were of the kind “{features.kind}”.")
    if not isinstance(features, AudioFeatures) or _MATRICES in sample_rates:
        which = "Those of the other recordings" if said else "Features"
        columns = f"the first {listed(counts)} columns" if counts else "all columns"
        said.append(f"{which} were matrices computed elsewhere, of which {columns} were used.")
    if features.cmn == "recording":
        said.append("From each column its mean over the recording was subtracted.")
    return " ".join(said)


def _describe_audio(features: AudioFeatures, sample_rates: Sequence[int]) -> list[str]:
    """Say what was done to sound before and as it became frames."""
    wanted = f"{features.sample_rate_hz / 1000:g} kHz"
    there = [rate for rate in sample_rates if rate != _MATRICES]
    steps = ["freed of its mean"] if features.remove_dc else []
    if there == [features.sample_rate_hz]:
        rate = [f"Audio files had a sample rate of {wanted}."]
    else:
        rate = []
        where = " where it had another sample rate" if features.sample_rate_hz in there else ""
        steps.append(f"resampled to {wanted}{where}")
    if features.level == "recording":
        steps.append("scaled to the same root mean square")
    each = "Each recording" if there == [*sample_rates] and there else "Each audio recording"
    said = [*rate, *([f"{each} was {listed(steps)}."] if steps else [])]
    said.append(
        f"Frames had {1000 * features.window_s:g} ms, one every {1000 * features.hop_s:g} ms."
    )
    if isinstance(features, MelFeatures):
        top = features.f_max_hz or features.sample_rate_hz / 2
        said.append(
            f"From the Hann-windowed power spectrum of a frame {features.n_mels} mel bands "
            f"from {features.f_min_hz:g} to {top:g} Hz were computed, and their logarithms "
            "[@yang2022]."
        )
    return said


def describe_models(models: Iterable[ModelSection]) -> list[str]:
    """Say what each model is, a sentence or two each.

    Args:
        models: Of the cells that are finished.
    """
    return _each_once(f"{model_name(model.name)}: {_describe_model(model)}" for model in models)


def _describe_model(model: ModelSection) -> str:
    if isinstance(model, NetworkSection):
        return f"{_describe_network(model)} {_describe_penalties(model)}"
    if isinstance(model, Functionals):
        return (
            "a reference without a network: logistic regression [@pedregosa2011] on the mean and "
            "the standard deviation of each column over all frames of a speaker, standardised, "
            f"with an L2 penalty (C = {model.c:g})."
        )
    if isinstance(model, Demographics):
        return (
            "a reference that hears nothing: logistic regression [@pedregosa2011] on a speaker's "
            f"age and sex, as far as known, standardised, with an L2 penalty (C = {model.c:g})."
        )
    fitted = "fitted without gradient steps" if isinstance(model, EstimatorSection) else "a model"
    return f"{fitted}, {_own_settings(model)}."


def _describe_network(model: NetworkSection) -> str:
    units = f"{model.hidden_size} units"
    if isinstance(model, LSTM | AttentionLSTM):
        one = model.layers == 1
        layers = "one layer" if one else f"{model.layers} layers"
        pooled = (
            "the mean of the outputs at all frames, weighted by attention"
            if isinstance(model, AttentionLSTM)
            else "the output at the last frame"
        )
        return (
            f"a long short-term memory network (LSTM) [@hochreiter1997] of {layers} of {units}; "
            f"logistic regression on {pooled}."
        )
    if isinstance(model, BiLSTM):
        return (
            f"a bidirectional LSTM [@hochreiter1997] of one layer of {units} in each direction; "
            "logistic regression on the outputs of both after the whole sequence."
        )
    if isinstance(model, FeedForward):
        return (
            f"a fully connected network with one hidden layer of {units} (ReLU) over all frames "
            "at once, padded with zeros to the longest recording."
        )
    return f"a network, {_own_settings(model)}."


def _describe_penalties(model: NetworkSection) -> str:
    penalty = f"L2 penalty on weights {model.l2:g}" if model.l2 else "No L2 penalty"
    dropout = getattr(model, "dropout", None)
    if dropout is None:
        return f"{penalty}."
    return f"{penalty}; " + (f"dropout {dropout:g}." if dropout else "no dropout.")


def _own_settings(model: ModelSection) -> str:
    values = model.model_dump(exclude={"name", "architecture", "l2", "dropout"})
    settings = ", ".join(f"{key} {value}" for key, value in values.items())
    return f"architecture “{model.architecture}”" + (f" ({settings})" if settings else "")


def describe_training(trainers: Iterable[TrainerSection], judged: str) -> list[str]:
    """Say how networks were trained and when training stopped: a text for each way.

    Args:
        trainers: Of the networks.
        judged: What a model scores once, such as ``segments``.
    """
    return _each_once(_describe_trainer(trainer, judged) for trainer in trainers)


def _describe_trainer(trainer: TrainerSection, judged: str) -> str:
    stopping, monitored = trainer.early_stopping, _MONITORED[trainer.monitor]
    epochs = "epoch" if stopping.patience == 1 else "epochs in a row"
    precision = " in mixed precision (bfloat16)" if trainer.precision == "bf16-mixed" else ""
    least = (
        f" No epoch counted before {trainer.min_steps} optimisation steps, or before three "
        "quarters of the steps of all epochs if these are fewer."
        if trainer.min_steps
        else ""
    )
    return (
        f"Networks were trained with binary cross-entropy by Adam [@kingma2015] (learning rate "
        f"{trainer.learning_rate:g}, batches of {trainer.batch_size} {judged}){precision} for at "
        f"most {trainer.max_epochs} epochs. Columns were standardised by the mean and the standard "
        "deviation of the frames of the training side. Training stopped when "
        f"{monitored} of the validation side had been more than {100 * stopping.alpha:g} % above "
        f"its lowest value for {stopping.patience} {epochs}; the weights of the epoch with the "
        f"lowest were tested.{least}"
    )


def describe_protocols(
    protocols: Iterable[AnyProtocol], n_speakers: int, *, several: bool
) -> list[str]:
    """Say who was trained on, validated on and tested: a text for each way.

    Args:
        protocols: Of the cells that are finished.
        n_speakers: Of the corpus.
        several: Whether they are of several corpora.
    """
    return _each_once(_describe_protocol(it, n_speakers, several=several) for it in protocols)


def _each_once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _describe_protocol(protocol: AnyProtocol, n_speakers: int, *, several: bool) -> str:
    if isinstance(protocol, KnownSpeakers):
        parts = f"{protocol.train_parts}:{protocol.validation_parts}:{protocol.test_parts}"
        return (
            f"Known speakers: recordings were shuffled and divided {parts} into a training, a "
            "validation and a test side, so that the same people are on all sides. This overstates "
            "what a model knows of new people and is shown for contrast."
        )
    if isinstance(protocol, AcrossCorpora):
        sources = listed(protocol.train_corpora or ["all other corpora"])
        if not protocol.is_within:
            return (
                f"Across corpora: models were trained on {sources}, some of whose speakers "
                f"validated, and tested on all speakers of {protocol.test_corpus}."
            )
    novel = protocol.as_novel_speakers() if isinstance(protocol, AcrossCorpora) else protocol
    within = f" of {protocol.test_corpus}" if isinstance(protocol, AcrossCorpora) else ""
    corpus = "corpus, " if several and not within else ""
    strata = f"stratified by {corpus}class and, where known, gender"
    drawn = strata if novel.stratify else "drawn at random"
    if novel.validation == "rotating":
        validated = "the fold after the tested one validated, so that every speaker was tested once"
    else:
        n_validation = novel.n_validation(n_speakers)
        validated = f"{n_validation} other speakers validated in every fold and were never tested"
    return (
        f"New speakers: the speakers{within} were divided into {novel.folds} folds, {drawn}. Each "
        f"fold was tested by a model that had been trained on none of its speakers; {validated}."
    )
