/**
 * What a configuration wants written for a case: labels, channels, or objects.
 *
 * @module
 */
import type { Config } from "../config/schema.ts";
import { NnvolError } from "../core/errors.ts";
import { decodeArray } from "../decode/decode-array.ts";
import { type Decoding, parseDecoding } from "../decode/step.ts";
import { canvasDType, headsOf } from "../export/labels.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { IdType, Output } from "./settings.ts";

/** @throws CONFIG where channels or steps cannot be had of the model; UNBUILT for steps that are not built */
export function outputOf({ inference }: Config, spec: ModelSpec): Output {
	const { act, select_channel: select } = inference.test_time_augmentation;
	const { binary, intensity_scale: scale, intensity_dtype: dtype } = inference.postprocessing;
	const decoding = parseDecoding(inference.postprocessing.decoding);
	const decodes = decoding.nodes.length > 0;
	if (!decodes) requireNoIds(inference.postprocessing);
	const wantsValues = act !== null || select !== null || binary.enabled || scale !== null || dtype !== null;
	if (!decodes && !wantsValues) return { kind: "labels", probabilities: false, dtype: canvasDType(spec.labels) };
	const channels = channelsOf(select, binary.enabled, decodes, spec);
	const clean = binary.enabled
		? {
				binary: { threshold: binary.threshold, removeSmall: binary.remove_small_objects, fillHoles: binary.fill_holes },
			}
		: {};
	if (decodes) {
		const bySection = spec.architecture.dimensions === 2 && spec.transposeForward[0] === 0;
		requireChannels(decoding, channels.length, bySection);
		return { kind: "objects", channels, decoding, bySection, dtype: idType(inference.postprocessing), ...clean };
	}
	return {
		kind: "channels",
		channels,
		channelAxis: select === null || Array.isArray(select),
		dtype: dtype ?? (binary.enabled ? "uint8" : "float32"),
		...(scale === null ? {} : { scale }),
		...clean,
	};
}

/** Steps name channels in many ways: on two voxels they say at once what they would say after the prediction. @throws CONFIG */
function requireChannels(decoding: Decoding, channels: number, sectionwise: boolean): void {
	const shape = [2, 1, 1] as const;
	decodeArray({ data: new Float32Array(2 * channels), channels, shape }, decoding, { spacing: [1, 1, 1], sectionwise });
}

type Postprocessing = Config["inference"]["postprocessing"];

/** Ids are stored as they are: other types than these would cut them off. */
function idType({ instance_dtype: own, intensity_dtype: dtype }: Postprocessing): IdType {
	if (own !== "auto") return own;
	return dtype === "uint16" || dtype === "uint32" ? dtype : "by-count";
}

/** @throws CONFIG where something is said of objects, and none are made */
function requireNoIds({ instance_dtype: dtype, object_table: table }: Postprocessing): void {
	const set = [...(dtype === "auto" ? [] : ["instance_dtype"]), ...(table === null ? [] : ["object_table"])];
	if (set.length === 0) return;
	throw new NnvolError(
		"CONFIG",
		`inference.postprocessing.${set.join(" and ")}: nothing makes objects; name steps in inference.postprocessing.decoding, or take it out`,
	);
}

/** What is said of keys that have no effect on ids. */
export function objectNotes({ inference }: Config, { kind }: Output): readonly string[] {
	if (kind !== "objects") return [];
	const { intensity_scale: scale, intensity_dtype: dtype } = inference.postprocessing;
	const without = [
		...(scale === null ? [] : ["intensity_scale"]),
		...(dtype === null || idType(inference.postprocessing) === dtype ? [] : [`intensity_dtype=${dtype}`]),
	];
	const note = `objects are stored with ids, so inference.postprocessing.${without.join(" and ")} ${without.length > 1 ? "have" : "has"} no effect`;
	return without.length === 0 ? [] : [note];
}

/** Those selected; else all of the model's, or, for decoding, all but the background. */
function channelsOf(
	select: Config["inference"]["test_time_augmentation"]["select_channel"],
	cleans: boolean,
	decodes: boolean,
	spec: ModelSpec,
): readonly number[] {
	const heads = headsOf(spec.labels);
	if (cleans && select === null) {
		throw new NnvolError(
			"CONFIG",
			`inference.postprocessing.binary needs a channel: set inference.test_time_augmentation.select_channel (0 to ${heads - 1}; 1 is the foreground of a two-class model)`,
		);
	}
	const all = Array.from({ length: heads }, (_, n) => n);
	if (select === null) return decodes && spec.labels.kind === "labels" && heads > 1 ? all.slice(1) : all;
	const channels = Array.isArray(select) ? select : [select];
	const beyond = channels.find((channel) => channel >= heads);
	if (beyond === undefined) return channels;
	throw new NnvolError(
		"CONFIG",
		`inference.test_time_augmentation.select_channel names channel ${beyond}; the model has ${heads}, 0 to ${heads - 1}`,
	);
}
