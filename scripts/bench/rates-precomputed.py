"""Reads and writes boxes of precomputed and N5 volumes when told on standard input, by cloud-volume or tensorstore.

A line {"library", "op": "read" | "write", "format", "path", "from", "shape", "box", "dtype"} is answered by {"seconds"}.
What is written has the layout of the volume at "from". Arrays are z, y, x.
"""
import json
import os
import shutil
import sys
import time

import numpy as np
import tensorstore as ts
from cloudvolume import CloudVolume


def content(shape, dtype):
    if dtype == "uint64":  # labels: boxes of 11 voxels
        z, y, x = (np.arange(n, dtype="u8") // 11 for n in shape)
        return z[:, None, None] * 7919 + y[None, :, None] * 104729 + x[None, None, :] + 2**40
    rng = np.random.default_rng(1)
    coarse = rng.integers(60, 180, [(n + 7) // 8 for n in shape], dtype=np.uint8)
    for axis in range(3):
        coarse = coarse.repeat(8, axis=axis)
    return coarse[: shape[0], : shape[1], : shape[2]] + rng.integers(0, 8, shape, dtype=np.uint8)


def opened(job):
    driver = "n5" if job["format"] == "n5" else "neuroglancer_precomputed"
    if job["op"] == "write":
        shutil.rmtree(job["path"], ignore_errors=True)
        os.makedirs(job["path"])
        name = "attributes.json" if driver == "n5" else "info"
        shutil.copy(os.path.join(job["from"], name), os.path.join(job["path"], name))
    if job["library"] == "cloud-volume":
        return CloudVolume("file://" + job["path"], progress=False, fill_missing=True, compress=False, cache=False)
    return ts.open({"driver": driver, "kvstore": {"driver": "file", "path": job["path"] + "/"}}).result()


def run(job):
    z, step = job["shape"][0], job["box"][0]
    if job["op"] == "content":
        content(job["box"], job["dtype"]).tofile(job["path"])
        return 0
    box = content(job["box"], job["dtype"]).T if job["op"] == "write" else None
    if box is not None and job["format"] == "precomputed":
        box = np.asfortranarray(box)[..., None]
    a = opened(job)
    start = time.perf_counter()
    for at in range(0, z, step):
        part = (slice(None), slice(None), slice(at, at + step))
        if job["op"] == "read":
            np.asarray(a[part].read().result() if job["library"] == "tensorstore" else a[part])
        elif job["library"] == "tensorstore":
            a[part].write(box).result()
        else:
            a[part] = box
    return time.perf_counter() - start


for line in sys.stdin:
    print(json.dumps({"seconds": run(json.loads(line))}), flush=True)
