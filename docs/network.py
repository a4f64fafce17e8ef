"""Nielsen's network.py, done today: the same names, on current Python and NumPy.

Chapter 1 of Michael Nielsen's book "Neural Networks and Deep Learning" (2015,
http://neuralnetworksanddeeplearning.com/chap1.html) explains a program for Python 2
that many have learned from. This one is written anew; no line is copied. Its class,
methods and data have the book's names, so what you read there works here:

    >>> import network
    >>> training_data, validation_data, test_data = network.load_data_wrapper()
    >>> net = network.Network([784, 30, 10])
    >>> net.SGD(training_data, 30, 10, 3.0, test_data=test_data)

What differs: a mini-batch is a matrix with an image in each column, instead of a loop
over images; random numbers come from a generator with a seed; and the digits are read
from MNIST's own files by tiny.py, beside this file, so there is no pickle.

`python docs/network.py` runs the lines above.

Letters: N images, D inputs and M outputs of a layer.
"""

from itertools import pairwise

import numpy as np
from tiny import MNIST, load


class Network:
    """Layers of sigmoid neurons, which learn by stochastic gradient descent.

    Attributes:
        sizes: neurons in each layer, the inputs first.
        biases: (M, 1) for each layer but the first.
        weights: (M, D) for each layer but the first, drawn as the biases are, from a
            normal distribution of mean 0 and standard deviation 1.
    """

    def __init__(self, sizes, seed=None):
        self.sizes, self.num_layers = sizes, len(sizes)
        self.rng = np.random.default_rng(seed)
        self.biases = [self.rng.standard_normal((m, 1)) for m in sizes[1:]]
        self.weights = [self.rng.standard_normal((m, d)) for d, m in pairwise(sizes)]

    def feedforward(self, a):
        """Return the output, (10, N) for digits, if a (784, N) is the input."""
        for b, w in zip(self.biases, self.weights, strict=True):
            a = sigmoid(w @ a + b)  # (M, D) @ (D, N) + (M, 1) -> (M, N)
        return a

    def SGD(self, training_data, epochs, mini_batch_size, eta, test_data=None):  # noqa: N802
        """Train on pairs (x, y) in mini-batches, with the learning rate eta.

        x is a column (784, 1) and y a column (10, 1), 1 for the digit and 0 elsewhere.
        With test_data, pairs of such an x and a digit, each epoch's score is printed.
        """
        training_data = list(training_data)  # an iterator would last for one epoch
        test_data = None if test_data is None else list(test_data)
        for epoch in range(epochs):
            order = self.rng.permutation(len(training_data))
            for k in range(0, len(order), mini_batch_size):
                chosen = order[k : k + mini_batch_size]
                self.update_mini_batch([training_data[n] for n in chosen], eta)
            if test_data is None:
                print(f"Epoch {epoch} complete")
            else:
                print(f"Epoch {epoch}: {self.evaluate(test_data)} / {len(test_data)}")

    def update_mini_batch(self, mini_batch, eta):
        """Move weights and biases against their mean gradient over pairs (x, y)."""
        x, y = (np.hstack(columns) for columns in zip(*mini_batch, strict=True))
        nabla_b, nabla_w = self.backprop(x, y)
        for b, w, nb, nw in zip(
            self.biases, self.weights, nabla_b, nabla_w, strict=True
        ):
            b -= eta / len(mini_batch) * nb
            w -= eta / len(mini_batch) * nw

    def backprop(self, x, y):
        """Return the cost's gradients (nabla_b, nabla_w), two lists of arrays.

        x is (784, N) and y (10, N); the gradients of the N images are added up.
        BP1 to BP4 are the equations of the book's chapter 2.
        """
        activations, zs = [x], []
        for b, w in zip(self.biases, self.weights, strict=True):
            zs.append(w @ activations[-1] + b)
            activations.append(sigmoid(zs[-1]))
        nabla_b, nabla_w = [], []
        delta = self.cost_derivative(activations[-1], y) * sigmoid_prime(zs[-1])  # BP1
        for layer in reversed(range(len(self.weights))):
            nabla_b.insert(0, delta.sum(axis=1, keepdims=True))  # BP3: (M, N) -> (M, 1)
            nabla_w.insert(0, delta @ activations[layer].T)  # BP4: (M, N) @ (N, D)
            if layer > 0:  # BP2: (D, M) @ (M, N) -> (D, N)
                delta = self.weights[layer].T @ delta * sigmoid_prime(zs[layer - 1])
        return nabla_b, nabla_w

    def evaluate(self, test_data):
        """Return how many pairs (x, digit) have their largest output at the digit."""
        x, digits = zip(*test_data, strict=True)
        found = self.feedforward(np.hstack(x)).argmax(axis=0)  # (10, N) -> (N,)
        return int((found == np.array(digits)).sum())

    def cost_derivative(self, output_activations, y):
        """Return the derivative of the cost, |output - y|^2 / 2, by the output."""
        return output_activations - y


def sigmoid(z):
    """Return 1 / (1 + exp(-z)), by tanh, which does not overflow."""
    return (1 + np.tanh(z / 2)) / 2


def sigmoid_prime(z):
    """Return the derivative of the sigmoid."""
    return sigmoid(z) * (1 - sigmoid(z))


def load_data_wrapper(folder=MNIST):
    """Return 50,000 training, 10,000 validation and 10,000 test pairs of MNIST.

    x is a column (784, 1) from 0 to 1; y a column (10, 1) in training, else a digit.
    """
    images, labels = load(folder, "train")
    ones = np.eye(10)[labels][:, :, None]  # (N, 10, 1)
    columns = images.astype(np.float64)[:, :, None]  # (N, 784, 1)
    training = list(zip(columns[:50_000], ones, strict=False))
    validation = list(zip(columns[50_000:], labels[50_000:], strict=True))
    images, labels = load(folder, "t10k")
    return training, validation, list(zip(images[:, :, None], labels, strict=True))


if __name__ == "__main__":
    training_data, _, test_data = load_data_wrapper()
    Network([784, 30, 10], seed=0).SGD(training_data, 30, 10, 3.0, test_data=test_data)
