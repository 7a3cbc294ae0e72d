"""Reads and writes boxes of Zarr arrays when told on standard input, with zarr-python or tensorstore, and prints seconds.

A line {"library", "op": "read" | "write", "path", "codec", "shape", "box", "chunks", "shards"} is answered by {"seconds"}.
"""
import json
import shutil
import sys
import time

import numpy as np
import tensorstore as ts
import zarr
from zarr.codecs import BloscCodec, GzipCodec, ZstdCodec

COMPRESSORS = {
    "raw": None, "gzip": GzipCodec(level=1), "zstd": ZstdCodec(level=1), "blosc-zstd": BloscCodec(cname="zstd", clevel=1, shuffle="noshuffle"),
    "blosc-lz4": BloscCodec(cname="lz4", clevel=5, shuffle="noshuffle"),
}


def content(shape):
    rng = np.random.default_rng(1)
    coarse = rng.integers(60, 180, [(n + 7) // 8 for n in shape], dtype=np.uint8)
    for axis in range(3):
        coarse = coarse.repeat(8, axis=axis)
    return coarse[: shape[0], : shape[1], : shape[2]] + rng.integers(0, 8, shape, dtype=np.uint8)


def opened(job, mode):
    if job["library"] == "zarr":
        if mode == "r":
            return zarr.open_array(job["path"], mode="r")
        shutil.rmtree(job["path"], ignore_errors=True)
        return zarr.create_array(job["path"], shape=job["shape"], chunks=job["chunks"], shards=job.get("shards"), dtype="uint8",
                                 compressors=COMPRESSORS[job["codec"]])
    if mode == "w":
        opened({**job, "library": "zarr"}, "w")  # the same metadata
    return ts.open({"driver": "zarr3", "kvstore": {"driver": "file", "path": job["path"]}}).result()


def run(job):
    z, step = job["shape"][0], job["box"][0]
    if job["op"] == "make":
        opened({**job, "library": "zarr"}, "w")[:] = content(job["shape"])
        return 0
    if job["op"] == "write":
        box = content(job["box"])
    a = opened(job, job["op"][0])
    start = time.perf_counter()
    for at in range(0, z, step):
        if job["op"] == "read":
            np.asarray(a[at:at + step].read().result() if job["library"] == "tensorstore" else a[at:at + step])
        elif job["library"] == "tensorstore":
            a[at:at + step].write(box).result()
        else:
            a[at:at + step] = box
    return time.perf_counter() - start


for line in sys.stdin:
    print(json.dumps({"seconds": run(json.loads(line))}), flush=True)
