"""Networks to start from: the lectures' small ones, and those that made history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from convviz.network.presets.alexnet import ALEXNET, ALEXNET_PUBLISHED
from convviz.network.presets.densenet import densenet
from convviz.network.presets.lectures import LENET5, POINTWISE, STACK, shrinking
from convviz.network.presets.preset import Preset
from convviz.network.presets.resnet import basic, first_bottleneck, resnet
from convviz.network.presets.stacks import STACKS
from convviz.network.presets.unet import unet
from convviz.network.presets.vgg import vgg

__all__ = ["PRESETS", "STACKS", "Preset"]

_VGG: Final = "Simonyan and Zisserman, 2014; torchvision; S1"
_RESNET: Final = "He et al., 2015; torchvision; S0 section 7, S1"

PRESETS: Final[Mapping[str, Preset]] = {
    "lenet5": Preset("LeNet-5", "S2, S0 figure 10", LENET5),
    "alexnet": Preset("AlexNet", "torchvision; S0 figure 10", ALEXNET),
    "alexnet_published": Preset(
        "AlexNet, as published",
        "Krizhevsky et al., 2012; its 224 × 224, also in S0, would leave 54.25 cells: 227 × 227 leaves 55",
        ALEXNET_PUBLISHED,
    ),
    "vgg16": Preset("VGG-16", _VGG, vgg(2, 2, 3, 3, 3)),
    "vgg19": Preset("VGG-19", _VGG, vgg(2, 2, 4, 4, 4)),
    "resnet18": Preset("ResNet-18", _RESNET, resnet(2, 2, 2, 2, block=basic)),
    "resnet50": Preset("ResNet-50", _RESNET, resnet(3, 4, 6, 3)),
    "resnet50_v1": Preset(
        "ResNet-50, as first published",
        "He et al., 2015: stride in the first 1 × 1",
        resnet(3, 4, 6, 3, block=first_bottleneck),
    ),
    "resnet152": Preset("ResNet-152", _RESNET, resnet(3, 8, 36, 3)),
    "densenet121": Preset("DenseNet-121", "Huang et al., 2018; torchvision; S1", densenet(6, 12, 24, 16)),
    "unet": Preset("U-Net, padded", "Ronneberger et al., 2015, with padding; S1", unet(512, padded=True)),
    "unet_published": Preset("U-Net, as published", "Ronneberger et al., 2015; S1", unet(572, padded=False)),
    "stack": Preset("Stacking: 5 × 5, then 3 × 3", "S2", STACK),
    "pointwise": Preset("1 × 1: 64 maps of 56 × 56 to 32", "S2", POINTWISE),
    "seven5x5": Preset("Seven 5 × 5 layers: 32 to 4", "S2", shrinking(32, 7)),
    "ten5x5": Preset("Ten 5 × 5 layers: 240 to 200", "S4 section 3.3", shrinking(240, 10)),
}
"""By the name that stands in links and never changes."""
