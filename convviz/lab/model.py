"""Networks that the lab trains: a small CNN to be configured, LeNet-5 as the lectures have it, an MLP of as many parameters.

Each is a description, a few settings in a frozen dataclass; `network` makes of it the layers for a data set. All sizes are
those of the network's table, and what cannot be is refused there.
"""

from __future__ import annotations

import reprlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias, get_args

from convviz.geometry import GeometryError, require_one_of, whole_number
from convviz.lab.data.settings import number_between, require_between
from convviz.network import (
    INPUT,
    PRESETS,
    Activation,
    AdaptivePooling,
    Add,
    BatchNorm,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    Layer,
    Network,
    Operation,
    Pooling,
    Shape,
)

FunctionName = Literal["ReLU", "Sigmoid", "Tanh", "LeakyReLU", "ELU", "GELU", "SiLU"]
Downsampling = Literal["max", "average", "stride", "none"]
Global = Literal["max", "average", "none"]
MOST_BLOCKS: Final = 6
MOST_CHANNELS: Final = 512
LARGEST_KERNEL: Final = 63
MOST_DROPOUT: Final = 0.95
MOST_WEIGHTS: Final = 5_000_000
"""Parameters of a network that the lab trains: more would wait too long, and fill the store."""


@dataclass(frozen=True)
class SmallCNN:
    """Blocks of convolutions: each convolution with its batch norm and its function, at the end of each block a pooling.

    One block an entry of `channels`, of `convolutions` layers each; sides stay as they are, by padding, for odd kernels.
    `first_kernel_size` is that of the first layer, 0 for `kernel_size`. `pooling` says how a block halves the sides: by 2×2
    pooling, by a stride of 2 in its last convolution, or not at all. `global_pooling` ends the last block in the largest or the
    average number of each channel instead. `skip` adds what comes into a block to what its convolutions make of it, through
    a 1×1 convolution where shapes differ. `dropout` stands before the dense layer.

    >>> SmallCNN(channels=(16, 32), first_kernel_size=7).network((3, 32, 32), 6).table().parameters
    18870
    >>> SmallCNN(channels=(16, 0)).network((3, 32, 32), 6)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: channels is 0: it must be at least 1
    """

    kind: Literal["small_cnn"] = "small_cnn"
    channels: tuple[int, ...] = (16, 32)
    convolutions: int = 2
    kernel_size: int = 3
    first_kernel_size: int = 0
    pooling: Downsampling = "max"
    batch_norm: bool = True
    skip: bool = False
    dropout: float = 0.0
    global_pooling: Global = "average"
    activation: FunctionName = "ReLU"

    def network(self, input_shape: Shape, classes: int) -> Network:
        """Its layers for pictures of `input_shape` (C, H, W) and so many classes.

        Raises `GeometryError` for a setting that cannot be; sizes are left to `Network.table`.
        """
        _require_small_cnn(self)
        return Network(input_shape, tuple(_small_cnn(self, input_shape[0], classes)))


@dataclass(frozen=True)
class LeNet5:
    """LeNet-5 as in S2: two 5×5 convolutions, each with a sigmoid and an average pooling, and three dense layers.

    >>> LeNet5().network((1, 28, 28), 10).table().parameters
    61706
    >>> LeNet5().network((1, 8, 8), 10).table()
    Traceback (most recent call last):
    convviz.network.table.NetworkError: conv2, with 6×4×4 coming in: kernel 5 spans 5 cells; the padded input has 4: \
add 1 padding, or lower kernel to 4
    """

    kind: Literal["lenet5"] = "lenet5"
    activation: FunctionName = "Sigmoid"

    def network(self, input_shape: Shape, classes: int) -> Network:
        """Its layers for pictures of `input_shape` and so many classes; the table refuses pictures that are too small."""
        layers = tuple(self._adapted(layer) for layer in PRESETS["lenet5"].network.layers)
        last = Layer(layers[-1].name, Dense(whole_number("classes", classes, 1)))
        return Network(input_shape, (*layers[:-1], last))

    def _adapted(self, layer: Layer) -> Layer:
        if not isinstance(layer.operation, Activation):
            return layer
        name = layer.name.replace("sigmoid", self.activation.lower())
        return Layer(name, Activation(self.activation))


@dataclass(frozen=True)
class MLP:
    """Dense layers alone: one hidden layer, as wide as about `parameters` weights and biases allow.

    hidden = round((parameters - classes) / (numbers of a picture + 1 + classes)), at least 1

    so that the count differs from `parameters` by at most half of what one hidden unit has.

    >>> MLP(parameters=18_870).network((3, 32, 32), 6).table().parameters
    18480
    >>> MLP(parameters=0).network((3, 32, 32), 6)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: parameters is 0: it must be at least 1
    """

    kind: Literal["mlp"] = "mlp"
    parameters: int = 20_000
    activation: FunctionName = "ReLU"

    def network(self, input_shape: Shape, classes: int) -> Network:
        """Its layers for pictures of `input_shape` and so many classes."""
        flat = Network(input_shape, (Layer("flatten", Flatten()),))
        (numbers,) = flat.table().output_shape
        wanted = whole_number("parameters", self.parameters, 1) - classes
        hidden = max(round(wanted / (numbers + 1 + classes)), 1)
        layers = (
            Layer("dense1", Dense(hidden)),
            Layer(f"{self.activation.lower()}1", Activation(self.activation)),
            Layer("dense2", Dense(whole_number("classes", classes, 1))),
        )
        return Network(input_shape, (*flat.layers, *layers))


Model: TypeAlias = SmallCNN | LeNet5 | MLP


def mlp_like(network: Network) -> MLP:
    """An MLP of as many parameters as a network has, to the nearest hidden unit.

    >>> mlp_like(PRESETS["lenet5"].network).network((1, 28, 28), 10).table().parameters
    62020
    >>> mlp_like(Network((1, 4, 4), (Layer("conv1", Convolution(1, 5)),)))
    Traceback (most recent call last):
    convviz.network.table.NetworkError: conv1, with 1×4×4 coming in: kernel 5 spans 5 cells; the padded input has 4: \
add 1 padding, or lower kernel to 4
    """
    return MLP(parameters=network.table().parameters)


def require_trainable(network: Network, classes: int) -> None:
    """Raises `NetworkError` for a network that cannot be, `GeometryError` for other outputs than classes, or too large a one.

    >>> require_trainable(LeNet5().network((1, 28, 28), 10), 10)
    >>> require_trainable(MLP(parameters=8_000_000).network((1, 28, 28), 10), 10)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: the network has 8,000,095 parameters: at most 5,000,000 are trained here: \
take fewer channels, or smaller layers
    """
    table = network.table()
    if table.output_shape != (classes,):
        raise GeometryError(
            f"the network ends in {'×'.join(map(str, table.output_shape))} numbers: there are {classes} classes: "
            f"end it in a dense layer of {classes}",
            "output_shape",
            table.output_shape,
            (classes,),
        )
    if table.parameters > MOST_WEIGHTS:
        raise GeometryError(
            f"the network has {table.parameters:,} parameters: at most {MOST_WEIGHTS:,} are trained here: "
            "take fewer channels, or smaller layers",
            "parameters",
            table.parameters,
            MOST_WEIGHTS,
        )


def _require_small_cnn(model: SmallCNN) -> None:
    if not isinstance(model.channels, tuple) or not 1 <= len(model.channels) <= MOST_BLOCKS:
        known = model.channels[:MOST_BLOCKS] if isinstance(model.channels, tuple) else ()
        raise GeometryError(
            f"channels is {reprlib.repr(model.channels)}: write one number a block, for 1 to {MOST_BLOCKS} blocks",
            "channels",
            model.channels,
            MOST_BLOCKS,
            {"channels": known or SmallCNN.channels},
        )
    for channels in model.channels:
        number_between("channels", channels, 1, MOST_CHANNELS)
    number_between("convolutions", model.convolutions, 1, MOST_BLOCKS)
    number_between("kernel_size", model.kernel_size, 1, LARGEST_KERNEL)
    number_between("first_kernel_size", model.first_kernel_size, 0, LARGEST_KERNEL)
    require_between("dropout", model.dropout, 0, MOST_DROPOUT, usual=0.5)
    for name, choices in _CHOICES.items():
        require_one_of(name, getattr(model, name), choices)


_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "pooling": get_args(Downsampling),
    "global_pooling": get_args(Global),
    "activation": get_args(FunctionName),
}


def _small_cnn(model: SmallCNN, channels: int, classes: int) -> Iterator[Layer]:
    last = INPUT
    for block, wanted in enumerate(model.channels, start=1):
        yield from _block(model, block, channels, last)
        last, channels = f"pool{block}" if _pools(model, block) else _end(model, block), wanted
    if model.global_pooling != "none":
        yield Layer("pool", AdaptivePooling(1, kind=model.global_pooling))
    yield Layer("flatten", Flatten())
    if model.dropout:
        yield Layer("dropout", Dropout(model.dropout))
    yield Layer("dense", Dense(whole_number("classes", classes, 1)))


def _block(model: SmallCNN, block: int, coming: int, source: str) -> Iterator[Layer]:
    """Its convolutions, its skip, its pooling; `coming` channels from the layer `source`."""
    function = Activation(model.activation)
    for number in range(1, model.convolutions + 1):
        conv = _convolution(model, block, number)
        name = f"{block}_{number}"
        yield Layer(f"conv{name}", conv)
        if model.batch_norm:
            yield Layer(f"norm{name}", BatchNorm())
        if number < model.convolutions or not model.skip:
            yield Layer(f"{model.activation.lower()}{name}", function)
    if model.skip:
        yield from _skip(model, block, coming, source)
        yield Layer(_end(model, block), function)
    if _pools(model, block):
        yield Layer(f"pool{block}", _pooling(model))


def _skip(model: SmallCNN, block: int, coming: int, source: str) -> Iterator[Layer]:
    made = f"{'norm' if model.batch_norm else 'conv'}{block}_{model.convolutions}"
    stride = _stride(model, block, model.convolutions)
    if coming != model.channels[block - 1] or stride > 1:
        yield Layer(f"project{block}", Convolution(model.channels[block - 1], 1, stride=stride), (source,))
        source = f"project{block}"
    yield Layer(f"add{block}", Add(), (made, source))


def _end(model: SmallCNN, block: int) -> str:
    """The name of a block's last function."""
    function = model.activation.lower()
    return f"{function}{block}" if model.skip else f"{function}{block}_{model.convolutions}"


def _convolution(model: SmallCNN, block: int, number: int) -> Convolution:
    first = block == number == 1 and model.first_kernel_size
    kernel = model.first_kernel_size if first else model.kernel_size
    plain = Convolution(model.channels[block - 1], kernel, padding=kernel // 2, bias=not model.batch_norm)
    return replace(plain, stride=_stride(model, block, number))


def _stride(model: SmallCNN, block: int, number: int) -> int:
    halves = model.pooling == "stride" and number == model.convolutions and not _is_last_and_global(model, block)
    return 2 if halves else 1


def _pools(model: SmallCNN, block: int) -> bool:
    return model.pooling in {"max", "average"} and not _is_last_and_global(model, block)


def _is_last_and_global(model: SmallCNN, block: int) -> bool:
    return model.global_pooling != "none" and block == len(model.channels)


def _pooling(model: SmallCNN) -> Operation:
    return Pooling(2, kind="average" if model.pooling == "average" else "max")
