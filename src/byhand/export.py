"""Models as ONNX files, for use by other programs.

Images and pixels inside the file are channels-first, as ONNX has them: weights are
turned once, here. Input "images" uint8 (N, H, W); outputs "logits" and "probabilities"
(N, K).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from byhand import __version__
from byhand.errors import ByhandError, MissingExtraError
from byhand.files import replacing
from byhand.model import Model
from byhand.nn.batchnorm import BatchNorm
from byhand.nn.conv import AvgPool2d, Conv2d, GlobalAvgPool, MaxPool2d
from byhand.nn.layers import Crop, Dense, Dropout, Flatten, Layer, Pixels, ReLU
from byhand.nn.run import Array

try:
    import onnx
    from onnx import TensorProto, helper, numpy_helper
except ImportError as error:
    raise MissingExtraError(
        "export: expected onnx, found none; try pip install 'byhand[onnx]'"
    ) from error

OPSET, IR_VERSION = 17, 8  # old enough for every runtime in use


class Graph:
    """The nodes written so far; each takes the output of the one before."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.value = "images"

    def constant(self, array: Array) -> str:
        """Add an array and return its name."""
        name = f"c{len(self.constants)}"
        array = np.ascontiguousarray(array)
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def node(self, kind: str, *arrays: Array, **attributes: Any) -> None:
        """Apply an operator to the value so far and these arrays."""
        inputs = [self.value, *map(self.constant, arrays)]
        self.value = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [self.value], **attributes))


def _pixels(graph: Graph, layer: Pixels) -> None:
    graph.node("Cast", to=TensorProto.FLOAT)
    graph.node("Mul", np.array(layer.scale, np.float32))
    graph.node("Add", np.array(layer.offset, np.float32))
    graph.node("Unsqueeze", np.array([1], np.int64))  # (N, H, W) -> (N, 1, H, W)


def _crop(graph: Graph, layer: Crop) -> None:
    # height and width are the last two axes, of (N, H, W) and of (N, C, H, W)
    first, axes = np.full(2, layer.margin, np.int64), np.array([-2, -1], np.int64)
    if layer.margin:
        graph.node("Slice", first, -first, axes)


def _conv(graph: Graph, layer: Conv2d) -> None:
    w = layer.params["w"].transpose(3, 2, 0, 1)  # (R, S, C, F) -> (F, C, R, S)
    sides = {"strides": [layer.stride] * 2, "pads": [layer.pad] * 4}
    graph.node("Conv", w, layer.params["b"], kernel_shape=w.shape[2:], **sides)


def _pool(kind: str) -> Callable[[Graph, Any], None]:
    def write(graph: Graph, layer: MaxPool2d | AvgPool2d) -> None:
        size = [layer.size] * 2
        graph.node(kind, kernel_shape=size, strides=size)

    return write


def _global_pool(graph: Graph, layer: GlobalAvgPool) -> None:
    graph.node("GlobalAveragePool")
    graph.node("Flatten")


def _flatten(graph: Graph, layer: Flatten) -> None:
    graph.node("Transpose", perm=[0, 2, 3, 1])  # our rows are channels-last
    graph.node("Flatten")


def _dense(graph: Graph, layer: Dense) -> None:
    graph.node("Gemm", layer.params["w"], layer.params["b"])


def _batchnorm(graph: Graph, layer: BatchNorm) -> None:
    arrays = (*layer.params.values(), *layer.state.values())  # gamma, beta, mean, var
    graph.node("BatchNormalization", *arrays, epsilon=layer.eps)


def _relu(graph: Graph, layer: ReLU) -> None:
    graph.node("Relu")


def _nothing(graph: Graph, layer: Dropout) -> None:
    """Leave dropout out: at inference it is the identity."""


WRITERS: dict[type[Layer], Callable[[Graph, Any], None]] = {
    Pixels: _pixels,
    Crop: _crop,
    Conv2d: _conv,
    MaxPool2d: _pool("MaxPool"),
    AvgPool2d: _pool("AveragePool"),
    GlobalAvgPool: _global_pool,
    Flatten: _flatten,
    Dense: _dense,
    BatchNorm: _batchnorm,
    ReLU: _relu,
    Dropout: _nothing,
}


def export_onnx(model: Model, path: str | Path) -> None:
    """Write the model as an ONNX file that onnx's own checker accepts.

    Raises:
        MissingExtraError: onnx is not installed (on importing this module).
        ByhandError: the file cannot be written.
    """
    graph = Graph()
    for layer in model.network.layers:
        WRITERS[type(layer)](graph, layer)
    outputs = [len(model.class_names)]
    if model.has_reject_class:  # as Model.logits: the classes alone
        first, end = np.array([0], np.int64), np.array(outputs, np.int64)
        graph.node("Slice", first, end, np.array([1], np.int64))
    if model.calibration.temperature != 1:
        graph.node("Div", np.array(model.calibration.temperature, np.float32))
    graph.nodes[-1].output[0] = "logits"
    graph.nodes.append(
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1)
    )
    proto = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "byhand",
            [_tensor("images", TensorProto.UINT8, model.image_shape)],
            [_tensor(name, TensorProto.FLOAT, outputs) for name in OUTPUTS],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="byhand",
        producer_version=__version__,
    )
    onnx.checker.check_model(proto, full_check=True)
    try:
        with replacing(Path(path)) as temporary:
            temporary.write_bytes(proto.SerializeToString())
    except OSError as error:
        raise ByhandError(f"{path}: cannot be written: {error.strerror}") from error


OUTPUTS = ("logits", "probabilities")


def _tensor(name: str, kind: int, shape: Any) -> Any:
    """Return the description of an input or output: N of a shape."""
    return helper.make_tensor_value_info(name, kind, ["N", *shape])
