"""Reads with tifffile or Pillow what nnvol wrote, or writes with them what nnvol is to read.

python tiff.py check FOLDER       each FOLDER/NAME.tif and folder of sections: prints {name, ok, found} as JSON lines
python tiff.py make FOLDER        writes volumes of many kinds and prints {name, path, dtype, shape} as JSON lines
python tiff.py large FILE         checks a stack of 1024x1024 pages of uint16 that all hold n + 1: prints {name, ok, found}

Every array holds value(index) = (7 * ravelled index) mod 251, cast to its type.
"""
import glob
import itertools
import json
import os
import sys

sys.path.pop(0)  # this file's own name would hide nothing, but others' might
import numpy as np
import tifffile
from PIL import Image

SHAPE = (5, 50, 41)


def values(shape, dtype):
    return ((7 * np.arange(int(np.prod(shape)))) % 251).reshape(shape).astype(dtype)


def report(name, array, shape, dtype):
    ok = array.shape == tuple(shape) and array.dtype == dtype and bool((array == values(shape, dtype)).all())
    print(json.dumps({"name": name, "ok": ok, "found": f"{array.dtype} {array.shape}"}))


def check(folder):
    for path in sorted(glob.glob(f"{folder}/*.tif")):
        dtype = os.path.basename(path).split("-")[0]
        with tifffile.TiffFile(path) as file:
            axes = file.series[0].axes
            report(f"tifffile {os.path.basename(path)} {axes}", file.asarray(), (*SHAPE, 3) if "rgb" in path else SHAPE, np.dtype(dtype))
    for name in sorted(next(os.walk(folder))[1]):
        files = sorted(glob.glob(f"{folder}/{name}/*"))
        read = tifffile.imread if files[0].endswith(".tif") else lambda file: np.asarray(Image.open(file))
        report(f"sections {name}", np.stack([read(file) for file in files]), SHAPE, np.dtype(name.split("-")[0]))


def make(folder):
    types = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]
    codecs = [{}, *({"compression": c, **p} for c in ["zlib", "deflate", "lzw", "zstd", "packbits"] for p in [{}, {"predictor": True}])]
    for dtype, codec, tiled, order, big in itertools.product(types, codecs, [False, True], "<>", [False, True]):
        if "predictor" in codec and (codec["compression"] == "packbits" or dtype in ("u8", "i8")):
            continue  # tifffile does not write these
        name = f"{dtype}-{codec.get('compression', 'raw')}{'-predictor' if 'predictor' in codec else ''}{'-tiles' if tiled else ''}-{'le' if order == '<' else 'be'}{'-big' if big else ''}"
        path = f"{folder}/{name}.tif"
        options = {"tile": (32, 16)} if tiled else {"rowsperstrip": 7}
        tifffile.imwrite(path, values(SHAPE, dtype), byteorder=order, bigtiff=big, photometric="minisblack", **options, **codec)
        kind = {"u": "uint", "i": "int", "f": "float"}[dtype[0]]
        print(json.dumps({"name": name, "path": path, "dtype": f"{kind}{8 * int(dtype[1])}", "shape": SHAPE}))
    for name, save in {"png8": ("u1", "png"), "png16": ("u2", "png"), "tif16": ("u2", "tif")}.items():
        os.makedirs(f"{folder}/{name}")
        for z, page in enumerate(values(SHAPE, save[0])):
            Image.fromarray(page).save(f"{folder}/{name}/s{z + 8}.{save[1]}")
        print(json.dumps({"name": name, "path": f"stack:{folder}/{name}/s{{z}}.{save[1]}", "dtype": f"uint{8 * int(save[0][1])}", "shape": SHAPE}))


def large(path):
    with tifffile.TiffFile(path) as file:
        series = file.series[0]
        some = [*range(0, len(series.pages), 97), len(series.pages) - 1]
        ok = file.is_bigtiff and all((series.pages[n].asarray() == n + 1).all() for n in some)
        print(json.dumps({"name": "large", "ok": bool(ok), "found": f"{series.shape} {series.dtype} {series.axes}, {os.path.getsize(path)} bytes"}))


{"check": check, "make": make, "large": large}[sys.argv[1]](sys.argv[2])
