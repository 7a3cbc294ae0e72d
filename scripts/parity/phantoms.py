"""The inputs of a model of the comparison: phantoms drawn from `case.json`, written as the model's reader expects them."""
import json
from pathlib import Path

import nibabel
import numpy as np
import SimpleITK as sitk
import tifffile
from scipy import ndimage as ndi
from skimage import io

# As SPANS of generate.ts.
SPANS = {"uint8": (0, 255), "int16": (-1000, 1200), "uint16": (0, 4000), "float32": (-3, 5), "float64": (-900, 900)}


def phantom(case, channel):
    """A volume z, y, x in the type of `case`: blobs of two sizes, balls, grain; zeros at the borders and in holes."""
    rng = np.random.default_rng([case["seed"], channel])
    shape = tuple(case["shape"])
    grid = np.stack(np.meshgrid(*[np.linspace(-1, 1, s) if s > 1 else np.zeros(1) for s in shape], indexing="ij"))
    image = np.zeros(shape)
    for size, weight in ((4, 1.0), (1.6, 0.5)):
        noise = ndi.gaussian_filter(rng.normal(size=shape), [0 if s == 1 else size for s in shape], mode="reflect")
        image += noise / noise.std() * weight
    for _ in range(5):
        radius = rng.uniform(0.25, 0.6)
        distance = np.sqrt(((grid - rng.uniform(-0.8, 0.8, 3)[:, None, None, None]) ** 2).sum(0)) / radius
        image += rng.choice([-1.5, 1.5]) / (1 + np.exp((distance - 1) * 12))
    image += rng.normal(scale=0.25, size=shape)
    low, high = SPANS[case["dtype"]]
    image = low + (high - low) * np.clip(0.5 + image / 9, 0.02, 0.98)
    if case["holes"]:
        punch(image, np.random.default_rng([case["seed"], 99]))
    for axis, (before, after) in enumerate(case["border"]):
        moved = np.moveaxis(image, axis, 0)
        moved[:before] = 0
        moved[moved.shape[0] - after:] = 0
    return image.astype(case["dtype"]) if case["dtype"].startswith("f") else np.rint(image).astype(case["dtype"])


def punch(image, rng):
    """Zeros: an enclosed box, and a tunnel that reaches the border."""
    z, y, x = image.shape
    a, b, c = (int(rng.integers(s // 3, s // 2)) for s in (z, y, x))
    image[a:a + 3, b:b + 5, c:c + 4] = 0
    image[: z // 3, b + 1:b + 4, x // 5:x // 5 + 3] = 0


def write_inputs(case, reader, ending, channels, folder):
    folder.mkdir(parents=True, exist_ok=True)
    images = [phantom(case, channel) for channel in range(channels)]
    if reader == "NaturalImage2DIO" and channels == 3:
        io.imsave(folder / f"{case['id']}_0000{ending}", np.stack([i[0] for i in images], -1), check_contrast=False)
        return
    for channel, image in enumerate(images):
        write_image(case, reader, image, folder / f"{case['id']}_{channel:04d}{ending}")
    if reader == "Tiff3DIO":
        (folder / f"{case['id']}.json").write_text(json.dumps({"spacing": case["spacing"]}))


def write_image(case, reader, image, path: Path):
    if reader == "NaturalImage2DIO":
        io.imsave(path, image[0], check_contrast=False)
    elif reader == "Tiff3DIO":
        tifffile.imwrite(path, image, compression="zlib")
    elif reader.startswith("Nibabel"):
        direction = np.array(case["direction"]).reshape(3, 3)
        affine = np.eye(4)
        affine[:3, :3] = direction * np.array(case["spacing"][::-1])
        affine[:3, 3] = case["origin"]
        nibabel.save(nibabel.Nifti1Image(image.transpose(2, 1, 0), affine), path)
    else:
        write_itk(case, image, path)


def write_itk(case, image, path: Path):
    flat = case["dimensions"] == 2
    result = sitk.GetImageFromArray(image[0] if flat else image)
    result.SetSpacing([float(s) for s in case["spacing"][::-1]][: 2 if flat else 3])
    result.SetOrigin(case["origin"][: 2 if flat else 3])
    if not flat:
        result.SetDirection(case["direction"])
    sitk.WriteImage(result, str(path), True)
