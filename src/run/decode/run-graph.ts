/**
 * Decoding as a graph over a volume that does not fit into memory: node by node, each over the whole volume.
 *
 * What a node gives lies in stages and tables of its own, named by its place among the nodes.
 *
 * @module
 */
import { type DecodeNode, type InputRef, takenBy } from "../../config/decoding/nodes.ts";
import { zyx } from "../../core/shape.ts";
import { channelsOf } from "../../decode/channels.ts";
import type { GraphProgram } from "../../decode/volume/program.ts";
import type { VoxelPlace } from "../../decode/volume/voxel-place.ts";
import { boundChannels } from "./mask-steps.ts";
import type { Passes } from "./passes.ts";
import { runVolumeStep } from "./volume-step.ts";
import type { ChannelsValue, ObjectsValue, VolumeValue } from "./volume-values.ts";

/** The objects of the last node, and the channels that nodes are given as `raw`. */
export type GraphResult = { readonly last: ObjectsValue; readonly raw: ChannelsValue };

/** Runs the nodes of `program`, of the volume at `place`. @throws CONFIG, RUN, VOLUME, CANCELLED */
export async function runGraph(
	passes: Passes,
	{ nodes, channels, sectionwise, spacing, binary }: GraphProgram,
	place: VoxelPlace,
): Promise<GraphResult> {
	const values = new Map<string, VolumeValue>();
	const context = { passes, shape: zyx(passes.place.grid.shape), spacing, sectionwise };
	const given: ChannelsValue = { kind: "channels", place, channels };
	const raw = binary === undefined ? given : await boundChannels({ ...context, name: "raw" }, given, binary);
	let last: VolumeValue = raw;
	for (const [n, { id, step, inputs }] of nodes.entries()) {
		const taken = inputs.map((ref) => givenValue(ref, values, raw));
		if (taken.length !== takenBy(step).length) throw new RangeError(`runGraph: node ${id} lacks an input`);
		last = await runVolumeStep({ ...context, name: `n${n + 1}` }, step, taken);
		values.set(id, last);
		dropUnneeded(values, nodes.slice(n + 1));
		passes.hold([...values.values()].reduce((sum, value) => sum + tableBytes(value), 0));
	}
	if (last.kind === "channels") throw new RangeError("runGraph: the last step makes no objects");
	return { last, raw };
}

/** Lets go of what no node works on any more; the last value stays. */
function dropUnneeded(values: Map<string, VolumeValue>, later: readonly DecodeNode[]): void {
	if (later.length === 0) return;
	const needed = new Set(later.flatMap(({ inputs }) => inputs.map((ref) => (ref.kind === "node" ? ref.id : ""))));
	for (const id of values.keys()) if (!needed.has(id)) values.delete(id);
}

/** Bytes that the tables of a value take: of its objects, and of the pieces they were made of. */
function tableBytes(value: VolumeValue): number {
	if (value.kind === "channels") return 0;
	const { ids, firsts, voxels } = value.objects;
	return ids.byteLength + firsts.byteLength + voxels.byteLength + 4 * value.pieces;
}

function givenValue(ref: InputRef, values: ReadonlyMap<string, VolumeValue>, raw: ChannelsValue): VolumeValue {
	if (ref.kind === "raw") {
		const list = channelsOf(ref.channels, raw.channels.length, "raw");
		return { ...raw, channels: list.map((n) => raw.channels[n] ?? 0) };
	}
	const found = values.get(ref.id);
	if (found === undefined) throw new RangeError(`runGraph: node ${ref.id} has not run`);
	return found;
}
