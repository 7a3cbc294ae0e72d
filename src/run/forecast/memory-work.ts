/**
 * The work of a case that is predicted in memory.
 *
 * @module
 */
import { DTYPES } from "../../core/dtype.ts";
import { sizeOf, type Zyx, zyx } from "../../core/shape.ts";
import { headsOf } from "../../export/labels.ts";
import type { ModelSpec } from "../../model/spec.ts";
import type { Output, Settings } from "../../plan/settings.ts";
import { isUnchanged } from "../../preprocess/resample-axes.ts";
import { placeOf } from "../../preprocess/subject.ts";
import type { Checked } from "../checked.ts";
import { bytesOfCase, type Engine } from "../planned-case.ts";
import { countTiles } from "../predict.ts";
import { automaticMemory } from "../volume/memory.ts";
import type { CaseWork, NetworkForecast } from "./forecast.ts";
import type { Look } from "./look.ts";
import { type MeasuredNetwork, secondsOf } from "./measured-network.ts";
import { type Foresight, inputOf } from "./volume-work.ts";

/** A model of the run: what of it was measured, where it was. */
export type ForeseenMember = {
	readonly engine: Engine;
	readonly settings: Settings;
	readonly measured?: MeasuredNetwork;
};

/** Foresees a case in memory, with every model of the run. */
export function foreseeInMemory(
	one: Checked,
	look: Look,
	why: string,
	{ plan, options }: Foresight,
	members: readonly ForeseenMember[],
): CaseWork {
	const { source, image } = look;
	const each = members.map((member) => ({ ...member, work: workOfMember(look, member, options.batchSize) }));
	const [first] = each;
	if (first === undefined) throw new RangeError("a run without a model");
	const heads = headsOf(look.spec.labels);
	const held = sizeOf(image.shape) * source.channels * DTYPES[source.dtype].bytes;
	const volume =
		held +
		bytesOfCase(
			image,
			plan,
			members.map(({ engine }) => engine),
		);
	const network = members.reduce((most, { measured }) => Math.max(most, measured?.held ?? 0), 0);
	const sum = (of: (member: (typeof each)[number]) => number) => each.reduce((total, member) => total + of(member), 0);
	const isMeasured = members.every(({ measured }) => measured !== undefined);
	return {
		input: inputOf(one, look),
		network: first.work.place,
		why,
		tiles: sum(({ work }) => work.tiles),
		tilesRun: sum(({ work }) => work.tiles),
		twice: 0,
		views: first.settings.views.length,
		networkRuns: sum(({ work }) => work.runs),
		passes: [{ name: "network", isKept: false }],
		bytesRead: held,
		bytesWritten: sizeOf(image.shape) * writtenBytes(plan.settings.output, heads),
		bytesStaged: 0,
		memory: {
			...(isMeasured ? { network, peak: network + volume } : {}),
			volume,
			reserve: 0,
			budget: options.memory ?? automaticMemory(),
		},
		...(isMeasured
			? { seconds: sum(({ work, measured }) => (measured === undefined ? 0 : secondsOf(work.runs, measured))) }
			: {}),
	};
}

/** Bytes that are written of a voxel. */
function writtenBytes(output: Output, heads: number): number {
	if (output.kind === "channels") return output.channels.length * DTYPES[output.dtype].bytes;
	if (output.kind === "objects") return DTYPES[output.dtype === "by-count" ? "uint16" : output.dtype].bytes;
	const labels = output.dtype === "uint16" ? 2 : 1;
	return labels + (output.probabilities ? heads * DTYPES[output.store?.dtype ?? "float32"].bytes : 0);
}

function workOfMember(look: Look, { engine, settings }: ForeseenMember, batchSize: number) {
	const place = placeFor(look, engine.spec, settings);
	const tiles = countTiles(place.shape, settings) * place.sections;
	return { place, tiles, runs: Math.ceil((tiles * settings.views.length) / batchSize) };
}

/** What the network sees, where nothing is cropped away. */
function placeFor({ source, spacing }: Look, spec: ModelSpec, { sectionwise }: Settings): NetworkForecast {
	const [depth, height, width] = source.shape;
	const shape: Zyx = sectionwise ? [1, height, width] : source.shape;
	const place = placeOf(shape, spacing, spec);
	const isResampled = !isUnchanged(shape, zyx(place.shape), spec.resampling.data);
	return {
		shape: isResampled ? zyx(place.shape) : shape,
		spacing: place.spacing.network,
		isResampled,
		isCropped: false,
		sections: sectionwise ? depth : 1,
	};
}
