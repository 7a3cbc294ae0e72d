"""Evaluates what kernels are raced against, when told on standard input, a JSON line a job.

{"op": "load", "folder", "shape"} reads the arrays; {"op": "run", "python"} evaluates an expression and is answered by
{"seconds", "cpu"} or {"missing"}; with "save" the result is written for comparison, as uint32 or float32.
"""
import importlib
import json
import os
import sys
import time

import numpy as np

MODULES = {"np": "numpy", "ndi": "scipy.ndimage", "cc3d": "cc3d", "fastremap": "fastremap", "edt": "edt", "skimage": "skimage"}
PARTS = ["skimage.segmentation", "skimage.morphology", "skimage.measure"]
names = {}
for name, module in MODULES.items():
    try:
        names[name] = importlib.import_module(module)
    except ImportError:
        pass
for part in PARTS:
    try:
        importlib.import_module(part)
    except ImportError:
        pass


def version(name):
    module = names.get(name)
    text = getattr(module, "__version__", None)
    if text is None and module is not None:
        import importlib.metadata as metadata

        package = {"cc3d": "connected-components-3d"}.get(name, name)
        try:
            text = metadata.version(package)
        except metadata.PackageNotFoundError:
            pass
    return text


def load(folder, shape):
    for name, dtype in {"mask": np.uint8, "gray": np.uint8, "cells": np.uint32}.items():
        names[name] = np.fromfile(os.path.join(folder, name), dtype=dtype).reshape(shape)
    import scipy

    found = {name: version(name) for name in MODULES if name != "ndi"}
    return {"versions": {**found, "scipy": scipy.__version__}}


def run(python, save=None):
    code = compile(python, "<bench>", "eval")
    start, used = time.perf_counter(), time.process_time()
    try:
        result = eval(code, names)
    except NameError as error:
        return {"missing": str(error)}
    seconds, cpu = time.perf_counter() - start, time.process_time() - used
    if save:
        result = np.asarray(result)
        result.astype(np.float32 if result.dtype.kind == "f" else np.uint32).tofile(save)
    return {"seconds": seconds, "cpu": cpu}


for line in sys.stdin:
    job = json.loads(line)
    op = job.pop("op")
    print(json.dumps(load(**job) if op == "load" else run(**job)), flush=True)
