"""Rows learnt through the lattice: the gradient of a text goes on into the network.

docs/reading.md derives it.

Source: Bottou, Bengio and LeCun 1997, "Global training of document processing systems
using graph transformer networks", CVPR 1997, 489-494.

Letters: S candidates; D digits, and D the number of the reject class; K symbols.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from byhand.nn.crf import Floats, text_loss
from byhand.nn.losses import softmax
from byhand.nn.network import Network
from byhand.nn.run import Run
from byhand.reading.decoding import LatticeEvidence
from byhand.reading.lattice import COLUMNS, Lattice, log_probabilities
from byhand.reading.lattice_weights import LatticeWeights
from byhand.training.page_rows import Found
from byhand.types import Array, Arrays, Images

HOPELESS = 1e-3  # a text less likely than this was cut wrongly: it counts less
MOST = 160  # candidates of a row: with more it is left out, for time


@dataclass(frozen=True, eq=False)
class RowExample:
    """A row cut up, and what it says.

    Attributes:
        images: (S, H, W) of its candidates.
        lattice: of these; what the network of single digits says in it is replaced.
        text: the numbers of its symbols.
    """

    images: Images
    lattice: Lattice
    text: Sequence[int]


def row_examples(
    found: Iterable[Found], weights: LatticeWeights
) -> Iterator[RowExample]:
    """Yield the rows whose text some path writes, and that are not too long."""
    for evidence, text in found:
        if isinstance(evidence, LatticeEvidence) and len(evidence.images) <= MOST:
            scores = evidence.lattice.scores(weights)
            if text_loss(evidence.lattice.edges, scores, text)[0]:
                yield RowExample(evidence.images, evidence.lattice, text)


def score_gradients(
    lattice: Lattice, weights: LatticeWeights, text: Sequence[int], scores: Array
) -> tuple[float, Floats]:
    """Return the loss of a text, and its gradient for the network's scores (S, D + 1).

    The lattice's own gradient is that of each candidate's score as each label. A digit
    has the log-probability of its class in it, times the weight of `likely`; a mark
    and a rejected candidate both have that of the reject class. It then goes backward
    through the logarithm of softmax. The feature `foreign` is taken as a constant.

    Args:
        lattice: made of these scores.
        weights: of its features.
        text: the numbers of the symbols that the row shows.
        scores: (S, D + 1), at the right temperature, the reject class last.
    """
    loss, dlabels = text_loss(lattice.edges, lattice.scores(weights), text)
    digits = dlabels[:, COLUMNS["digit"]] * weights.digit[0]  # (S, D)
    mark = dlabels[:, COLUMNS["mark"]].sum(axis=1) * weights.mark[0]
    reject = dlabels[:, COLUMNS["reject"]].sum(axis=1) * weights.reject[0]
    dlog = np.concatenate([digits, (mark + reject)[:, None]], axis=1)  # (S, D + 1)
    p = softmax(scores.astype(np.float64))
    return loss, dlog - p * dlog.sum(axis=1, keepdims=True)


def row_gradients(
    network: Network,
    example: RowExample,
    weights: LatticeWeights,
    temperature: float,
) -> tuple[float, Arrays]:
    """Return a row's loss, -log(P + h), and its gradient for the network's parameters.

    h is HOPELESS: the gradient of -log P, times P / (P + h).
    """
    logits, caches = network.forward(example.images, Run())
    scores = logits / temperature
    lattice = replace(example.lattice, likely=log_probabilities(scores))
    loss, dscores = score_gradients(lattice, weights, example.text, scores)
    p = float(np.exp(-loss))
    dlogits = dscores * (p / (p + HOPELESS) / temperature)
    grads = network.backward(dlogits.astype(logits.dtype), caches)
    return -float(np.log(p + HOPELESS)), grads
