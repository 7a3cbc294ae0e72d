/**
 * nnU-Net's commands that are no part of prediction, and what to do instead.
 *
 * @module
 */

const PYTHON = "use nnU-Net itself (Python): training and planning are no part of nnvol";

/** By the command's name. */
export const UNBUILT: Readonly<Record<string, string>> = {
	nnUNetv2_train: PYTHON,
	nnUNetv2_plan_and_preprocess: PYTHON,
	nnUNetv2_plan_experiment: PYTHON,
	nnUNetv2_preprocess: `${PYTHON}; predict preprocesses by itself`,
	nnUNetv2_extract_fingerprint: PYTHON,
	nnUNetv2_move_plans_between_datasets: PYTHON,
	nnUNetv2_convert_MSD_dataset: "use nnU-Net itself (Python): data sets for training are no part of nnvol",
	nnUNetv2_convert_old_nnUNet_dataset: "use nnU-Net itself (Python): data sets for training are no part of nnvol",
	nnUNetv2_accumulate_crossval_results: "use nnU-Net itself (Python); nnvol evaluate scores a folder of predictions",
	nnUNetv2_find_best_configuration:
		"predict with each configuration (--save-probabilities), average them by nnvol ensemble, and compare the scores of nnvol evaluate",
	nnUNetv2_download_pretrained_model_by_url:
		"download the zip with the browser or curl, then: nnvol install FILE.zip, or nnvol predict FILE.zip INPUT OUTPUT",
	nnUNetv2_export_model_to_zip:
		"pack DATASET/TRAINER__PLANS__CONFIGURATION with any zip program, from within nnUNet_results; nnvol install reads that",
	nnUNetv2_plot_overlay_pngs: "open images and predictions in an image viewer",
};
