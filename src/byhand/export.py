"""Models as ONNX files, for use by other programs.

Each layer adds its own nodes. Inside the file images are channels-first, as ONNX has
them. Input "images" uint8 (N, H, W) or (N, H, W, C); outputs "logits" and
"probabilities" (N, K).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from byhand import __version__
from byhand.errors import ByhandError, MissingExtraError
from byhand.files import replacing
from byhand.model import Model
from byhand.nn.layer import Layer
from byhand.nn.skips import output_shapes
from byhand.types import Array, Shape

try:
    import onnx
    from onnx import TensorProto, helper, numpy_helper
except ImportError as error:
    raise MissingExtraError(
        "export: expected onnx, found none; try pip install 'byhand[onnx]'"
    ) from error

OPSET, IR_VERSION = 17, 8  # old enough for every runtime in use
OUTPUTS = ("logits", "probabilities")
METHODS = ("forward", "onnx")  # of a layer, which belong together


class Graph:
    """The nodes written so far: what a layer's `onnx` is given."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape  # of the value so far, without N, channels-last
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.value = "images"
        self.kept = {"": ""}  # the value that a name stands for

    def constant(self, array: Array) -> str:
        """Add an array and return its name."""
        name = f"c{len(self.constants)}"
        array = np.ascontiguousarray(array)
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def keep(self, name: str) -> None:
        """Keep the value so far under a name."""
        self.kept[name] = self.value

    def node(self, kind: str, *operands: Array | str, **attributes: Any) -> None:
        """Apply an operator to the value so far and arrays or kept values."""
        names = [
            self.kept[operand] if isinstance(operand, str) else self.constant(operand)
            for operand in operands
        ]
        inputs = [self.value, *names]
        self.value = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [self.value], **attributes))


def export_onnx(model: Model, path: str | Path) -> None:
    """Write the model as an ONNX file that onnx's own checker accepts.

    Raises:
        MissingExtraError: onnx is not installed (on importing this module).
        ByhandError: the file cannot be written, or a layer has no ONNX nodes.
    """
    graph = Graph(model.image_shape)
    layers = model.network.layers
    shapes = output_shapes(layers, model.image_shape)
    for layer, shape in zip(layers, shapes, strict=True):
        if _inherits_nodes(type(layer)):
            Layer.onnx(layer, graph)  # says what is missing
        layer.onnx(graph)
        graph.shape = shape
    classes = len(model.class_names)
    if model.has_reject_class:  # as Model.logits: the classes alone
        first, end = np.array([0], np.int64), np.array([classes], np.int64)
        graph.node("Slice", first, end, np.array([1], np.int64))
    if model.calibration.temperature != 1:
        graph.node("Div", np.array(model.calibration.temperature, np.float32))
    graph.nodes[-1].output[0] = "logits"
    graph.nodes.append(
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1)
    )
    proto = _proto(graph, model.image_shape, classes)
    onnx.checker.check_model(proto, full_check=True)
    try:
        with replacing(Path(path)) as temporary:
            temporary.write_bytes(proto.SerializeToString())
    except OSError as error:
        raise ByhandError(f"{path}: cannot be written: {error.strerror}") from error


def _inherits_nodes(kind: type[Layer]) -> bool:
    """Return whether a class computes something of its own, but has another's nodes."""
    methods = [next(c for c in kind.__mro__ if n in vars(c)) for n in METHODS]
    return kind.__mro__.index(methods[0]) < kind.__mro__.index(methods[1])


def _proto(graph: Graph, image_shape: Shape, classes: int) -> Any:
    """Return the graph as a model of ONNX."""
    return helper.make_model(
        helper.make_graph(
            graph.nodes,
            "byhand",
            [_tensor("images", TensorProto.UINT8, image_shape)],
            [_tensor(name, TensorProto.FLOAT, [classes]) for name in OUTPUTS],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="byhand",
        producer_version=__version__,
    )


def _tensor(name: str, kind: int, shape: Any) -> Any:
    """Return the description of an input or output: N of a shape."""
    return helper.make_tensor_value_info(name, kind, ["N", *shape])
