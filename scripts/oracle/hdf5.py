"""Reads with h5py what nnvol wrote, or writes what nnvol is to read.

python hdf5.py check FOLDER   data set "a/b" of each file: prints {name, ok, found} as JSON lines
python hdf5.py make FOLDER    writes files with h5py and hdf5plugin and prints {name, dtype, shape} as JSON lines

Every array of shape s holds value(index) = (7 * ravelled index) mod 251, cast to its type.
"""
import json
import os
import sys

sys.path.pop(0)  # this file's own name would hide a package
import h5py
import hdf5plugin
import numpy as np

SHAPE = (37, 50, 41)
TYPES = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]


def values(shape, dtype):
    return ((7 * np.arange(int(np.prod(shape)))) % 251).reshape(shape).astype(dtype)


def check(folder):
    for name in sorted(os.listdir(folder)):
        try:
            with h5py.File(f"{folder}/{name}") as f:
                d = f["a/b"]
                a = d[:]
                ok = bool(np.array_equal(a, values(a.shape, a.dtype)))
                ok = ok and list(d.attrs["spacing"]) == [30, 4, 4.5] and [x.label for x in d.dims] == ["z", "y", "x"]
                packing = [d.id.get_create_plist().get_filter(i)[0] for i in range(d.id.get_create_plist().get_nfilters())]
                found = f"{a.dtype} {a.shape} {d.chunks} {packing}"
        except Exception as error:
            ok, found = False, str(error)[:300]
        print(json.dumps({"name": name, "ok": ok, "found": found}), flush=True)


def make(folder):
    packings = {
        "raw": {},
        "gzip": {"compression": "gzip", "shuffle": True, "fletcher32": True},
        "szip": {"compression": "szip"},
        "lzf": {"compression": "lzf"},
        "zstd": dict(hdf5plugin.Zstd()),
        "lz4": dict(hdf5plugin.LZ4()),
        "bzip2": dict(hdf5plugin.BZip2()),
        "blosc2": dict(hdf5plugin.Blosc2(cname="zstd")),
        "bitshuffle": dict(hdf5plugin.Bitshuffle()),
        "bitshuffle-zstd": dict(hdf5plugin.Bitshuffle(cname="zstd")),
    }
    for cname in ("zstd", "lz4", "lz4hc", "blosclz"):
        for shuffle in (0, 1, 2):
            packings[f"blosc-{cname}-{shuffle}"] = dict(hdf5plugin.Blosc(cname=cname, shuffle=shuffle))
    rng = np.random.default_rng(3)
    for libver in ("earliest", "latest"):
        for packing, options in packings.items():
            for kind in TYPES:
                order = rng.choice(["<", ">"])
                chunks = tuple(int(rng.integers(4, n + 4)) for n in SHAPE)
                chunks = tuple(min(c, n) for c, n in zip(chunks, SHAPE))
                growing = (None, None, None) if rng.random() < 0.3 else (None, 50, 41) if rng.random() < 0.4 else None
                name = f"{libver}-{packing}-{kind}.h5"
                with h5py.File(f"{folder}/{name}", "w", libver=libver) as f:
                    a = values(SHAPE, order + kind)
                    try:
                        f.create_dataset("a/b", data=a, chunks=chunks, maxshape=growing, **options)
                    except Exception as error:  # szip takes no chunks of odd sizes, and so on
                        print(f"not made: {name}: {error}", file=sys.stderr)
                        continue
                print(json.dumps({"name": name, "dtype": np.dtype(kind).name, "shape": SHAPE}), flush=True)


{"check": check, "make": make}[sys.argv[1]](sys.argv[2])
