"""PyTorch's side of `npm run bench -- network`: one process that stays, so that runs of both sides interleave.

Usage: torch-network.py FOLDER THREADS      (needs torch and nnunetv2)

For each FOLDER/NAME/plans.json it builds the network, with random weights, and saves FOLDER/NAME/checkpoint_final.pth.
Then it answers lines: "run NAME BATCH" with the seconds of one forward pass, "check NAME" by writing the logits of
FOLDER/NAME/input.f32 to FOLDER/NAME/logits.f32.
"""
import json
import os
import sys
import time
from pathlib import Path

for variable in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"):
    os.environ.setdefault(variable, "/tmp")

import numpy as np
import torch
from nnunetv2.utilities.get_network_from_plans import get_network_from_plans

ANSWERS = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)  # what libraries print must not be taken for an answer


def build(folder):
    torch.manual_seed(0)
    configuration = json.loads((folder / "plans.json").read_text())["configurations"]["bench"]
    architecture = configuration["architecture"]
    net = get_network_from_plans(architecture["network_class_name"], architecture["arch_kwargs"],
                                 architecture["_kw_requires_import"], 1, 2, allow_init=True, deep_supervision=False)
    torch.save({"network_weights": net.state_dict(), "trainer_name": "nnUNetTrainer", "init_args": {"configuration": "bench"},
                "inference_allowed_mirroring_axes": None}, folder / "checkpoint_final.pth")
    return net.eval(), configuration["patch_size"]


def main():
    root = Path(sys.argv[1])
    torch.set_num_threads(int(sys.argv[2]))
    nets = {folder.name: build(folder) for folder in sorted(root.iterdir()) if folder.is_dir()}
    print("ready", torch.__version__, file=ANSWERS)
    with torch.inference_mode():
        for line in sys.stdin:
            command, name, *rest = line.split()
            net, patch = nets[name]
            if command == "check":
                image = np.fromfile(root / name / "input.f32", "<f4").reshape(1, 1, *patch)
                net(torch.from_numpy(image)).numpy().astype("<f4").tofile(root / name / "logits.f32")
                print("done", file=ANSWERS)
            else:
                image = torch.randn(int(rest[0]), 1, *patch)
                start = time.perf_counter()
                net(image)
                print(time.perf_counter() - start, file=ANSWERS)


if __name__ == "__main__":
    main()
