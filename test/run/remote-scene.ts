/**
 * A tiny model and a small volume, and buckets of servers on the loopback that they are predicted to.
 *
 * @module
 */
import { dirname, join } from "node:path";
import type { NdArray } from "../../src/core/array.ts";
import { makeFolder } from "../../src/core/folder.ts";
import { formatByName, formatOfName } from "../../src/volume/formats.ts";
import { isRemote, joinPath } from "../../src/volume/stores/open-store.ts";
import { pattern, readJson, readVolume, writeModel } from "../cli/scene.ts";

const FIXTURE = join(import.meta.dirname, "..", "fixtures", "graph", "plain_3d_anisotropic");

/** Extents of the volume, and of the chunks that results are written in: 12 blocks. */
const SHAPE = [12, 36, 40];
const CHUNKS = [1, 20, 20];

/** What the servers want to be asked by. */
export const CREDENTIALS = { AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing", AWS_REGION: "us-east-1" };

/** The model, which works at a spacing of 1, in `folder`. Its probabilities are resampled by lines, so that it can be streamed. */
export function tinyModel(folder: string): string {
	const { configurations } = readJson(join(FIXTURE, "plans.json"));
	const linear = {
		resampling_fn_probabilities_kwargs: { is_seg: false, order: 1, order_z: 0, force_separate_z: null },
	};
	const own = Object.entries(Object(configurations)).map(([name, plans]) => [name, { ...Object(plans), ...linear }]);
	return writeModel(join(folder, "model"), {
		network: "1 channel 3D",
		ending: ".nii.gz",
		reader: "SimpleITKIO",
		plans: { configurations: Object.fromEntries(own) },
	});
}

/** Writes the volume at `place`, a path or URL, as Zarr where its name does not say otherwise; gives it. */
export async function smallVolume(place: string, spacing = 1): Promise<string> {
	if (!isRemote(place)) await makeFolder(dirname(place));
	const format = await formatByName(formatOfName(place) ?? "zarr");
	const writer = await format.create(place, {
		dtype: "uint8",
		shape: SHAPE,
		axes: "zyx",
		spacing: [spacing, spacing, spacing],
		...(format.isFolder ? { layout: { chunks: [4, 18, 20] } } : {}),
	});
	await writer.write([0, 0, 0], pattern(SHAPE));
	await writer.finish();
	return place;
}

/** Words that stream `input` to OUTPUTS/brain.zarr in 12 blocks. */
export function wordsFor(model: string, input: string, outputs: string, more: readonly string[] = []): string[] {
	return [
		"infer-volume",
		"--checkpoint",
		model,
		`inference.volume_mode.file_pattern=${input}`,
		`inference.data.output_path=${outputs}`,
		"inference.data.output_format=zarr",
		`inference.data.chunks=[${CHUNKS.join(", ")}]`,
		"inference.volume_mode.output_name={stem}",
		"inference.sliding_window.overlap=0.25",
		"inference.test_time_augmentation.flip_axes=none",
		"system.device=cpu",
		"system.num_cpus=1",
		...more,
	];
}

/** Blocks of a run of `wordsFor`. */
export const BLOCKS = 12;

/** What was written to OUTPUTS/brain.zarr. */
export function resultOf(outputs: string): Promise<NdArray> {
	return readVolume(joinPath(outputs, "brain.zarr"));
}
