/**
 * Decoding in memory: from the values of channels to ids of objects.
 *
 * Law: the same for the same values, steps and context. Ids are dense, 1 to `count`, in the order of each object's first voxel.
 *
 * @module
 */
import type { DecodeStep } from "../config/decoding/catalogue.ts";
import type { DecodeNode, Decoding, InputRef } from "../config/decoding/nodes.ts";
import { shapeText, sizeOf, type Zyx } from "../core/shape.ts";
import { densify } from "../image/relabel.ts";
import { channelsOf, selectChannels } from "./channels.ts";
import { runStep } from "./run-step.ts";
import { chainOf } from "./step.ts";
import type { Channels, DecodeContext, Value } from "./values.ts";

/** Values of `channels` channels over `shape` (z, y, x), C-ordered, channels first. */
export type DecodeInput = {
	readonly data: Float32Array<ArrayBuffer>;
	readonly channels: number;
	readonly shape: Zyx;
};

/** Ids of objects, 0 where none is. */
export type Decoded = { readonly labels: Uint32Array<ArrayBuffer>; readonly shape: Zyx; readonly count: number };

/**
 * Decodes `input` by steps in order, or by a graph. `sectionwise` (false by default) is for steps that leave it open; `spacing`
 * is z, y, x. `input` is not changed.
 *
 * @throws CONFIG where a step means a channel that is not there; RangeError where lengths do not fit
 */
export function decodeArray(
	input: DecodeInput,
	steps: readonly DecodeStep[] | Decoding,
	options: { readonly spacing: readonly number[]; readonly sectionwise?: boolean },
): Decoded {
	const { data, channels, shape } = input;
	if (data.length !== channels * sizeOf(shape)) {
		throw new RangeError(
			`decodeArray: expected ${channels} channels of ${shapeText(shape)}, found ${data.length} values`,
		);
	}
	const [z = 1, y = 1, x = 1] = options.spacing;
	const context: DecodeContext = { spacing: [z, y, x], sectionwise: options.sectionwise ?? false };
	const { nodes } = "nodes" in steps ? steps : chainOf(steps);
	const last = runNodes(nodes, { kind: "channels", data, channels, shape }, context);
	if (last.kind === "channels") throw new RangeError("decodeArray: the last step makes no objects");
	return { labels: last.labels, shape, count: densify(last.labels).count };
}

/** What the last node gives. Values are let go after the last node that takes them. */
function runNodes(nodes: readonly DecodeNode[], raw: Channels, context: DecodeContext): Value {
	const values = new Map<string, Value>();
	let last: Value = raw;
	for (const [n, { id, step, inputs }] of nodes.entries()) {
		const given = inputs.map((ref) => givenValue(ref, values, raw));
		last = runStep(step, given, context);
		if (last.kind === "objects") densify(last.labels);
		values.set(id, last);
		for (const key of values.keys()) {
			const isNeeded = nodes
				.slice(n + 1)
				.some((node) => node.inputs.some((ref) => ref.kind === "node" && ref.id === key));
			if (!isNeeded) values.delete(key);
		}
	}
	return last;
}

function givenValue(ref: InputRef, values: ReadonlyMap<string, Value>, raw: Channels): Value {
	if (ref.kind === "raw") {
		return ref.channels === null ? raw : selectChannels(raw, channelsOf(ref.channels, raw.channels, "raw"));
	}
	const found = values.get(ref.id);
	if (found === undefined) throw new RangeError(`decodeArray: node ${ref.id} has not run`);
	return found;
}
