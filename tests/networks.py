"""The networks of the presets, written by hand with torch: the oracle, which knows nothing of convviz.

What torchvision has is written as in `torchvision.models`, names of modules included; the others as their papers and lectures
have them. Where those call a function, a module stands here, so that a hook sees it.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final

import torch
from torch import nn


class Add(nn.Module):
    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return a + b


class Concat(nn.Module):
    """Along the channels; cut to the last one's size around the middle, as Ronneberger et al. copy and crop."""

    def __init__(self, *, crop: bool = False) -> None:
        super().__init__()
        self.crop = crop

    def forward(self, *maps: torch.Tensor) -> torch.Tensor:
        if self.crop:
            maps = tuple(centre(one, *maps[-1].shape[-2:]) for one in maps)
        return torch.cat(maps, 1)


def centre(image: torch.Tensor, height: int, width: int) -> torch.Tensor:
    top, left = ((have - want) // 2 for have, want in zip(image.shape[-2:], (height, width), strict=True))
    return image[..., top : top + height, left : left + width]


# --- The lectures' ------------------------------------------------------------------------------------------------------


def lenet5() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5, padding=2),
        nn.Sigmoid(),
        nn.AvgPool2d(kernel_size=2, stride=2),
        nn.Conv2d(6, 16, kernel_size=5),
        nn.Sigmoid(),
        nn.AvgPool2d(kernel_size=2, stride=2),
        nn.Flatten(),
        nn.Linear(16 * 5 * 5, 120),
        nn.Sigmoid(),
        nn.Linear(120, 84),
        nn.Sigmoid(),
        nn.Linear(84, 10),
    )


def stack() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.Conv2d(6, 10, 3))


def pointwise() -> nn.Module:
    return nn.Sequential(nn.Conv2d(64, 32, 1))


def seven5x5() -> nn.Module:
    return nn.Sequential(*(nn.Conv2d(1, 1, 5) for _ in range(7)))


def ten5x5() -> nn.Module:
    return nn.Sequential(*(nn.Conv2d(1, 1, 5) for _ in range(10)))


# --- AlexNet and VGG ----------------------------------------------------------------------------------------------------


def alexnet() -> nn.Module:
    features = nn.Sequential(
        nn.Conv2d(3, 64, kernel_size=11, stride=4, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Conv2d(64, 192, kernel_size=5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Conv2d(192, 384, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 256, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(256, 256, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
    )
    classifier = nn.Sequential(
        nn.Dropout(p=0.5),
        nn.Linear(256 * 6 * 6, 4096),
        nn.ReLU(),
        nn.Dropout(p=0.5),
        nn.Linear(4096, 4096),
        nn.ReLU(),
        nn.Linear(4096, 1000),
    )
    return _pooled(features, (6, 6), classifier)


def alexnet_published() -> nn.Module:
    """Responses are normalised after the first and the second layer, then pooled, and pooled after the fifth.

    In the paper k = 2, n = 5, alpha = 0.0001 and beta = 0.75, with alpha times the sum over n; torch takes the mean.
    """
    return nn.Sequential(
        nn.Conv2d(3, 96, kernel_size=11, stride=4),
        nn.ReLU(),
        nn.LocalResponseNorm(5, alpha=5 * 0.0001, beta=0.75, k=2),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Conv2d(96, 256, kernel_size=5, padding=2, groups=2),
        nn.ReLU(),
        nn.LocalResponseNorm(5, alpha=5 * 0.0001, beta=0.75, k=2),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Conv2d(256, 384, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 384, kernel_size=3, padding=1, groups=2),
        nn.ReLU(),
        nn.Conv2d(384, 256, kernel_size=3, padding=1, groups=2),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Flatten(),
        nn.Linear(256 * 6 * 6, 4096),
        nn.ReLU(),
        nn.Dropout(),
        nn.Linear(4096, 4096),
        nn.ReLU(),
        nn.Dropout(),
        nn.Linear(4096, 1000),
    )


CONFIGURATIONS: Final = {
    "D": [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"],
    "E": [64, 64, "M", 128, 128, "M", 256, 256, 256, 256, "M", 512, 512, 512, 512, "M", 512, 512, 512, 512, "M"],
}


def vgg(configuration: str) -> nn.Module:
    layers, channels = list[nn.Module](), 3
    for entry in CONFIGURATIONS[configuration]:
        if entry == "M":
            layers += [nn.MaxPool2d(kernel_size=2, stride=2)]
        else:
            layers += [nn.Conv2d(channels, entry, kernel_size=3, padding=1), nn.ReLU()]
            channels = entry
    classifier = nn.Sequential(
        nn.Linear(512 * 7 * 7, 4096),
        nn.ReLU(),
        nn.Dropout(p=0.5),
        nn.Linear(4096, 4096),
        nn.ReLU(),
        nn.Dropout(p=0.5),
        nn.Linear(4096, 1000),
    )
    return _pooled(nn.Sequential(*layers), (7, 7), classifier)


def _pooled(features: nn.Module, size: tuple[int, int], classifier: nn.Module) -> nn.Module:
    parts = {"features": features, "avgpool": nn.AdaptiveAvgPool2d(size), "flatten": nn.Flatten(), "classifier": classifier}
    return nn.Sequential(OrderedDict(parts))


# --- ResNet -------------------------------------------------------------------------------------------------------------


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inplanes: int, planes: int, stride: int, downsample: nn.Module | None) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(planes, planes, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = downsample
        self.add = Add()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        identity = x if self.downsample is None else self.downsample(x)
        return self.relu(self.add(out, identity))


class Bottleneck(nn.Module):
    expansion = 4
    in_the_first = False
    """Whether the first convolution has the stride, or the second."""

    def __init__(self, inplanes: int, planes: int, stride: int, downsample: nn.Module | None) -> None:
        super().__init__()
        first, second = (stride, 1) if self.in_the_first else (1, stride)
        self.conv1 = nn.Conv2d(inplanes, planes, kernel_size=1, stride=first, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, kernel_size=3, stride=second, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, planes * self.expansion, kernel_size=1, bias=False)
        self.bn3 = nn.BatchNorm2d(planes * self.expansion)
        self.relu = nn.ReLU()
        self.downsample = downsample
        self.add = Add()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        identity = x if self.downsample is None else self.downsample(x)
        return self.relu(self.add(out, identity))


class PublishedBottleneck(Bottleneck):
    in_the_first = True


class ResNet(nn.Module):
    def __init__(self, block: Any, layers: list[int]) -> None:
        super().__init__()
        self.inplanes = 64
        self.conv1 = nn.Conv2d(3, self.inplanes, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(self.inplanes)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = self._make_layer(block, 64, layers[0])
        self.layer2 = self._make_layer(block, 128, layers[1], stride=2)
        self.layer3 = self._make_layer(block, 256, layers[2], stride=2)
        self.layer4 = self._make_layer(block, 512, layers[3], stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(512 * block.expansion, 1000)

    def _make_layer(self, block: Any, planes: int, blocks: int, stride: int = 1) -> nn.Module:
        downsample = None
        if stride != 1 or self.inplanes != planes * block.expansion:
            downsample = nn.Sequential(
                nn.Conv2d(self.inplanes, planes * block.expansion, kernel_size=1, stride=stride, bias=False),
                nn.BatchNorm2d(planes * block.expansion),
            )
        layers = [block(self.inplanes, planes, stride, downsample)]
        self.inplanes = planes * block.expansion
        layers += [block(self.inplanes, planes, 1, None) for _ in range(1, blocks)]
        return nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.flatten(self.avgpool(x)))


# --- DenseNet -----------------------------------------------------------------------------------------------------------


class DenseLayer(nn.Module):
    def __init__(self, channels: int, growth_rate: int, bn_size: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(channels)
        self.relu1 = nn.ReLU()
        self.conv1 = nn.Conv2d(channels, bn_size * growth_rate, kernel_size=1, stride=1, bias=False)
        self.norm2 = nn.BatchNorm2d(bn_size * growth_rate)
        self.relu2 = nn.ReLU()
        self.conv2 = nn.Conv2d(bn_size * growth_rate, growth_rate, kernel_size=3, stride=1, padding=1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv2(self.relu2(self.norm2(self.conv1(self.relu1(self.norm1(x))))))


class DenseBlock(nn.Module):
    """torchvision hands the list of all features to each layer, which concatenates it first; here the block does."""

    def __init__(self, layers: int, channels: int, growth_rate: int, bn_size: int) -> None:
        super().__init__()
        for i in range(layers):
            self.add_module(f"denselayer{i + 1}", DenseLayer(channels + i * growth_rate, growth_rate, bn_size))
        self.concat = Concat()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        features = [x]
        for name, layer in self.named_children():
            if name != "concat":
                features.append(layer(x))
                x = self.concat(*features)
        return x


def densenet121() -> nn.Module:
    features = nn.Sequential()
    features.add_module("conv0", nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False))
    features.add_module("norm0", nn.BatchNorm2d(64))
    features.add_module("relu0", nn.ReLU())
    features.add_module("pool0", nn.MaxPool2d(kernel_size=3, stride=2, padding=1))
    channels = 64
    for i, layers in enumerate((6, 12, 24, 16)):
        features.add_module(f"denseblock{i + 1}", DenseBlock(layers, channels, growth_rate=32, bn_size=4))
        channels += layers * 32
        if i < 3:
            features.add_module(f"transition{i + 1}", _transition(channels))
            channels //= 2
    features.add_module("norm5", nn.BatchNorm2d(channels))
    parts = {"relu": nn.ReLU(), "pool": nn.AdaptiveAvgPool2d((1, 1)), "flatten": nn.Flatten()}
    return nn.Sequential(OrderedDict({"features": features, **parts, "classifier": nn.Linear(channels, 1000)}))


def _transition(channels: int) -> nn.Module:
    parts = {
        "norm": nn.BatchNorm2d(channels),
        "relu": nn.ReLU(),
        "conv": nn.Conv2d(channels, channels // 2, kernel_size=1, stride=1, bias=False),
        "pool": nn.AvgPool2d(kernel_size=2, stride=2),
    }
    return nn.Sequential(OrderedDict(parts))


# --- U-Net --------------------------------------------------------------------------------------------------------------


class UNet(nn.Module):
    """Figure 1 of the paper, padded or not; `base` channels at the top, where the paper has 64."""

    def __init__(self, padding: int, base: int = 64) -> None:
        super().__init__()
        self.down1 = _convolutions(1, base, padding)
        self.down2 = _convolutions(base, 2 * base, padding)
        self.down3 = _convolutions(2 * base, 4 * base, padding)
        self.down4 = _convolutions(4 * base, 8 * base, padding)
        self.pool = nn.MaxPool2d(2)
        self.bottom = _convolutions(8 * base, 16 * base, padding)
        self.up1 = nn.ConvTranspose2d(16 * base, 8 * base, kernel_size=2, stride=2)
        self.up2 = nn.ConvTranspose2d(8 * base, 4 * base, kernel_size=2, stride=2)
        self.up3 = nn.ConvTranspose2d(4 * base, 2 * base, kernel_size=2, stride=2)
        self.up4 = nn.ConvTranspose2d(2 * base, base, kernel_size=2, stride=2)
        self.concat = Concat(crop=padding == 0)
        self.after1 = _convolutions(16 * base, 8 * base, padding)
        self.after2 = _convolutions(8 * base, 4 * base, padding)
        self.after3 = _convolutions(4 * base, 2 * base, padding)
        self.after4 = _convolutions(2 * base, base, padding)
        self.last = nn.Conv2d(base, 2, kernel_size=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        one = self.down1(x)
        two = self.down2(self.pool(one))
        three = self.down3(self.pool(two))
        four = self.down4(self.pool(three))
        x = self.bottom(self.pool(four))
        x = self.after1(self.concat(four, self.up1(x)))
        x = self.after2(self.concat(three, self.up2(x)))
        x = self.after3(self.concat(two, self.up3(x)))
        x = self.after4(self.concat(one, self.up4(x)))
        return self.last(x)


def _convolutions(channels: int, out: int, padding: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(channels, out, 3, padding=padding), nn.ReLU(), nn.Conv2d(out, out, 3, padding=padding), nn.ReLU()
    )


# --- All of them --------------------------------------------------------------------------------------------------------

NETWORKS: Final[Mapping[str, Callable[[], nn.Module]]] = {
    "lenet5": lenet5,
    "alexnet": alexnet,
    "alexnet_published": alexnet_published,
    "vgg16": lambda: vgg("D"),
    "vgg19": lambda: vgg("E"),
    "resnet18": lambda: ResNet(BasicBlock, [2, 2, 2, 2]),
    "resnet50": lambda: ResNet(Bottleneck, [3, 4, 6, 3]),
    "resnet50_v1": lambda: ResNet(PublishedBottleneck, [3, 4, 6, 3]),
    "resnet152": lambda: ResNet(Bottleneck, [3, 8, 36, 3]),
    "densenet121": densenet121,
    "unet": lambda: UNet(padding=1),
    "unet_published": lambda: UNet(padding=0),
    "stack": stack,
    "pointwise": pointwise,
    "seven5x5": seven5x5,
    "ten5x5": ten5x5,
}
INPUTS: Final[Mapping[str, tuple[int, ...]]] = {
    **dict.fromkeys(NETWORKS, (3, 224, 224)),
    "lenet5": (1, 28, 28),
    "alexnet_published": (3, 227, 227),
    "unet": (1, 512, 512),
    "unet_published": (1, 572, 572),
    "stack": (3, 32, 32),
    "pointwise": (64, 56, 56),
    "seven5x5": (1, 32, 32),
    "ten5x5": (1, 240, 240),
}
