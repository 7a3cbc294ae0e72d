"""h5py's side of rates-hdf5.ts: one job a line on standard input, {"seconds": ..., "cpu": ...} a line on standard output."""
import json
import os
import sys
import time

import h5py
import hdf5plugin
import numpy as np

PACKINGS = {
    "raw": {},
    "gzip": {"compression": "gzip", "compression_opts": 1},
    "blosc": dict(hdf5plugin.Blosc(cname="zstd", clevel=5, shuffle=hdf5plugin.Blosc.SHUFFLE)),
    "zstd": dict(hdf5plugin.Zstd(clevel=3)),
    "lz4": dict(hdf5plugin.LZ4()),
}


def volume(shape):
    """Smooth structures with noise of a few grey values, as electron microscopy has: it packs to about a half."""
    rng = np.random.default_rng(0)
    z, y, x = (np.arange(n, dtype="f4") for n in shape)
    wave = np.sin(x / 17)[None, None] * 50 + np.cos(y / 23)[None, :, None] * 40 + (z % 60)[:, None, None]
    return np.clip(wave + 128 + rng.integers(-4, 5, shape, dtype="i1"), 0, 255).astype("u1")


def write(job, data):
    with h5py.File(job["path"], "w") as f:
        d = f.create_dataset("main", shape=job["shape"], dtype="u1", chunks=tuple(job["chunks"]), **PACKINGS[job["codec"]])
        for z in range(0, job["shape"][0], job["depth"]):
            d[z : z + job["depth"]] = data[z : z + job["depth"]]
    descriptor = os.open(job["path"], os.O_RDWR)
    os.fsync(descriptor)
    os.close(descriptor)


def read(job):
    with h5py.File(job["path"]) as f:
        d = f["main"]
        for z in range(0, job["shape"][0], job["depth"]):
            d[z : z + job["depth"]]


data = None
for line in sys.stdin:
    job = json.loads(line)
    if data is None:
        data = volume(job["shape"])
    start, cpu = time.perf_counter(), time.process_time()
    read(job) if job["op"] == "read" else write(job, data)
    print(json.dumps({"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}), flush=True)
