/**
 * Keys that users bring along from PyTorch Connectomics and older layouts: what they are called here, or why they are not.
 *
 * @module
 */

/** Exact keys. */
const KEYS: Readonly<Record<string, string>> = {
	"model.nnunet_device": "the device is 'system.device'",
	"model.nnunet_fold": "the folds are 'model.folds'",
	"model.in_channels": "this is 'data.in_channels' here, and may be left out: the model knows it",
	"model.out_channels": "this is 'data.out_channels' here, and may be left out: the model knows it",
	"model.input_size": "the tile is 'inference.sliding_window.window_size', and may be left out: the model knows it",
	"model.output_size": "leave it out: an output has the shape of its input",
	"model.arch": "the loader is 'model.architecture: nnunet'",
	"model.nnunet": "write 'model.nnunet_checkpoint', 'model.nnunet_plans', 'model.nnunet_dataset'",
	"system.num_workers": "reading ahead needs no workers; the cores are 'system.num_cpus'",
	"system.inference.num_gpus": "this is 'system.num_gpus' here",
	"system.inference.num_cpus": "this is 'system.num_cpus' here",
	"system.inference.num_workers": "reading ahead needs no workers; the cores are 'system.num_cpus'",
	"data.patch_size": "the tile is 'inference.sliding_window.window_size', and may be left out: the model knows it",
	"data.test_image": "this is 'data.test.image' here",
	"data.test_label": "this is 'data.test.label' here",
	"data.image_transform":
		"leave it out: the model's plans say how images are normalised ('inference.statistics' changes what the mean is taken from)",
	"data.nnunet_preprocessing": "leave it out: preprocessing is always nnU-Net's, as the model's plans say",
	"inference.save_prediction":
		"the format is 'inference.data.output_format', scale and type are 'inference.postprocessing.intensity_scale' and 'intensity_dtype'",
	"inference.output_path": "this is 'inference.data.output_path' here",
	"inference.output_dtype": "this is 'inference.postprocessing.intensity_dtype' here",
	"inference.sliding_window.roi_size": "this is 'inference.sliding_window.window_size' here",
	"inference.sliding_window.step_size": "write 'overlap': it is 1 - step size",
	"inference.sliding_window.sigma_scale": "leave it out: the Gaussian is nnU-Net's, an eighth of the tile",
	"inference.sliding_window.padding_mode": "leave it out: volumes are padded as nnU-Net does",
	"inference.test_time_augmentation.enabled": "write 'flip_axes: none' to turn the mirrored views off",
	"inference.test_time_augmentation.channel_activations": "this is 'act' here: one name, or a list with one a channel",
	"inference.test_time_augmentation.rotation90_axes": "rotated views are not built; nnU-Net mirrors only ('flip_axes')",
	"inference.evaluation": "scores are set by the section score: score.compare, score.thresholds",
	"tune.enabled": "leave it out: 'nnvol tune' searches",
	"tune.study_name": "leave it out: the study is 'tune/study.jsonl' of the output folder",
	"tune.storage": "leave it out: the study is 'tune/study.jsonl' of the output folder",
	"tune.save_path": "leave it out: results lie in 'tune/' of the output folder",
	"tune.save_study": "leave it out: the study is always kept",
	"tune.output": "leave it out: results lie in 'tune/' of the output folder",
	"tune.logging": "leave it out: --quiet and --json say how progress is shown",
	"tune.trial_timeout": "a trial cannot be cut off; 'timeout' ends the search after the trial at hand",
	"tune.inference": "write the keys of 'inference' at the root: 'tune' predicts as 'infer' does",
	"tune.system": "write the keys of 'system' at the root",
	"tune.model": "write the keys of 'model' at the root",
	"tune.data.image": "this is 'tune.data.val.image' here",
	"tune.data.label": "this is 'tune.data.val.label' here",
	"inference.decoding": "this is 'inference.postprocessing.decoding' here",
	"inference.postprocessing.binary.median_filter_size":
		"write the step 'median' in 'inference.postprocessing.decoding'",
	"inference.postprocessing.binary.opening_iterations":
		"write the step 'opening' in 'inference.postprocessing.decoding'",
	"inference.postprocessing.binary.closing_iterations":
		"write the step 'closing' in 'inference.postprocessing.decoding'",
	"inference.postprocessing.binary.connected_components":
		"write 'remove_small_objects', or the steps 'decode_connected_components' and 'keep_largest' in 'inference.postprocessing.decoding'",
	"inference.postprocessing.instance_cc3d": "write the step 'relabel' in 'inference.postprocessing.decoding'",
	"inference.postprocessing.output_transpose": "leave it out: an output has the axes of its input",
	"inference.postprocessing.binary.remove_small": "this is 'remove_small_objects' here",
};

/** Sections of training and of other programs, whole. */
const SECTIONS: Readonly<Record<string, string>> = {
	optimization: "training is not part of this program; take the section out",
	optimizer: "training is not part of this program; take the section out",
	"monitor.checkpoint": "training is not part of this program; take it out",
	"monitor.early_stopping": "training is not part of this program; take it out",
	"monitor.detect_anomaly": "training is not part of this program; take it out",
	"monitor.wandb": "what watches a run is 'monitor.tensorboard', 'monitor.prometheus' and 'monitor.events'",
	"monitor.logging":
		"curves are 'monitor.tensorboard', their pace 'monitor.interval', the number of pictures 'monitor.images'",
	train: "training is not part of this program; take the section out",
	test: "the inputs of 'test' are 'data.test.image' and 'data.test.label'",
	default: "write the sections at the root, without 'default:' above them",
	experiment_name: "leave it out, or keep it below 'vars:'",
	description: "leave it out, or make it a comment",
	hydra: "Hydra's own settings have no meaning here; take the section out",
	decoding: "steps and graphs are 'inference.postprocessing.decoding' here",
	"system.training": "training is not part of this program; take the section out",
};

/** Training keys of `model` and `data`. */
const TRAINING =
	/^(model\.(loss\w*|input_noise)|data\.(train\w*|val\w*|augmentation|label_transform|iter_num\w*|use_\w*cache|pad_size|dataloader))$/;

/** What to do with a key of another program; undefined where it is not known. */
export function foreignKeyText(key: string): string | undefined {
	if (Object.hasOwn(KEYS, key)) return `not a key here; ${KEYS[key]}`;
	if (Object.hasOwn(SECTIONS, key)) return `not a key here; ${SECTIONS[key]}`;
	return TRAINING.test(key)
		? "not a key here; it belongs to training, which is not part of this program: take it out"
		: undefined;
}
