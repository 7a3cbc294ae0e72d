/**
 * Opens what tells how unsure a prediction is: a volume of a measure, or probabilities, whose entropy is taken.
 *
 * @module
 */
import type { NdArray } from "../../core/array.ts";
import { boxShape } from "../../core/box.ts";
import { NnvolError } from "../../core/errors.ts";
import { shapeText, sizeOf } from "../../core/shape.ts";
import { toFloat32 } from "../../image/cast.ts";
import { entropy } from "../../image/entropy.ts";
import { openVolume } from "../../volume/formats.ts";
import { isSeekable } from "../../volume/stage.ts";
import type { VolumeReader } from "../../volume/volume.ts";
import { openNpzEntropy } from "./npz-entropy.ts";
import { MOST, requireWhole, type ScoreFile, type ScoreSource } from "./score-source.ts";
import { fileBox, type Spatial, spatialOf } from "./spatial.ts";

/**
 * Opens the scores of a case.
 *
 * @param exclusive true where the probabilities' classes exclude each other, false for regions
 * @throws VOLUME, INPUT where it holds something else
 */
export async function openScores({ path, kind }: ScoreFile, exclusive: boolean): Promise<ScoreSource> {
	if (path.toLowerCase().endsWith(".npz")) return openNpzEntropy(path, exclusive);
	const reader = await openVolume(path);
	try {
		return kind === "probabilities" ? probabilitySource(reader, exclusive) : mapSource(reader, MOST[kind]);
	} catch (error) {
		await reader.close();
		throw error;
	}
}

function sourceOver(reader: VolumeReader, spatial: Spatial, width: number, read: ScoreSource["read"]): ScoreSource {
	const { info } = reader;
	const chunk = (letter: string) => info.chunks?.[spatial.axes.indexOf(letter)] ?? 1;
	return {
		path: info.path,
		shape: spatial.shape,
		width,
		...(info.chunks === undefined ? {} : { chunks: [chunk("z"), chunk("y"), chunk("x")] }),
		isForward: !isSeekable(info),
		read,
		close: () => reader.close(),
	};
}

/** One value a voxel; uint8 holds 255 steps of the largest. */
function mapSource(reader: VolumeReader, most: number): ScoreSource {
	const { info } = reader;
	const spatial = spatialOf(info);
	if (spatial.channels !== 1) throw unfit(reader, "one value a voxel");
	const scale = scaleOf(reader, most);
	return sourceOver(reader, spatial, 1, async (box, options) =>
		scaled(await reader.read(fileBox(spatial, box), options), scale),
	);
}

/** The channels of a voxel lie apart in the file: they are read one by one. */
function probabilitySource(reader: VolumeReader, exclusive: boolean): ScoreSource {
	const spatial = spatialOf(reader.info);
	const scale = scaleOf(reader, 1);
	const { channels } = spatial;
	return sourceOver(reader, spatial, channels, async (box, options) => {
		const voxels = sizeOf(boxShape(box));
		const all = new Float32Array(channels * voxels);
		for (let channel = 0; channel < channels; channel++) {
			all.set(scaled(await reader.read(fileBox(spatial, box, channel), options), scale), channel * voxels);
		}
		const isExclusive = exclusive && channels > 1; // one class of several is sure or not by itself
		if (isExclusive) requireWhole(reader.info.path, all, channels);
		return entropy(all, channels, isExclusive);
	});
}

function scaleOf(reader: VolumeReader, most: number): number {
	const { dtype } = reader.info;
	if (dtype === "uint8") return most / 255;
	if (dtype === "float32" || dtype === "float16" || dtype === "float64") return 1;
	throw unfit(reader, "float32, float16 or uint8");
}

function unfit({ info }: VolumeReader, expected: string): NnvolError {
	return new NnvolError(
		"INPUT",
		`${info.path}: expected ${expected}, found ${info.dtype} of ${shapeText(info.shape)}; write it by inference.data.outputs`,
		{ fields: { path: info.path } },
	);
}

function scaled(array: NdArray, scale: number): Float32Array<ArrayBuffer> {
	const { data } = toFloat32(array);
	if (scale === 1) return data;
	for (let i = 0; i < data.length; i++) data[i] = (data[i] ?? 0) * scale;
	return data;
}
