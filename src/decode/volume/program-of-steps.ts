/**
 * From steps of decoding, or a graph of them, to passes over a volume.
 *
 * Most steps can be done block by block (`docs/decoding_volumes.md` says which with the same result as in memory); one that
 * cannot be is told (`whole-steps.ts`).
 * A decoder alone, with filters and one `section_stitch`, has a program of fewer passes than a graph.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import type { Zyx } from "../../core/shape.ts";
import type { Binary } from "../../export/channels.ts";
import { channelsOf } from "../channels.ts";
import { decodeArray } from "../decode-array.ts";
import { chainOf, type DecodeStep, type Decoding, isChain } from "../step.ts";
import { decoderProgram, type PlainDecoder, type ProgramFacts } from "./decoder-program.ts";
import type { ObjectFilter } from "./object-choice.ts";
import type { ComponentsProgram, VolumeProgram, WatershedProgram } from "./program.ts";
import { wholeFilter } from "./step-filter.ts";
import { isWhole, needsWhole } from "./whole-steps.ts";

export type { ProgramFacts } from "./decoder-program.ts";

/** Besides: extents of a voxel, z, y, x, and the masks that channels are kept within first. */
export type GraphFacts = ProgramFacts & { readonly spacing?: Zyx; readonly binary?: Binary };

/** The passes that `decoding` comes to. @throws CONFIG for wrong channels; UNBUILT naming the step that needs the whole volume */
export function programOf(decoding: readonly DecodeStep[] | Decoding, facts: GraphFacts): VolumeProgram {
	const { nodes } = "nodes" in decoding ? decoding : chainOf(decoding);
	if (nodes.length === 0) throw new NnvolError("CONFIG", "decoding: no step makes objects; name a decoder");
	const isShort = isChain({ nodes }) && facts.binary === undefined;
	const steps = nodes.map(({ step }) => step);
	const short = isShort ? shortProgram(steps, facts) : undefined;
	if (short !== undefined) return short;
	for (const step of steps) if (isWhole(step)) throw needsWhole(step);
	requireChannels({ nodes }, facts);
	const { channels, sectionwise, spacing = [1, 1, 1], binary } = facts;
	return { kind: "graph", nodes, channels, sectionwise, spacing, ...(binary === undefined ? {} : { binary }) };
}

/** What wrong channels there are shows in two voxels. @throws CONFIG */
function requireChannels(decoding: Decoding, { channels: { length: channels }, depth, sectionwise }: GraphFacts): void {
	const shape: Zyx = depth === 1 ? [1, 1, 2] : [2, 1, 1];
	decodeArray({ data: new Float32Array(2 * channels), channels, shape }, decoding, {
		spacing: [1, 1, 1],
		sectionwise,
	});
}

/** The program of channels that are chosen, a decoder, and what its objects are filtered and joined by; undefined for others. */
function shortProgram(steps: readonly DecodeStep[], facts: ProgramFacts): VolumeProgram | undefined {
	let { channels } = facts;
	let rest = steps;
	for (const step of steps) {
		if (step.name !== "select_channels") break;
		channels = channelsOf(step.kwargs.channels, channels.length, "channels").map((n) => channels[n] ?? 0);
		rest = rest.slice(1);
	}
	const [decoder, ...others] = rest;
	if (decoder === undefined || !isPlain(decoder)) return undefined;
	const at = others.findIndex(({ name }) => name === "section_stitch");
	const [own, later] = at < 0 ? [others, []] : [others.slice(0, at), others.slice(at + 1)];
	const [before, after] = [filtersOf(own), filtersOf(later)];
	if (before === undefined || after === undefined) return undefined;
	const base = decoderProgram(decoder, { ...facts, channels });
	const program = { ...base, filters: [...base.filters, ...before] };
	const stitch = others[at];
	if (stitch?.name !== "section_stitch") return program;
	return base.flat ? stitched(program, stitch, after) : undefined;
}

function stitched(
	program: ComponentsProgram | WatershedProgram,
	{ kwargs }: Extract<DecodeStep, { readonly name: "section_stitch" }>,
	filters: readonly ObjectFilter[],
): VolumeProgram {
	return { ...program, stitch: { rule: kwargs, filters } };
}

function isPlain(step: DecodeStep): step is PlainDecoder {
	return (
		step.name === "decode_connected_components" ||
		step.name === "decode_binary_watershed" ||
		step.name === "decode_binary_contour_watershed"
	);
}

/** Filters of whole objects; undefined where a step is none. */
function filtersOf(steps: readonly DecodeStep[]): readonly ObjectFilter[] | undefined {
	const filters: ObjectFilter[] = [];
	for (const step of steps) {
		const filter = wholeFilter(step);
		if (filter === undefined) return undefined;
		filters.push(filter);
	}
	return filters;
}
