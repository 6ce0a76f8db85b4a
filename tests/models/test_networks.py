"""Padding must not matter: against each recording alone, and against packing."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from dysarthria_lightning.models import BiLSTMClassifier, FeedForwardClassifier, LSTMClassifier
from dysarthria_lightning.models.lstm import reverse_within_length

N_COEFFICIENTS, HIDDEN, MAX_FRAMES = 5, 7, 12

NETWORKS: dict[str, Any] = {
    "baseline": lambda: FeedForwardClassifier(N_COEFFICIENTS, MAX_FRAMES, HIDDEN),
    "lstm1": lambda: LSTMClassifier(N_COEFFICIENTS, HIDDEN),
    "lstm2": lambda: LSTMClassifier(N_COEFFICIENTS, HIDDEN, layers=2, dropout=0.5),
    "bilstm1": lambda: BiLSTMClassifier(N_COEFFICIENTS, HIDDEN),
}


def make_network(name: str) -> nn.Module:
    torch.manual_seed(1)
    return NETWORKS[name]().eval()


def pad(recordings: list[Tensor], frames: int, filler: float) -> Tensor:
    padded = torch.full((len(recordings), frames, N_COEFFICIENTS), filler)
    for row, recording in enumerate(recordings):
        padded[row, : len(recording)] = recording
    return padded


@pytest.mark.parametrize("name", NETWORKS)
@settings(max_examples=25, deadline=None)
@given(
    lengths=st.lists(st.integers(1, MAX_FRAMES), min_size=1, max_size=6),
    filler=st.sampled_from([0.0, -3.0, 1e6, float("nan")]),
    seed=st.integers(0, 99),
)
def test_batch_gives_the_logits_of_each_recording_alone(
    name: str, lengths: list[int], filler: float, seed: int
) -> None:
    network = make_network(name)
    generator = torch.Generator().manual_seed(seed)
    recordings = [torch.randn(n, N_COEFFICIENTS, generator=generator) for n in lengths]
    with torch.no_grad():
        batch = network(pad(recordings, max(lengths), filler), torch.tensor(lengths))
        alone = [network(one[None], torch.tensor([len(one)])) for one in recordings]
    torch.testing.assert_close(batch, torch.cat(alone), atol=1e-5, rtol=0)


def packed_logits(network: nn.Module, features: Tensor, lengths: Tensor) -> Tensor:
    """The textbook way, with the same weights: packing, and one bidirectional LSTM."""
    packed = pack_padded_sequence(features, lengths, batch_first=True, enforce_sorted=False)
    if isinstance(network, LSTMClassifier):
        _, (hidden, _) = network.lstm(packed)
        last = hidden[-1]
    else:
        assert isinstance(network, BiLSTMClassifier)
        both = nn.LSTM(N_COEFFICIENTS, HIDDEN, batch_first=True, bidirectional=True)
        weights = network.forward_lstm.state_dict()
        weights |= {f"{k}_reverse": v for k, v in network.backward_lstm.state_dict().items()}
        both.load_state_dict(weights)
        _, (hidden, _) = both(packed)
        last = torch.cat([hidden[0], hidden[1]], dim=1)
    return network.output(last).squeeze(1)


@pytest.mark.parametrize("name", ["lstm1", "lstm2", "bilstm1"])
def test_logits_and_gradients_equal_those_of_packing(name: str) -> None:
    network = make_network(name)
    lengths = torch.tensor([12, 3, 7, 1])
    features = pad([torch.randn(n, N_COEFFICIENTS) for n in lengths.tolist()], 12, 0.0)
    ours, packed = network(features, lengths), packed_logits(network, features, lengths)
    torch.testing.assert_close(ours, packed, atol=1e-5, rtol=0)
    if name != "bilstm1":  # there, packing ran on a copy of the weights
        weights = [*network.lstm.parameters(), network.output.weight]
        torch.testing.assert_close(
            torch.autograd.grad(ours.sum(), weights), torch.autograd.grad(packed.sum(), weights)
        )


def test_dropout_acts_between_layers_and_before_the_output_in_training_only() -> None:
    network = LSTMClassifier(N_COEFFICIENTS, HIDDEN, layers=2, dropout=0.5)
    assert network.lstm.dropout == network.dropout.p == 0.5
    features, lengths = torch.randn(4, 6, N_COEFFICIENTS), torch.full((4,), 6)
    assert not torch.equal(network(features, lengths), network(features, lengths))
    network.eval()
    assert torch.equal(network(features, lengths), network(features, lengths))


def test_reversal_mirrors_within_the_length_only() -> None:
    features = torch.arange(8.0).reshape(2, 4, 1)
    reversed_ = reverse_within_length(features, torch.tensor([3, 4]))
    assert reversed_.flatten().tolist() == [2, 1, 0, 3, 7, 6, 5, 4]


def test_baseline_refuses_what_is_longer_than_its_input() -> None:
    with pytest.raises(ValueError, match="13 frames exceeds the network's 12"):
        make_network("baseline")(torch.zeros(1, 13, N_COEFFICIENTS), torch.tensor([13]))


def test_baseline_accepts_padding_beyond_its_input() -> None:
    network = make_network("baseline")
    recording = torch.randn(1, 12, N_COEFFICIENTS)
    wider = torch.cat([recording, torch.ones(1, 3, N_COEFFICIENTS)], dim=1)
    torch.testing.assert_close(
        network(recording, torch.tensor([12])), network(wider, torch.tensor([12]))
    )
