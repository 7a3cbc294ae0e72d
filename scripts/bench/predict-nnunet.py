"""nnU-Net's side of `npm run bench -- predict`: models, inputs, the stages timed by themselves, and the comparison of labels.

predict-nnunet.py make FOLDER [--images N]
predict-nnunet.py stages MODEL INPUTS THREADS   prints JSON: seconds of read, preprocess, export
predict-nnunet.py compare A B ENDING            prints JSON: part of the labels that is equal
"""
import json
import os
import sys
import time
from pathlib import Path

for name in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"):
    os.environ.setdefault(name, os.devnull)
sys.path.insert(0, str(Path(__file__).parent.parent / "parity"))

SPACING = [3.0, 1.5, 1.5]
SHAPE = (160, 320, 320)
PATCHES = {"volume": [32, 96, 96], "hundred": [32, 96, 96], "images": [96, 96]}
STRIDES = {3: [[1, 1, 1], [1, 2, 2], [2, 2, 2], [2, 2, 2], [2, 2, 2]], 2: [[1, 1], [2, 2], [2, 2], [2, 2]]}


def default_plans(name, classes, features, reader):
    patch = PATCHES[name]
    dims = len(patch)
    strides = STRIDES[dims]
    resampling = {}
    for what, order in (("data", 3), ("seg", 1), ("probabilities", 1)):
        resampling[f"resampling_fn_{what}"] = "resample_data_or_seg_to_shape"
        resampling[f"resampling_fn_{what}_kwargs"] = {
            "is_seg": what == "seg", "order": order, "order_z": 0, "force_separate_z": None}
    configuration = {
        "data_identifier": "bench", "preprocessor_name": "DefaultPreprocessor", "batch_size": 2, "patch_size": patch,
        "median_image_size_in_voxels": patch, "spacing": SPACING if dims == 3 else [1.0, 1.0],
        "normalization_schemes": ["ZScoreNormalization"], "use_mask_for_norm": [False], **resampling,
        "architecture": {
            "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
            "arch_kwargs": {
                "n_stages": len(strides), "features_per_stage": [features * 2 ** s for s in range(len(strides))],
                "conv_op": f"torch.nn.modules.conv.Conv{dims}d", "kernel_sizes": [[3] * dims for _ in strides],
                "strides": strides, "n_conv_per_stage": [2] * len(strides),
                "n_conv_per_stage_decoder": [2] * (len(strides) - 1), "conv_bias": True,
                "norm_op": f"torch.nn.modules.instancenorm.InstanceNorm{dims}d",
                "norm_op_kwargs": {"eps": 1e-5, "affine": True}, "dropout_op": None, "dropout_op_kwargs": None,
                "nonlin": "torch.nn.LeakyReLU", "nonlin_kwargs": {"inplace": True}},
            "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"]},
        "batch_dice": False}
    plans = {
        "dataset_name": f"Dataset900_{name}", "plans_name": "nnUNetPlans",
        "original_median_spacing_after_transp": SPACING, "original_median_shape_after_transp": list(SHAPE),
        "image_reader_writer": reader, "transpose_forward": [0, 1, 2], "transpose_backward": [0, 1, 2],
        "configurations": {"2d" if dims == 2 else "3d_fullres": configuration},
        "experiment_planner_used": "ExperimentPlanner", "label_manager": "LabelManager",
        "foreground_intensity_properties_per_channel": {"0": {
            "max": 1, "mean": 0, "median": 0, "min": -1, "percentile_00_5": -1, "percentile_99_5": 1, "std": 1}}}
    labels = {"background": 0, **{f"label{i}": i for i in range(1, classes)}}
    dataset = {"channel_names": {"0": "MR"}, "labels": labels, "numTraining": 1,
               "file_ending": ".nii.gz" if dims == 3 else ".png"}
    return plans, dataset, "2d" if dims == 2 else "3d_fullres"


def make(folder, images):
    import numpy as np
    import SimpleITK as sitk
    import torch
    from scipy import ndimage as ndi
    from skimage import io
    from weights import write_model

    rng = np.random.default_rng(7)
    for number, (name, classes, features, reader) in enumerate(
            (("volume", 4, 16, "SimpleITKIO"), ("hundred", 100, 16, "SimpleITKIO"), ("images", 2, 8, "NaturalImage2DIO"))):
        plans, dataset, configuration = default_plans(name, classes, features, reader)
        case = {"configuration": configuration, "trainer": "nnUNetTrainer", "folds": [0], "seed": 7,
                "mirrorAxes": list(range(len(PATCHES[name])))}
        own = folder / "results" / f"Dataset90{number}_{name}" / f"nnUNetTrainer__nnUNetPlans__{configuration}"
        noise = torch.from_numpy(ndi.gaussian_filter(rng.normal(size=PATCHES[name]), 2).astype(np.float32))
        write_model(own, plans, dataset, case, lambda config, channels: (noise / noise.std())[None, None])
    volume = ndi.gaussian_filter(rng.normal(size=SHAPE).astype(np.float32), 4)
    volume = (volume / volume.std() * 200 + rng.normal(scale=20, size=SHAPE)).astype(np.int16)
    image = sitk.GetImageFromArray(np.where(volume == 0, np.int16(1), volume))
    image.SetSpacing([s / 1.5 for s in SPACING[::-1]])
    (folder / "volume").mkdir(exist_ok=True)
    sitk.WriteImage(image, str(folder / "volume" / "case_0000.nii.gz"), True)
    (folder / "images").mkdir(exist_ok=True)
    for i in range(images):
        noise = ndi.gaussian_filter(rng.normal(size=(96, 96)), 2)
        pixels = np.clip(noise / noise.std() * 40 + 128, 1, 255).astype(np.uint8)
        io.imsave(folder / "images" / f"image{i:03d}_0000.png", pixels, check_contrast=False)


def stages(model, inputs, threads):
    import numpy as np
    import torch
    from nnunetv2.inference.export_prediction import convert_predicted_logits_to_segmentation_with_correct_shape
    from nnunetv2.preprocessing.preprocessors.default_preprocessor import DefaultPreprocessor
    from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

    torch.set_num_threads(threads)
    manager = PlansManager(str(model / "plans.json"))
    dataset = json.loads((model / "dataset.json").read_text())
    config = manager.get_configuration(next(iter(manager.plans["configurations"])))
    files = [str(p) for p in sorted(inputs.iterdir())]
    begun = time.perf_counter()
    image, properties = manager.image_reader_writer_class().read_images(files)
    read = time.perf_counter() - begun
    begun = time.perf_counter()
    data, _, properties = DefaultPreprocessor(verbose=False).run_case_npy(image, None, properties, manager, config, dataset)
    preprocess = time.perf_counter() - begun
    labels = manager.get_label_manager(dataset)
    rng = np.random.default_rng(1)
    logits = torch.from_numpy(rng.normal(size=(labels.num_segmentation_heads, *data.shape[1:])).astype(np.float16))
    begun = time.perf_counter()
    convert_predicted_logits_to_segmentation_with_correct_shape(logits, manager, config, labels, properties)
    export = time.perf_counter() - begun
    print(json.dumps({"read": read, "preprocess": preprocess, "export": export}))


def compare(first, second, ending):
    import numpy as np
    import SimpleITK as sitk

    equal = total = 0
    for path in sorted(Path(second).glob(f"*{ending}")):
        a, b = (sitk.GetArrayFromImage(sitk.ReadImage(str(p))) for p in (Path(first) / path.name, path))
        equal, total = equal + int(np.sum(a == b)), total + b.size
    print(json.dumps({"equal": equal / max(total, 1)}))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]), int(sys.argv[3]))
    elif sys.argv[1] == "stages":
        stages(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
    else:
        compare(*sys.argv[2:5])
