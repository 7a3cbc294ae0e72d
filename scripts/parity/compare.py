"""Compares predictions with nnU-Net's, with readers that are not nnvol's: SimpleITK, nibabel, tifffile, scikit-image, numpy.

Usage: compare.py OUT NAME ...   (OUT/NAME/{model,plain,float32} from nnunet.py, OUT/NAME/ours from nnvol)
Prints one JSON object for each case of each NAME.
"""
import json
import sys
from pathlib import Path

import nibabel
import numpy as np
import SimpleITK as sitk
import tifffile
from skimage import io


def read(path, reader, ending):
    """Voxels, and all that says where they lie."""
    if reader == "NaturalImage2DIO":
        return io.imread(path), {}
    if reader == "Tiff3DIO":
        return tifffile.imread(path), json.loads(path.with_suffix(".json").read_text())
    if reader.startswith("Nibabel"):
        image = nibabel.load(path)
        zooms = [float(z) for z in image.header.get_zooms()]
        return np.asanyarray(image.dataobj), {"affine": image.affine.tolist(), "zooms": zooms}
    image = sitk.ReadImage(str(path))
    place = {"spacing": image.GetSpacing(), "origin": image.GetOrigin(), "direction": image.GetDirection()}
    return sitk.GetArrayFromImage(image), place


def furthest(a, b):
    """Largest difference of two geometries; infinite where their parts differ."""
    if set(a) != set(b):
        return float("inf")
    parts = [(np.asarray(a[key], float), np.asarray(b[key], float)) for key in a]
    if any(x.shape != y.shape for x, y in parts):
        return float("inf")
    return max((float(np.abs(x - y).max()) for x, y in parts), default=0.0)


def compare_case(own, case, reader, ending, prior):
    name = f"{case}{ending}"
    ours, place = read(own / "ours" / name, reader, ending)
    plain, expected = read(own / "plain" / name, reader, ending)
    exact, _ = read(own / "float32" / name, reader, ending)
    result = {"case": case, "found": f"{ours.dtype} {ours.shape}", "expected": f"{plain.dtype} {plain.shape}",
              "geometry": furthest(place, expected), "labels": np.unique(exact).size}
    if ours.shape != plain.shape:
        return result
    result |= {"plain": float((ours == plain).mean()), "float32": float((ours == exact).mean()),
               "own": float((plain == exact).mean())}
    with np.load(own / "ours" / f"{case}.npz") as a, np.load(own / "float32" / f"{case}.npz") as b:
        p, q = a["probabilities"], b["probabilities"]
    result["probabilityTypes"] = f"{p.dtype} {p.shape}" == f"{q.dtype} {q.shape}"
    if result["probabilityTypes"]:
        difference = np.abs(p - q)
        result |= {"largest": float(difference.max()), "within": float((difference <= prior).mean())}
    return result


def main():
    out = Path(sys.argv[1])
    for name in sys.argv[2:]:
        own = out / name
        plans = json.loads((own / "model" / "plans.json").read_text())
        ending = json.loads((own / "model" / "dataset.json").read_text())["file_ending"]
        reader = plans["image_reader_writer"]
        for path in sorted((own / "plain").glob(f"*{ending}")):
            case = path.name[: -len(ending)]
            try:
                result = compare_case(own, case, reader, ending, 1e-4)
            except Exception as error:  # a file that is missing or cannot be read is a finding, not a crash
                result = {"case": case, "error": f"{type(error).__name__}: {error}"}
            print(json.dumps({"model": name, **result}), flush=True)


if __name__ == "__main__":
    main()
