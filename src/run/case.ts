/**
 * Predicts one case in memory: image in, arrays to write out.
 *
 * Logits are never held whole: planes that no later tile reaches are resampled to the image's spacing in bands, and each
 * band becomes labels or chosen channels at once.
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import { boxShape } from "../core/box.ts";
import { NnvolError, throwIfAborted } from "../core/errors.ts";
import { sameShape, shapeText, type Zyx, zyx } from "../core/shape.ts";
import { makePlaneResampler } from "../export/resample.ts";
import { transpose } from "../image/transpose.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { Settings } from "../plan/settings.ts";
import type { Image } from "../preprocess/image.ts";
import { readOverlay } from "../preprocess/overlay.ts";
import { type Oriented, orient, prepareSubject, type Subject, subjectRanges } from "../preprocess/subject.ts";
import type { BandSink } from "./band-sink.ts";
import { beginOutput, type CaseArrays } from "./case-output.ts";
import type { Network } from "./network.ts";
import { countTiles, predictSubject } from "./predict.ts";
import { Stopwatch } from "./timing.ts";

/** How a case is predicted, besides the settings. */
export type CaseOptions = {
	readonly batchSize: number;
	/** Labels of the previous stage of a cascade, in the image's space: Z, Y, X. */
	readonly previous?: NdArray<"int16">;
	readonly signal?: AbortSignal;
	/** Tiles done and, for the part that is known, to do. */
	readonly onTile?: (done: number, total: number) => void;
	readonly watch?: Stopwatch;
};

/** A model ready to predict. */
export type Member = { readonly spec: ModelSpec; readonly settings: Settings; readonly network: Network };

/** Predicts `image`. @throws INPUT where image and model do not fit; RUNTIME where the network fails */
export async function predictImage(
	image: Image,
	spec: ModelSpec,
	settings: Settings,
	network: Network,
	options: CaseOptions,
): Promise<CaseArrays> {
	const oriented = orient(image, spec);
	const mask = await readMask(image, spec, settings);
	const output = beginOutput(spec, settings, oriented.shape, image.spacing);
	await predictInto(output, oriented, { spec, settings, network }, options);
	return (options.watch ?? new Stopwatch()).measureNow("export", () => output.finish(image.rank, mask));
}

/** Predicts every subject of `oriented` into `output`. */
export async function predictInto(
	output: BandSink,
	oriented: Oriented,
	member: Member,
	options: CaseOptions,
): Promise<void> {
	const { spec, settings } = member;
	requireChannels(oriented, spec);
	const previous = options.previous === undefined ? undefined : orientLabels(options.previous, oriented.shape, spec);
	if (spec.previousStage !== undefined && previous === undefined) throw missingPrevious(spec);
	const watch = options.watch ?? new Stopwatch();
	const ranges = subjectRanges(oriented.shape, settings.sectionwise);
	let done = 0;
	for (const [n, [from, to]] of ranges.entries()) {
		throwIfAborted(options.signal);
		const make = () => prepareSubject(oriented, from, to, spec, subjectOptions(settings, previous));
		const subject = watch.measureNow("preprocess", make);
		const tiles = countTiles(subject.shape, settings);
		const onTile = (tile: number) => options.onTile?.(done + tile, done + tiles * (ranges.length - n));
		await watch.measure("network", () => streamSubject(output, subject, member, { ...options, onTile, watch }));
		done += tiles;
	}
}

function subjectOptions({ statistics }: Settings, previous: NdArray<"int16"> | undefined) {
	return previous === undefined ? { statistics } : { statistics, previous };
}

/** Runs a subject's tiles; finished planes go through resampling to the output. */
async function streamSubject(
	output: BandSink,
	subject: Subject,
	{ spec, settings, network }: Member,
	options: CaseOptions & { readonly watch: Stopwatch },
): Promise<void> {
	const { watch } = options;
	output.begin(subject);
	await predictSubject(network, subject, settings, options, (onFree) => {
		const resampler = makePlaneResampler({
			heads: network.heads,
			fromShape: subject.shape,
			toShape: zyx(boxShape(subject.crop)),
			fromSpacing: subject.spacing.network,
			toSpacing: subject.spacing.image,
			how: spec.resampling.probabilities,
			onBand: (band) => output.add(subject, band),
			onFree,
		});
		return {
			push: (plane) => watch.measureNow("export", () => resampler.push(plane)),
			finish: () => watch.measureNow("export", () => resampler.finish()),
		};
	});
}

/** Files are checked when they are read; arrays of a program come here as they are. */
function requireChannels({ array }: Oriented, { channels }: ModelSpec): void {
	const [found = 0] = array.shape;
	if (found === channels.length) return;
	throw new NnvolError(
		"INPUT",
		`the image has ${found} channel${found === 1 ? "" : "s"}, the model takes ${channels.length} (${channels.join(", ")})`,
	);
}

/** The previous stage's labels, transposed as the image. @throws INPUT where their shape is another */
function orientLabels(labels: NdArray<"int16">, shape: Zyx, spec: ModelSpec): NdArray<"int16"> {
	const oriented = transpose(labels, spec.transposeForward);
	if (sameShape(oriented.shape, shape)) return oriented;
	throw new NnvolError(
		"INPUT",
		`the segmentation of the previous stage is ${shapeText(oriented.shape)}, the image ${shapeText(shape)} (z, y, x after transposition); they must be equal`,
	);
}

function missingPrevious(spec: ModelSpec): NnvolError {
	return new NnvolError(
		"INPUT",
		`the configuration ${spec.configuration} is the second stage of a cascade: it needs the segmentation of ${spec.previousStage} for every case (--previous-stage)`,
	);
}

/** The mask volume, transposed as the image, 0 or 1. @throws INPUT where its shape is another */
export async function readMask(image: Image, spec: ModelSpec, settings: Settings): Promise<Uint8Array | undefined> {
	if (settings.mask === undefined) return undefined;
	const array = await readOverlay({ path: settings.mask, name: "mask" }, image, spec);
	return binaryOf(orient({ array }, spec).array);
}

/** 0 where `values` are 0, else 1. */
function binaryOf({ data }: NdArray): Uint8Array {
	const mask = new Uint8Array(data.length);
	for (let i = 0; i < mask.length; i++) mask[i] = Number(data[i]) === 0 ? 0 : 1;
	return mask;
}
