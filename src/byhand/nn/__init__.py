"""The mathematics by hand: layers, losses, optimisers, schedules.

A network in a few lines::

    import numpy as np
    from byhand import load_dataset, nn

    mnist, rng = load_dataset("mnist"), np.random.default_rng(0)
    network = nn.Network([nn.Pixels(), nn.Flatten(), nn.Dense(784, 60, rng=rng),
                          nn.ReLU(), nn.Dense(60, 10, rng=rng)])
    optimizer = nn.SGD(momentum=0.9)
    run = nn.Run(training=True, rng=rng)
    for step in range(1000):
        chosen = rng.integers(0, len(mnist.train), 100)
        logits, caches = network.forward(mnist.train.images[chosen], run)
        loss, dlogits = nn.softmax_cross_entropy(logits, mnist.train.labels[chosen])
        optimizer.step(network.params, network.backward(dlogits, caches), lr=0.05)
"""

from byhand.nn.batchnorm import BatchNorm
from byhand.nn.conv import Conv2d
from byhand.nn.ctc import ctc_batch_loss, ctc_loss, frames_needed
from byhand.nn.init import HE, INITS, Init, glorot_uniform, he_normal
from byhand.nn.layer import Graph, Layer
from byhand.nn.layers import Dense, Dropout, Flatten, ReLU
from byhand.nn.losses import distillation, l2_penalty, softmax, softmax_cross_entropy
from byhand.nn.network import LAYERS, Network, build
from byhand.nn.optim import OPTIMIZERS, SGD, AdamW, Optimizer, clip_gradients
from byhand.nn.pixel_loss import pixel_cross_entropy, pixel_probabilities
from byhand.nn.pixels import Crop, Pixels
from byhand.nn.pooling import AvgPool2d, GlobalAvgPool, MaxPool2d
from byhand.nn.run import Arena, Run
from byhand.nn.schedules import SCHEDULES, constant, cosine, one_cycle, step
from byhand.nn.skips import Add, As, Concat
from byhand.nn.upsampling import PixelShuffle, Upsample
from byhand.types import Array, Arrays, Shape

__all__ = [
    "HE",
    "INITS",
    "LAYERS",
    "OPTIMIZERS",
    "SCHEDULES",
    "SGD",
    "AdamW",
    "Add",
    "Arena",
    "Array",
    "Arrays",
    "As",
    "AvgPool2d",
    "BatchNorm",
    "Concat",
    "Conv2d",
    "Crop",
    "Dense",
    "Dropout",
    "Flatten",
    "GlobalAvgPool",
    "Graph",
    "Init",
    "Layer",
    "MaxPool2d",
    "Network",
    "Optimizer",
    "PixelShuffle",
    "Pixels",
    "ReLU",
    "Run",
    "Shape",
    "Upsample",
    "build",
    "clip_gradients",
    "constant",
    "cosine",
    "ctc_batch_loss",
    "ctc_loss",
    "distillation",
    "frames_needed",
    "glorot_uniform",
    "he_normal",
    "l2_penalty",
    "one_cycle",
    "pixel_cross_entropy",
    "pixel_probabilities",
    "softmax",
    "softmax_cross_entropy",
    "step",
]


def __dir__() -> list[str]:
    """Return the public names, and no others."""
    return sorted(__all__)
