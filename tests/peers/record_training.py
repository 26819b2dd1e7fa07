"""Record what PyTorch counts and keeps in a step of training: tests/recorded/training.json.

python tests/peers/record_training.py tests/recorded/training.json
"""

import json
import sys

import torch
import torchvision
from torch.utils.flop_counter import FlopCounterMode

MACS = (
    *("resnet18", "resnet50", "vgg11", "squeezenet1_1", "densenet121", "alexnet", "mobilenet_v2"),
    *("mobilenet_v3_large", "efficientnet_b0", "shufflenet_v2_x0_5", "regnet_x_800mf"),
)
KEPT = (
    *("resnet18", "resnet50", "vgg11", "densenet121", "mobilenet_v2", "mobilenet_v3_large"),
    *("efficientnet_b0", "shufflenet_v2_x0_5", "regnet_x_800mf"),
)
"""alexnet and squeezenet1_1 overwrite maps in place that pools keep."""


def counted(model, x):
    with FlopCounterMode(display=False) as counter:
        made = model(x)
        forward = counter.get_total_flops() // 2
        made.sum().backward()
    return [forward, counter.get_total_flops() // 2]


def kept(model, x):
    weights = {one.untyped_storage().data_ptr() for one in model.parameters()}
    found = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            found[storage.data_ptr()] = storage.nbytes(), tensor  # the tensor keeps its address
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        model(x)
    return sum(size for size, _ in found.values())


def main(path):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    x = torch.randn(2, 3, 224, 224)
    models = {name: getattr(torchvision.models, name)().train() for name in (*MACS, *KEPT)}
    figures = {
        "macs": {name: counted(models[name], x) for name in MACS},
        "kept": {name: kept(models[name], x) for name in KEPT},
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(figures, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
