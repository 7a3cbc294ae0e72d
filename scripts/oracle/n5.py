"""The Python side of n5.ts: tensorstore, and zarr 2 where a second Python has it.

    python n5.py write FOLDER         writes containers by tensorstore, prints a JSON line for each
    python n5.py write-zarr FOLDER    the same by zarr-python 2 (N5Store)
    python n5.py check FOLDER         reads those that nnvol wrote by tensorstore, prints whether it sees the same
    python n5.py check-zarr FOLDER    the same by zarr-python 2

Voxel n of an array (C order, the first axis the slowest) holds (n // 3 * 7) mod 251, for 64-bit integers times 2^33 + 1.
"""
import json
import os
import sys

sys.path.pop(0)  # zarr.py beside this file is not the library
import numpy as np

SHAPE = (37, 50, 41)
TYPES = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"]


def values(shape, dtype):
    n = np.arange(int(np.prod(shape)), dtype="u8")
    v = n // 3 * 7 % 251
    if np.dtype(dtype).kind in "ui" and np.dtype(dtype).itemsize == 8:
        v = v * (2**33 + 1)
    return v.astype(dtype).reshape(shape)


def line(name, array, path=""):
    print(json.dumps({"name": name, "dtype": str(array.dtype), "shape": list(array.shape), "dataset": path}))


def by_tensorstore(folder, name, array, compression, path="", **metadata):
    import tensorstore as ts
    store = ts.open({"driver": "n5", "kvstore": {"driver": "file", "path": os.path.join(folder, name, path).rstrip("/") + "/"},
                     "metadata": {"dimensions": list(array.shape[::-1]), "blockSize": [16, 20, 8, 2][:array.ndim],
                                  "dataType": str(array.dtype), "compression": compression, **metadata},
                     "create": True}).result()
    store.write(array.transpose()).result()
    line(name, array, path)


def write(folder):
    packings = {"raw": {"type": "raw"}, "gzip": {"type": "gzip"}, "zlib": {"type": "gzip", "useZlib": True},
                "zstd": {"type": "zstd", "level": 3},
                "blosc": {"type": "blosc", "cname": "lz4", "clevel": 5, "shuffle": 1},
                "blosczstd": {"type": "blosc", "cname": "zstd", "clevel": 3, "shuffle": 2},
                "blosclz": {"type": "blosc", "cname": "blosclz", "clevel": 5, "shuffle": 1}}
    for dtype in TYPES:
        for name, packing in packings.items():
            by_tensorstore(folder, f"ts-{name}-{dtype}", values(SHAPE, dtype), packing)
    for shape in ((41,), (50, 41), (3, 37, 50, 41)):
        by_tensorstore(folder, f"ts-rank{len(shape)}", values(shape, "uint16"), {"type": "gzip"})
    by_tensorstore(folder, "ts-deep", values(SHAPE, "uint16"), {"type": "gzip"}, "a/b")
    by_tensorstore(folder, "ts-units", values(SHAPE, "uint16"), {"type": "gzip"}, axes=["x", "y", "z"],
                   units=["nm", "nm", "nm"], resolution=[4, 5, 30])


def write_zarr(folder):
    import zarr
    import numcodecs
    packings = {"raw": None, "gzip": numcodecs.GZip(1), "blosc": numcodecs.Blosc(), "zlib": numcodecs.Zlib(1)}
    for dtype in TYPES:
        for name, packing in packings.items():
            array = values(SHAPE, dtype)
            root = zarr.group(store=zarr.N5Store(os.path.join(folder, f"zarr-{name}-{dtype}")))
            root.create_dataset("v", data=array, chunks=(8, 20, 16), compressor=packing)
            line(f"zarr-{name}-{dtype}", array, "v")


def report(folder, reader, read, skip=()):
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if not os.path.isdir(path) or any(word in name for word in skip):
            continue
        data = np.ascontiguousarray(read(path))
        with open(path + ".values", "rb") as file:
            print(json.dumps({"name": name, "reader": reader, "same": file.read() == data.tobytes()}))


def check(folder):
    import tensorstore as ts

    def read(path):
        for dataset in ("", "a/b"):
            if os.path.exists(os.path.join(path, dataset, "0")):
                spec = {"driver": "n5", "kvstore": {"driver": "file", "path": os.path.join(path, dataset).rstrip("/") + "/"}}
                return np.asarray(ts.open(spec).result().read().result()).transpose()
        raise ValueError(path)

    report(folder, "tensorstore", read, skip=("lz4",))


def check_zarr(folder):
    import zarr

    def read(path):
        group = zarr.open(zarr.N5Store(path), mode="r")
        return np.asarray(group[:] if isinstance(group, zarr.Array) else group["a/b"][:])

    report(folder, "zarr", read, skip=("lz4", "zstd"))


if __name__ == "__main__":
    {"write": write, "write-zarr": write_zarr, "check": check, "check-zarr": check_zarr}[sys.argv[1]](sys.argv[2])
