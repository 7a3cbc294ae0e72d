/**
 * Predicts a planned case with every model of its plan; segmentations of previous stages are read beside the image.
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import type { OnEvent } from "../core/events.ts";
import { sizeOf } from "../core/shape.ts";
import { headsOf } from "../export/labels.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { Plan, PlannedCase } from "../plan/plan.ts";
import type { Output } from "../plan/settings.ts";
import type { Image } from "../preprocess/image.ts";
import { readOverlay } from "../preprocess/overlay.ts";
import { labelsOfImage } from "../preprocess/previous.ts";
import { type CaseOptions, predictImage } from "./case.ts";
import type { CaseArrays } from "./case-output.ts";
import { type EnsembleMember, predictEnsemble } from "./ensemble.ts";
import type { Network } from "./network.ts";
import type { Stopwatch } from "./timing.ts";

/** What decoding holds besides its channels: distances, heights, seeds, ids, the order of floods. */
const HELD_BY_DECODING = 8;

/** The model of a run; the network is loaded when the first case needs it. */
export type Engine = { readonly spec: ModelSpec; network(): Promise<Network> };

/** How a planned case is predicted. */
export type PlannedCaseOptions = {
	readonly batchSize: number;
	readonly watch: Stopwatch;
	readonly signal?: AbortSignal;
	readonly onEvent?: OnEvent;
};

/**
 * Predicts `image`. `engines` are the models in the order of the plan: its own, then those it is averaged with.
 *
 * @throws INPUT, VOLUME, RUNTIME, CANCELLED
 */
export async function predictPlanned(
	entry: PlannedCase,
	image: Image,
	plan: Plan,
	engines: readonly Engine[],
	options: PlannedCaseOptions,
): Promise<CaseArrays> {
	const { watch, batchSize, signal, onEvent } = options;
	const settings = [plan.settings, ...(plan.further ?? []).map((member) => member.settings)];
	const members: EnsembleMember[] = [];
	for (const [n, engine] of engines.entries()) {
		const path = entry.previous?.[n];
		const previous =
			path === undefined || path === null
				? undefined
				: await watch.measure("read", () => readPrevious(path, image, engine.spec));
		const member = { spec: engine.spec, settings: settings[n] ?? plan.settings, network: await engine.network() };
		members.push(previous === undefined ? member : { ...member, previous });
	}
	const voxels = sizeOf(image.shape);
	const caseOptions: CaseOptions = {
		batchSize,
		watch,
		...(signal === undefined ? {} : { signal }),
		onTile: (done, total) => onEvent?.({ kind: "tile", id: entry.id, done, total, voxels }),
	};
	const [first] = members;
	if (members.length > 1 || first === undefined) return predictEnsemble(image, members, caseOptions);
	const { previous } = first;
	return predictImage(
		image,
		first.spec,
		first.settings,
		first.network,
		previous === undefined ? caseOptions : { ...caseOptions, previous },
	);
}

/**
 * About what predicting `image` holds besides the image: what the network sees of it, labels of a previous stage among it, and
 * what is written. Bytes.
 */
export function bytesOfCase(
	image: Pick<Image, "shape">,
	{ settings, further = [] }: Plan,
	engines: readonly Engine[],
): number {
	const { output, sectionwise } = settings;
	const heads = Math.max(...engines.map(({ spec }) => headsOf(spec.labels)));
	const inputs = Math.max(...engines.map(({ spec }) => spec.architecture.inputChannels));
	const ownWritten = valuesWritten(output, heads);
	const written = further.length > 0 ? 2 * heads : ownWritten;
	return sizeOf(image.shape) * 4 * ((sectionwise ? 0 : inputs) + written);
}

/** Values of 4 bytes a voxel that are held for what is written. */
function valuesWritten(output: Output, heads: number): number {
	if (output.kind === "channels") return output.channels.length;
	if (output.kind === "objects") return 2 * output.channels.length + HELD_BY_DECODING;
	return output.probabilities ? heads : 1;
}

/** A segmentation of the previous stage in the image's axes: Z, Y, X. */
async function readPrevious(path: string, image: Image, spec: ModelSpec): Promise<NdArray<"int16">> {
	const overlay = { path, name: "segmentation of the previous stage" };
	return labelsOfImage(await readOverlay(overlay, image, spec), path);
}
