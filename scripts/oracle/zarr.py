"""Reads with zarr-python and tensorstore what nnvol wrote, or writes what nnvol is to read.

python zarr.py check FOLDER   each array FOLDER/NAME.zarr: prints {name, reader, ok, found} as JSON lines
python zarr.py pyramids FOLDER   each OME-Zarr image FOLDER/KIND-NAME.zarr, level by level: prints the same
python zarr.py make FOLDER    writes arrays with both libraries and prints {name, dtype} as JSON lines

Every array of shape s holds value(index) = (7 * ravelled index) mod 251, cast to its type.
"""
import json
import os
import sys

sys.path.pop(0)  # this file's own name would hide the package
import numcodecs
import numpy as np
import tensorstore as ts
import zarr
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, ShardingCodec, TransposeCodec, ZstdCodec

SHAPE = (37, 50, 41)


def values(shape, dtype):
    return ((7 * np.arange(int(np.prod(shape)))) % 251).reshape(shape).astype(dtype)


def by_tensorstore(path):
    driver = "zarr3" if os.path.exists(f"{path}/zarr.json") else "zarr"
    return ts.open({"driver": driver, "kvstore": {"driver": "file", "path": path}}).result().read().result()


READERS = {"zarr-python": lambda path: zarr.open_array(path, mode="r")[:], "tensorstore": by_tensorstore}


def check(folder):
    for name in sorted(os.listdir(folder)):
        path = f"{folder}/{name}"
        if os.path.exists(f"{path}/data/zarr.json") or os.path.exists(f"{path}/data/.zarray"):
            path = f"{path}/data"
        for reader, read in READERS.items():
            try:
                a = np.asarray(read(path))
                ok = bool(np.array_equal(a, values(a.shape, a.dtype)))
                found = f"{a.dtype} {a.shape}"
            except Exception as error:
                ok, found = False, str(error)[:300]
            print(json.dumps({"name": name, "reader": reader, "ok": ok, "found": found}), flush=True)


def halved(a, steps, kind):
    """The mean, halves up, or the most frequent (the first of equals) of what falls together."""
    blocks = np.stack([
        np.pad(a.astype(float), [(0, -n % s) for n, s in zip(a.shape, steps)], constant_values=np.nan)[tuple(slice(o, None, s) for o, s in zip(at, steps))]
        for at in np.ndindex(*steps)])
    if kind == "image":
        mean = np.nanmean(blocks, axis=0)
        return (mean if a.dtype.kind == "f" else np.floor(mean + 0.5)).astype(a.dtype)
    counts = np.stack([(blocks == b).sum(axis=0) for b in blocks])
    return np.take_along_axis(blocks, counts.argmax(axis=0)[None], axis=0)[0].astype(a.dtype)


def pyramids(folder):
    for name in sorted(os.listdir(folder)):
        kind = name.split("-")[0]
        group = zarr.open_group(f"{folder}/{name}", mode="r")
        attributes = group.attrs.asdict()
        image = attributes.get("ome", attributes)["multiscales"][0]
        levels = [group[d["path"]] for d in image["datasets"]]
        scales = [d["coordinateTransformations"][0]["scale"] for d in image["datasets"]]
        for n in range(1, len(levels)):
            steps = [int(b / a) for a, b in zip(scales[n - 1], scales[n])]
            ok = bool(np.array_equal(levels[n][:], halved(levels[n - 1][:], steps, kind)))
            found = f"level {n} {levels[n].shape} by {steps}, {image['axes']}"
            print(json.dumps({"name": name, "reader": "zarr-python", "ok": ok, "found": found}), flush=True)


def made(name, dtype):
    print(json.dumps({"name": name, "dtype": dtype}), flush=True)


def make_by_zarr(folder):
    v2 = {
        "raw": None, "zlib": numcodecs.Zlib(4), "gzip": numcodecs.GZip(4), "zstd": numcodecs.Zstd(3), "lz4": numcodecs.LZ4(),
        **{f"blosc-{c}-{s}": numcodecs.Blosc(cname=c, clevel=5, shuffle=s)
           for c in ["blosclz", "lz4", "lz4hc", "zlib", "zstd"] for s in [0, 1, 2]},
    }
    for dtype in ["uint8", "uint16", "float32", "int64"]:
        for name, compressor in v2.items():
            a = zarr.create_array(f"{folder}/zp2-{name}-{dtype}.zarr", shape=SHAPE, chunks=(16, 20, 32), dtype=dtype,
                                  zarr_format=2, compressors=compressor)
            a[:] = values(SHAPE, dtype)
            made(f"zp2-{name}-{dtype}", dtype)
        v3 = {
            "gzip": {"compressors": GzipCodec(level=5)},
            "zstd-crc": {"compressors": (ZstdCodec(level=3, checksum=True), Crc32cCodec())},
            "shard-zstd": {"shards": (32, 40, 64), "compressors": ZstdCodec(level=1)},
            "shard-blosc-start": {"serializer": ShardingCodec(chunk_shape=(8, 10, 16), codecs=[BytesCodec(), BloscCodec(cname="lz4")],
                                                             index_location="start"), "compressors": None},
            "shard-transpose": {"shards": (32, 40, 64), "filters": [TransposeCodec(order=(2, 0, 1))], "compressors": GzipCodec()},
            "big": {"serializer": BytesCodec(endian="big"), "compressors": None},
        }
        for name, options in v3.items():
            a = zarr.create_array(f"{folder}/zp3-{name}-{dtype}.zarr", shape=SHAPE, chunks=(16, 20, 32), dtype=dtype, zarr_format=3, **options)
            a[:] = values(SHAPE, dtype)
            made(f"zp3-{name}-{dtype}", dtype)


def make_by_tensorstore(folder):
    little = {"name": "bytes", "configuration": {"endian": "little"}}
    codecs = {
        "raw": [little],
        "gzip": [little, {"name": "gzip", "configuration": {"level": 3}}],
        "zstd": [little, {"name": "zstd", "configuration": {"level": 3}}],
        "blosc": [little, {"name": "blosc", "configuration": {"cname": "zstd", "clevel": 3, "shuffle": "bitshuffle", "typesize": 2, "blocksize": 0}}],
        "transpose": [{"name": "transpose", "configuration": {"order": [2, 1, 0]}}, little],
        "shard": [{"name": "sharding_indexed", "configuration": {"chunk_shape": [8, 10, 16], "codecs": [little, {"name": "zstd"}],
                  "index_codecs": [little, {"name": "crc32c"}], "index_location": "start"}}],
    }
    for name, chain in codecs.items():
        for dtype in ["uint16", "float64"]:
            spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": f"{folder}/ts3-{name}-{dtype}.zarr"},
                    "metadata": {"shape": SHAPE, "data_type": dtype, "codecs": chain, "fill_value": 0,
                                 "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [16, 20, 32]}}}}
            ts.open(spec, create=True).result().write(values(SHAPE, dtype)).result()
            made(f"ts3-{name}-{dtype}", dtype)


command, target = sys.argv[1:]
if command == "check":
    check(target)
elif command == "pyramids":
    pyramids(target)
else:
    make_by_zarr(target)
    make_by_tensorstore(target)
