"""Makes, reads and writes TIFF stacks with tifffile, and PNG sections with Pillow and scikit-image, when told on standard input.

A line {"op": "make" | "read" | "write", "format", "path", "codec", "dtype", "shape", "slab"} is answered by {"seconds"}.
"""
import glob
import json
import os
import sys
import time

import numpy as np
import skimage.io
import tifffile
from PIL import Image

CODECS = {
    "raw": {},
    "deflate": {"compression": "zlib"},
    "lzw+predictor": {"compression": "lzw", "predictor": 2},
    "zstd": {"compression": "zstd"},
}


def content(shape, dtype):
    """Like a micrograph: a coarse pattern and noise in the lower bits."""
    rng = np.random.default_rng(1)
    coarse = rng.integers(60, 180, [(n + 7) // 8 for n in shape], dtype=np.uint8).astype(dtype)
    for axis in range(3):
        coarse = coarse.repeat(8, axis=axis)
    noise = rng.integers(0, 8 * np.dtype(dtype).itemsize ** 4, shape, dtype=dtype)
    return coarse[: shape[0], : shape[1], : shape[2]] * np.dtype(dtype).type(np.dtype(dtype).itemsize ** 4) + noise


def write(job, array):
    if job["format"] == "tiff":
        with tifffile.TiffWriter(job["path"], bigtiff=True) as out:
            # one page a section, strips of 256 KiB, as programs other than tifffile write them
            for page in array:
                out.write(page, contiguous=False, metadata=None, photometric="minisblack",
                          rowsperstrip=max(1, (1 << 18) // page[0].nbytes), **CODECS[job["codec"]])
        return
    os.makedirs(job["path"], exist_ok=True)
    for z, page in enumerate(array):
        Image.fromarray(page).save(f"{job['path']}/s{z:04d}.png", compress_level=6 if job["op"] == "make" else 1)


def read(job):
    z, slab = job["shape"][0], job["slab"]
    if job["format"] == "tiff":
        for at in range(0, z, slab):
            tifffile.imread(job["path"], key=range(at, min(z, at + slab)))
        return
    names = sorted(glob.glob(f"{job['path']}/*.png"))
    for at in range(0, z, slab):
        if job["codec"] == "skimage":
            np.stack([skimage.io.imread(name) for name in names[at : at + slab]])
        else:
            np.stack([np.asarray(Image.open(name)) for name in names[at : at + slab]])


def run(job):
    array = content(job["shape"], job["dtype"]) if job["op"] != "read" else None
    start = time.perf_counter()
    if job["op"] == "read":
        read(job)
    else:
        write(job, array)
    return time.perf_counter() - start


for line in sys.stdin:
    print(json.dumps({"seconds": run(json.loads(line))}), flush=True)
