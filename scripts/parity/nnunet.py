"""Inputs, models and nnU-Net's own predictions for every model of the comparison, in one process.

Usage: nnunet.py PLANS_FOLDER OUT [--only NAME ...] [--keep] [--dump]

For each folder NAME of PLANS_FOLDER, in the order of OUT/order.json, OUT/NAME gets `inputs`, `model`, and what the
predictor writes: `plain`, and `float32` (logits added in float32 where nnU-Net uses float16; with probabilities).
--keep leaves what is there and was made from the same files. --dump also keeps preprocessed images and logits.
"""
import argparse
import contextlib
import hashlib
import importlib
import inspect
import io
import json
import os
import shutil
import sys
import time
import traceback
import types
from pathlib import Path

for name in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"):
    os.environ.setdefault(name, os.devnull)

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent))
from phantoms import write_inputs  # noqa: E402
from weights import write_model  # noqa: E402


def predictors():
    """nnU-Net's predictor, and the same code with float32 sums."""
    module = importlib.import_module("nnunetv2.inference.predict_from_raw_data")
    source = inspect.getsource(module)
    if source.count("dtype=torch.half") != 2:
        raise SystemExit("this nnunetv2 adds logits differently: install nnunetv2==2.8.1")
    patched = types.ModuleType("predict_float32")
    patched.__file__ = module.__file__
    exec(compile(source.replace("dtype=torch.half", "dtype=torch.float"), module.__file__, "exec"), patched.__dict__)
    return {"plain": module.nnUNetPredictor, "float32": patched.nnUNetPredictor}


class Dump:
    """Keeps what goes into the network and what comes out of it, for one run."""

    def __init__(self, predictor, folder):
        self.inner, self.folder, self.count = predictor.predict_logits_from_preprocessed_data, folder, 0
        predictor.predict_logits_from_preprocessed_data = self

    def __call__(self, data):
        logits = self.inner(data)
        self.folder.mkdir(parents=True, exist_ok=True)
        np.save(self.folder / f"{self.count}_preprocessed.npy", data.numpy())
        np.save(self.folder / f"{self.count}_logits.npy", logits.float().numpy())
        self.count += 1
        return logits


def first_patch(plans, dataset, files, previous):
    """From the model's first input, what its network sees, cut from the middle."""
    from acvl_utils.cropping_and_padding.padding import pad_nd_image
    from nnunetv2.inference.data_iterators import convert_labelmap_to_one_hot
    from nnunetv2.preprocessing.preprocessors.default_preprocessor import DefaultPreprocessor
    from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

    def patch(config, channels):
        manager = PlansManager(plans)
        data, seg, _ = DefaultPreprocessor(verbose=False).run_case(files, previous, manager, config, dataset)
        if channels > data.shape[0]:
            labels = manager.get_label_manager(dataset).foreground_labels
            data = np.vstack((data, convert_labelmap_to_one_hot(seg[0], labels, data.dtype)))
        size = config.patch_size
        data = np.array(pad_nd_image(data, size, "constant", {"constant_values": 0}))
        if len(size) == 2:
            data = data[:, data.shape[1] // 2]
        starts = [(s - p) // 2 for s, p in zip(data.shape[1:], size)]
        cut = data[(slice(None), *[slice(a, a + p) for a, p in zip(starts, size)])]
        return torch.from_numpy(np.ascontiguousarray(cut, np.float32))[None]

    return patch


def predict(kind, case, own, previous, run, dump):
    target = own / run
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    predictor = kind(tile_step_size=case["step"], use_gaussian=True, use_mirroring=case["mirror"],
                     perform_everything_on_device=False, device=torch.device("cpu"), verbose=False, allow_tqdm=False)
    predictor.initialize_from_trained_model_folder(str(own / "model"), tuple(case["folds"]))
    if dump:
        Dump(predictor, own / "dump" / run)
    predictor.predict_from_files_sequential(str(own / "inputs"), str(target), save_probabilities=run == "float32",
                                            overwrite=True, folder_with_segs_from_prev_stage=previous)


def make(name, plans_folder, out, kinds, options):
    source, own = plans_folder / name, out / name
    texts = {part: (source / f"{part}.json").read_text() for part in ("case", "plans", "dataset")}
    mark = hashlib.sha256("".join(texts.values()).encode()).hexdigest()
    done = own / "made"
    if options.keep and done.exists() and done.read_text() == mark and not options.dump:
        return "kept"
    shutil.rmtree(own, ignore_errors=True)
    case, plans, dataset = (json.loads(texts[part]) for part in ("case", "plans", "dataset"))
    reader, ending = plans["image_reader_writer"], dataset["file_ending"]
    channels = len(dataset.get("channel_names", dataset.get("modality")))
    for image in case["inputs"]:
        write_inputs(image, reader, ending, channels, own / "inputs")
    first = case["inputs"][0]["id"]
    previous = None if case["previous"] is None else str(out / case["previous"] / "float32")
    files = sorted(str(p) for p in (own / "inputs").glob(f"{first}_*{ending}"))
    previous_file = None if previous is None else f"{previous}/{first}{ending}"
    write_model(own / "model", plans, dataset, case, first_patch(plans, dataset, files, previous_file))
    for run, kind in kinds.items():
        predict(kind, case, own, previous, run, options.dump)
    done.write_text(mark)
    return "made"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("plans", type=Path)
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--only", nargs="+")
    arguments.add_argument("--keep", action="store_true")
    arguments.add_argument("--dump", action="store_true")
    arguments.add_argument("--threads", type=int, default=1, help="the networks are tiny: more threads wait for each other")
    options = arguments.parse_args()
    names = json.loads((options.out / "order.json").read_text())
    torch.set_num_threads(options.threads)
    kinds, failed = predictors(), 0
    for name in names if options.only is None else [n for n in names if n in options.only]:
        begun, said = time.time(), io.StringIO()
        try:
            with contextlib.redirect_stdout(said):
                state = make(name, options.plans, options.out, kinds, options)
        except Exception:
            failed += 1
            state = f"FAILED\n{said.getvalue()[-500:]}\n{traceback.format_exc()}"
        print(f"{name}: {state}, {time.time() - begun:.1f} s", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
