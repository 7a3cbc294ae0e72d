"""The Python side of precomputed.ts: cloud-volume and tensorstore.

    python precomputed.py write FOLDER    writes volumes, prints a JSON line for each
    python precomputed.py check FOLDER    reads those that nnvol wrote, prints whether both see the same

Voxel n of a volume (C order of c, z, y, x) holds (n // 3 * 7) mod 251, for 64-bit types times 2^33 + 1.
"""
import json
import os
import sys
import numpy as np
import tensorstore as ts
from cloudvolume import CloudVolume

SHAPE = (37, 50, 41)  # z, y, x
TYPES = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "float32"]


def values(shape, dtype):
    n = np.arange(int(np.prod(shape)), dtype="u8")
    v = n // 3 * 7 % 251
    if np.dtype(dtype).itemsize == 8:
        v = v * (2**33 + 1)
    return v.astype(dtype).reshape(shape)


def to_xyzc(array):
    return (array if array.ndim == 4 else array[None]).transpose(3, 2, 1, 0)


def sharding(preshift, minishards, shards, hashed="identity", index="gzip", data="gzip"):
    return {"@type": "neuroglancer_uint64_sharded_v1", "preshift_bits": preshift, "minishard_bits": minishards,
            "shard_bits": shards, "hash": hashed, "minishard_index_encoding": index, "data_encoding": data}


def by_cloudvolume(folder, name, array, encoding="raw", compress="gzip", offset=(0, 0, 0), layer="image"):
    data = to_xyzc(array)
    info = CloudVolume.create_new_info(
        num_channels=data.shape[3], layer_type=layer, data_type=str(array.dtype), encoding=encoding,
        resolution=[4, 5, 30], voxel_offset=list(offset), chunk_size=[16, 20, 8], volume_size=list(data.shape[:3]))
    vol = CloudVolume("file://" + os.path.join(folder, name), info=info, compress=compress, progress=False,
                      bounded=True, non_aligned_writes=True)
    vol.commit_info()
    vol[tuple(slice(o, o + e) for o, e in zip(offset, data.shape[:3]))] = data
    return name, array


def by_tensorstore(folder, name, array, encoding="raw", shards=None, offset=(0, 0, 0), **scale):
    data = to_xyzc(array)
    store = ts.open({
        "driver": "neuroglancer_precomputed", "kvstore": {"driver": "file", "path": os.path.join(folder, name) + "/"},
        "multiscale_metadata": {"type": "image", "data_type": str(array.dtype), "num_channels": data.shape[3]},
        "scale_metadata": {"size": list(data.shape[:3]), "encoding": encoding, "chunk_size": [16, 20, 8],
                           "resolution": [4, 5, 30], "voxel_offset": list(offset),
                           **({"sharding": shards} if shards else {}), **scale},
        "create": True}).result()
    with ts.Transaction() as txn:
        store.with_transaction(txn)[...] = data
    return name, array


def write(folder):
    made = []
    for dtype in TYPES:
        for shape in (SHAPE, (3, *SHAPE)):
            array = values(shape, dtype)
            tag = f"{dtype}-{len(shape)}d"
            made.append(by_cloudvolume(folder, f"cv-gzip-{tag}", array))
            made.append(by_tensorstore(folder, f"ts-raw-{tag}", array))
    u8, u16, u32, u64 = (values(SHAPE, t) for t in ("uint8", "uint16", "uint32", "uint64"))
    made.append(by_cloudvolume(folder, "cv-plain", u16, compress=False))
    made.append(by_cloudvolume(folder, "cv-brotli", u16, compress="br"))
    made.append(by_cloudvolume(folder, "cv-zstd", u16, compress="zstd"))
    made.append(by_cloudvolume(folder, "cv-offset", u16, offset=(11, 7, 101)))
    made.append(by_cloudvolume(folder, "cv-negative", u16, offset=(-11, -7, 0), compress=False))
    made.append(by_tensorstore(folder, "ts-offset", u16, offset=(11, -7, 101)))
    for name, array in (("u32", u32), ("u64", u64)):
        made.append(by_cloudvolume(folder, f"cv-seg-{name}", array, encoding="compressed_segmentation", layer="segmentation"))
        made.append(by_tensorstore(folder, f"ts-seg-{name}", array, encoding="compressed_segmentation",
                                   compressed_segmentation_block_size=[5, 8, 3]))
        made.append(by_tensorstore(folder, f"ts-seg3-{name}", np.stack([array, array[::-1], array]),
                                   encoding="compressed_segmentation", compressed_segmentation_block_size=[8, 8, 8]))
    for name, encoding in (("cv-png", "png"), ("lossy-cv-jpeg", "jpeg")):
        try:
            made.append(by_cloudvolume(folder, name, u8, encoding=encoding, compress=False))
        except ImportError as error:
            print("left out:", name, error, file=sys.stderr)
    made.append(by_tensorstore(folder, "ts-png", u8, encoding="png"))
    made.append(by_tensorstore(folder, "ts-png16", u16, encoding="png"))
    made.append(by_tensorstore(folder, "ts-png3", np.stack([u8, u8[::-1], u8]), encoding="png"))
    made.append(by_tensorstore(folder, "lossy-ts-jpeg3", np.stack([u8, u8[::-1], u8]), encoding="jpeg"))
    for hashed in ("identity", "murmurhash3_x86_128"):
        for pre, mini, shard in ((0, 0, 0), (0, 0, 8), (2, 3, 4), (9, 0, 0), (0, 6, 2), (1, 1, 1)):
            for packed in ("raw", "gzip"):
                spec = sharding(pre, mini, shard, hashed, packed, packed)
                made.append(by_tensorstore(folder, f"ts-shard-{hashed}-{pre}{mini}{shard}-{packed}", u16, shards=spec))
        made.append(by_tensorstore(folder, f"ts-shard-seg-{hashed}", u64, encoding="compressed_segmentation",
                                   shards=sharding(1, 2, 5, hashed), compressed_segmentation_block_size=[8, 8, 8]))
    for name, array in made:
        print(json.dumps({"name": name, "dtype": str(array.dtype), "shape": list(array.shape)}))
        reference(folder, name, array)


def reference(folder, name, array):
    """What lossy and stacked volumes hold, as their writers read them back."""
    array = read_tensorstore(os.path.join(folder, name)) if name.startswith("lossy") else array
    np.ascontiguousarray(array).tofile(os.path.join(folder, name + ".values"))


def read_cloudvolume(path, mip=0):
    vol = CloudVolume("file://" + path, mip=mip, progress=False, fill_missing=True)
    data = np.asarray(vol[:, :, :]).transpose(3, 2, 1, 0)
    return data if data.shape[0] > 1 else data[0]


def read_tensorstore(path, scale=0):
    store = ts.open({"driver": "neuroglancer_precomputed", "kvstore": {"driver": "file", "path": path + "/"},
                     "scale_index": scale}).result()
    data = np.asarray(store.read().result()).transpose(3, 2, 1, 0)
    return data if data.shape[0] > 1 else data[0]


def downsampled(path, info, scale):
    """Scale `scale` as tensorstore makes it from the one before."""
    fine, coarse = info["scales"][scale - 1], info["scales"][scale]
    factors = [round(c / f) for f, c in zip(fine["resolution"], coarse["resolution"])]
    store = ts.open({"driver": "neuroglancer_precomputed", "kvstore": {"driver": "file", "path": path + "/"},
                     "scale_index": scale - 1}).result()
    method = "mode" if info["data_type"] == "uint32" else "mean"
    data = np.asarray(ts.downsample(store, factors + [1], method).read().result()).transpose(3, 2, 1, 0)
    return data if data.shape[0] > 1 else data[0]


def check(folder):
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if not os.path.isdir(path):
            continue
        with open(os.path.join(path, "info")) as file:
            info = json.load(file)
        for scale, each in enumerate(info["scales"]):
            raw = np.fromfile(os.path.join(folder, f"{name}.{scale}.values"), dtype=info["data_type"])
            readers = [("cloud-volume", read_cloudvolume), ("tensorstore", read_tensorstore)]
            if scale > 0:
                readers.append(("tensorstore's downsample", lambda path, scale: downsampled(path, info, scale)))
            for reader, read in readers:
                data = read(path, scale)
                same = raw.tobytes() == np.ascontiguousarray(data).tobytes()
                print(json.dumps({"name": f"{name}:{each['key']}", "reader": reader, "same": bool(same)}))


if __name__ == "__main__":
    {"write": write, "check": check}[sys.argv[1]](sys.argv[2])
