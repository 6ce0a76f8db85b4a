"""Every model keeps its kind's contracts; what is special about one is tested here too."""

from typing import Any

import numpy as np
import pytest
import torch
from estimator_contracts import EstimatorContract, recordings_of
from network_contracts import HIDDEN, N_COLUMNS, NetworkContract, pad
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from dysarthria_lightning.config.members import MODELS
from dysarthria_lightning.models.attention import AttentionLSTM
from dysarthria_lightning.models.baseline import FeedForward
from dysarthria_lightning.models.bilstm import BiLSTM
from dysarthria_lightning.models.functionals import Functionals
from dysarthria_lightning.models.lstm import LSTM
from dysarthria_lightning.models.parts.encoders import reverse_within_length
from dysarthria_lightning.models.parts.pooling import AttentionPooling


class TestBaseline(NetworkContract):
    choice = "baseline"


class TestLSTM1(NetworkContract):
    choice = "lstm1"


class TestLSTM2(NetworkContract):
    choice = "lstm2"


class TestBiLSTM1(NetworkContract):
    choice = "bilstm1"


class TestAttention(NetworkContract):
    choice = "attention"


class TestFunctionals(EstimatorContract):
    choice = "functionals"


class TestDemographics(EstimatorContract):
    choice = "demographics"


def test_every_architecture_keeps_its_contracts() -> None:
    tested = [*NetworkContract.__subclasses__(), *EstimatorContract.__subclasses__()]
    assert {member.section().architecture for member in tested} == set(MODELS)


def make_network(section: type[Any], **settings: Any) -> Any:
    torch.manual_seed(1)
    plain = {"name": "net", "hidden_size": HIDDEN, "l2": 0.0}
    names = [name for name, members in MODELS.items() if members is section]
    return section(architecture=names[0], **plain, **settings).build(N_COLUMNS, 12).eval()


def packed_logits(network: Any, features: Tensor, lengths: Tensor) -> Tensor:
    """The textbook way, with the same weights: packing, and one bidirectional LSTM."""
    packed = pack_padded_sequence(features, lengths, batch_first=True, enforce_sorted=False)
    if hasattr(network.encoder, "lstm"):
        _, (hidden, _) = network.encoder.lstm(packed)
        last = hidden[-1]
    else:
        both = nn.LSTM(N_COLUMNS, HIDDEN, batch_first=True, bidirectional=True)
        weights = network.encoder.forward_lstm.state_dict()
        backward = network.encoder.backward_lstm.state_dict()
        both.load_state_dict(weights | {f"{key}_reverse": it for key, it in backward.items()})
        _, (hidden, _) = both(packed)
        last = torch.cat([hidden[0], hidden[1]], dim=1)
    return network.head.output(last).squeeze(1)


@pytest.mark.parametrize(
    "network",
    [
        make_network(LSTM, layers=1, dropout=0.0),
        make_network(LSTM, layers=2, dropout=0.5),
        make_network(BiLSTM),
    ],
    ids=["lstm1", "lstm2", "bilstm1"],
)
def test_logits_and_gradients_equal_those_of_packing(network: Any) -> None:
    lengths = torch.tensor([12, 3, 7, 1])
    features = pad([torch.randn(n, N_COLUMNS) for n in lengths.tolist()], 12, 0.0)
    ours, packed = network(features, lengths), packed_logits(network, features, lengths)
    torch.testing.assert_close(ours, packed, atol=1e-5, rtol=0)
    if hasattr(network.encoder, "lstm"):  # else packing ran on a copy of the weights
        weights = [*network.encoder.parameters(), network.head.output.weight]
        torch.testing.assert_close(
            torch.autograd.grad(ours.sum(), weights), torch.autograd.grad(packed.sum(), weights)
        )


def test_dropout_acts_between_layers_and_before_the_output_in_training_only() -> None:
    network = make_network(LSTM, layers=2, dropout=0.5).train()
    assert network.encoder.lstm.dropout == network.head.dropout.p == 0.5
    features, lengths = torch.randn(4, 6, N_COLUMNS), torch.full((4,), 6)
    assert not torch.equal(network(features, lengths), network(features, lengths))
    network.eval()
    assert torch.equal(network(features, lengths), network(features, lengths))


def test_reversal_mirrors_within_the_length_only() -> None:
    features = torch.arange(8.0).reshape(2, 4, 1)
    reversed_ = reverse_within_length(features, torch.tensor([3, 4]))
    assert reversed_.flatten().tolist() == [2, 1, 0, 3, 7, 6, 5, 4]


def test_baseline_refuses_what_is_longer_than_its_input() -> None:
    with pytest.raises(ValueError, match="13 frames exceeds the network's 12"):
        make_network(FeedForward)(torch.zeros(1, 13, N_COLUMNS), torch.tensor([13]))


def test_baseline_accepts_padding_beyond_its_input() -> None:
    network = make_network(FeedForward)
    recording = torch.randn(1, 12, N_COLUMNS)
    wider = torch.cat([recording, torch.ones(1, 3, N_COLUMNS)], dim=1)
    torch.testing.assert_close(
        network(recording, torch.tensor([12])), network(wider, torch.tensor([12]))
    )


def test_attention_weighs_a_recordings_own_frames_as_a_loop_does() -> None:
    torch.manual_seed(0)
    pooling = AttentionPooling(HIDDEN)
    outputs, lengths = torch.randn(3, 6, HIDDEN), torch.tensor([6, 1, 4])
    weights = pooling.weights(outputs, lengths)
    for row, length in enumerate(lengths.tolist()):
        hidden = torch.tanh(outputs[row, :length] @ pooling.hidden.weight.T + pooling.hidden.bias)
        exponentials = torch.exp(hidden @ pooling.importance.weight[0])
        expected = exponentials / exponentials.sum()
        torch.testing.assert_close(weights[row, :length], expected)
        assert (weights[row, length:] == 0).all()
        pooled = (expected[:, None] * outputs[row, :length]).sum(dim=0)
        torch.testing.assert_close(pooling(outputs, lengths)[row], pooled)
    assert isinstance(make_network(AttentionLSTM, layers=1, dropout=0.0).pooling, AttentionPooling)


def test_functionals_are_scikit_learns_regression_on_means_and_deviations() -> None:
    train, test = recordings_of(20), recordings_of(10, seed=1)

    def functionals(recordings: Any) -> np.ndarray:
        rows = []
        for speaker in dict.fromkeys(recordings.speakers):
            own = [
                f
                for f, s in zip(recordings.frames, recordings.speakers, strict=True)
                if s == speaker
            ]
            frames = np.vstack(own)
            rows.append([*frames.mean(axis=0), *frames.std(axis=0)])
        return np.array(rows)

    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
    pipeline.fit(functionals(train), train.labels[::2])
    expected = np.repeat(pipeline.decision_function(functionals(test)), 2)
    section = Functionals(name="functionals", architecture="functionals", c=0.1)
    np.testing.assert_allclose(section.score(section.fit(train), test), expected, atol=1e-4)
