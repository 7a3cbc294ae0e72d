"""Reads and writes whole medical volumes when told on standard input, with nibabel or SimpleITK, and prints seconds.

A line {"library", "op": "make" | "read" | "write", "path", "codec", "shape"} is answered by {"seconds"}.
"""
import json
import sys
import time

import nibabel as nib
import numpy as np
import SimpleITK as sitk

_content = {}


def content(shape):
    key = tuple(shape)
    if key not in _content:
        rng = np.random.default_rng(1)
        coarse = rng.integers(-500, 1500, [(n + 7) // 8 for n in shape], dtype=np.int16)
        for axis in range(3):
            coarse = coarse.repeat(8, axis=axis)
        _content[key] = coarse[: shape[0], : shape[1], : shape[2]] + rng.integers(0, 8, shape, dtype=np.int16)
    return _content[key]


def run(job):
    array = content(job["shape"])
    packed = job["codec"] == "gzip"
    start = time.perf_counter()
    if job["op"] == "read":
        if job["library"] == "nibabel":
            np.array(nib.load(job["path"]).dataobj)  # a plain file is only mapped until then
        else:
            image = sitk.ReadImage(job["path"])
            sitk.GetArrayViewFromImage(image)
    elif job["library"] == "nibabel":
        nib.save(nib.Nifti1Image(array.T, np.eye(4)), job["path"])
    else:
        image = sitk.GetImageFromArray(array)
        start = time.perf_counter()
        sitk.WriteImage(image, job["path"], packed)
    return time.perf_counter() - start


for line in sys.stdin:
    print(json.dumps({"seconds": run(json.loads(line))}), flush=True)
