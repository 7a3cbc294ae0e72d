"""Model folders with random weights, in the layout and with the keys that nnU-Net's trainer saves.

Norms and biases are jittered, so that a swapped or dropped parameter shows. The last layer is centred and scaled on a real
preprocessed patch, so that every label occurs and few voxels lie near a tie.
"""
import json

import numpy as np
import torch
from nnunetv2.utilities.find_objects import recursive_find_trainer_class_by_name
from nnunetv2.utilities.label_handling.label_handling import determine_num_input_channels
from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

SPREAD = 6.0


def build(plans, dataset, case):
    manager = PlansManager(plans)
    config = manager.get_configuration(case["configuration"])
    inputs = determine_num_input_channels(manager, config, dataset)
    heads = manager.get_label_manager(dataset).num_segmentation_heads
    trainer = recursive_find_trainer_class_by_name(case["trainer"])
    return trainer.build_network_architecture(manager, config, inputs, heads, True), config, inputs


def last_layer(net):
    """The layer that makes the logits: its bias and weight are scaled."""
    if hasattr(net, "decoder"):
        return net.decoder.seg_layers[-1]
    return [m for m in net.up_projection.modules() if hasattr(m, "out_channels")][-1]


def randomise(net, patch):
    with torch.no_grad():
        for parameter in net.parameters():
            if parameter.ndim == 1:
                parameter.add_(torch.randn_like(parameter) * 0.1)
        for name, buffer in net.named_buffers():
            if name.endswith("running_mean"):
                buffer.copy_(torch.randn_like(buffer) * 0.2)
            if name.endswith("running_var"):
                buffer.copy_(torch.rand_like(buffer) + 0.5)
        layer = last_layer(net)
        net.eval()
        deep = hasattr(net, "decoder")
        if deep:
            net.decoder.deep_supervision = False
        axes = [0, *range(2, patch.ndim)]
        logits = net(patch)
        scale = SPREAD / logits.std(dim=axes).mean()
        layer.weight.mul_(scale)
        layer.bias.mul_(scale)
        layer.bias.sub_((logits * scale).mean(dim=axes))
        if deep:
            net.decoder.deep_supervision = True
        net.train()


def write_model(folder, plans, dataset, case, patch_of):
    """`patch_of(config, channels)`: a preprocessed patch, 1, c, and the patch's axes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plans.json").write_text(json.dumps(plans, indent=1))
    (folder / "dataset.json").write_text(json.dumps(dataset, indent=1))
    for fold in case["folds"]:
        torch.manual_seed(case["seed"] + (0 if fold == "all" else fold))
        net, config, channels = build(plans, dataset, case)
        randomise(net, patch_of(config, channels))
        own = folder / f"fold_{fold}"
        own.mkdir(exist_ok=True)
        torch.save(checkpoint(net, plans, dataset, case, fold), own / "checkpoint_final.pth")


def checkpoint(net, plans, dataset, case, fold):
    optimizer = torch.optim.SGD(net.parameters(), 1e-2, weight_decay=3e-5, momentum=0.99, nesterov=True)
    axes = case["mirrorAxes"]
    return {
        "network_weights": net.state_dict(),
        "optimizer_state": optimizer.state_dict(),
        "grad_scaler_state": None,
        "logging": {"mean_fg_dice": [np.float64(0.5)], "dice_per_class_or_region": [[np.float32(0.5)]], "lrs": [0.01]},
        "_best_ema": np.float64(0.5),
        "current_epoch": 1,
        "init_args": {"plans": plans, "configuration": case["configuration"], "fold": fold, "dataset_json": dataset,
                      "device": torch.device("cpu")},
        "trainer_name": case["trainer"],
        "inference_allowed_mirroring_axes": None if axes is None else tuple(axes),
    }
