/**
 * From steps of decoding to passes over a volume.
 *
 * What can be done block by block with the same result as in memory is taken; another step is told, never done in part.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import { channelsOf, requireChannel } from "../channels.ts";
import { connectivityIn } from "../grow.ts";
import type { DecodeStep, Kwargs } from "../step.ts";
import type { Condition } from "./mask-spec.ts";
import type { ObjectFilter } from "./object-choice.ts";
import type { ComponentsProgram, VolumeProgram, WatershedProgram } from "./program.ts";

/** What steps are for. */
export type ProgramFacts = {
	/** Channels of the volume that decoding is given, in its order. */
	readonly channels: readonly number[];
	/** Sections of the volume. */
	readonly depth: number;
	/** Whether steps that leave it open work section by section. */
	readonly sectionwise: boolean;
};

/** Steps that only take objects away. */
type FilterStep = Extract<DecodeStep, { readonly name: "remove_small" | "remove_large" | "keep_largest" }>;

/** The passes that `steps` come to. @throws UNBUILT naming the step that needs the whole volume; CONFIG for wrong channels */
export function programOf(steps: readonly DecodeStep[], facts: ProgramFacts): VolumeProgram {
	let { channels } = facts;
	let rest = steps;
	for (const step of steps) {
		if (step.name !== "select_channels") break;
		channels = channelsOf(step.kwargs.channels, channels.length, "channels").map((n) => channels[n] ?? 0);
		rest = rest.slice(1);
	}
	const [decoder, ...others] = rest;
	if (decoder === undefined) throw new NnvolError("CONFIG", "decoding: no step makes objects; name a decoder");
	const at = others.findIndex(({ name }) => name === "section_stitch");
	const [own, later] = at < 0 ? [others, []] : [others.slice(0, at), others.slice(at + 1)];
	const base = programOfDecoder(decoder, { ...facts, channels });
	const program = { ...base, filters: [...base.filters, ...own.map(filterOf)] };
	const stitch = others[at];
	if (stitch?.name !== "section_stitch") return program;
	if (!base.flat) throw tooLarge("section_stitch of objects that span sections");
	return { ...program, stitch: { rule: stitch.kwargs, filters: later.map(filterOf) } };
}

function programOfDecoder(step: DecodeStep, facts: ProgramFacts): ComponentsProgram | WatershedProgram {
	switch (step.name) {
		case "decode_connected_components":
			return componentsOf(step.kwargs, facts);
		case "decode_binary_watershed":
			return watershedOf(step.kwargs, [], facts);
		case "decode_binary_contour_watershed": {
			const contour = fileChannel(step.kwargs.contour_channel, facts, "contour_channel");
			return watershedOf(step.kwargs, [{ channel: contour, below: step.kwargs.contour_threshold }], facts);
		}
		default:
			throw tooLarge(step.name);
	}
}

function componentsOf(kwargs: Kwargs<"decode_connected_components">, facts: ProgramFacts): ComponentsProgram {
	const channel = fileChannel(kwargs.channel, facts, "channel");
	const flat = isFlat(kwargs, facts);
	return {
		kind: "components",
		foreground: { kind: "where", conditions: [{ channel, above: kwargs.threshold }] },
		connectivity: connectivityIn(kwargs.connectivity, flat ? 2 : 3),
		flat,
		filters: atLeast(kwargs.min_size),
	};
}

function watershedOf(
	kwargs: Kwargs<"decode_binary_watershed">,
	clear: readonly Condition[],
	facts: ProgramFacts,
): WatershedProgram {
	const channel = fileChannel(kwargs.channel, facts, "channel");
	const flat = isFlat(kwargs, facts);
	return {
		kind: "watershed",
		seeds: [{ channel, above: kwargs.seed_threshold }, ...clear],
		connectivity: connectivityIn(kwargs.connectivity, flat ? 2 : 3),
		seedFilters: atLeast(kwargs.min_seed_size),
		heights: channel,
		foreground: [{ channel, above: kwargs.threshold }],
		flat,
		filters: atLeast(kwargs.min_size),
	};
}

function isFlat(kwargs: { readonly sectionwise: boolean | null }, facts: ProgramFacts): boolean {
	return (kwargs.sectionwise ?? facts.sectionwise) || facts.depth === 1;
}

/** The channel of the volume that is meant by the `channel`-th that decoding is given. */
function fileChannel(channel: number, { channels }: ProgramFacts, key: string): number {
	return channels[requireChannel(channel, channels.length, key)] ?? 0;
}

function atLeast(voxels: number): readonly ObjectFilter[] {
	return voxels > 1 ? [{ atLeast: voxels }] : [];
}

function filterOf(step: DecodeStep): ObjectFilter {
	if (!isFilter(step) || step.kwargs.sectionwise) throw tooLarge(step.name);
	switch (step.name) {
		case "remove_small":
			if (step.kwargs.mode === "none") return {};
			if (step.kwargs.mode !== "background") throw tooLarge(`${step.name} (mode ${step.kwargs.mode})`);
			return { atLeast: step.kwargs.min_size };
		case "remove_large":
			return { atMost: step.kwargs.max_size };
		default:
			return { largest: step.kwargs.count };
	}
}

function isFilter(step: DecodeStep): step is FilterStep {
	return step.name === "remove_small" || step.name === "remove_large" || step.name === "keep_largest";
}

function tooLarge(what: string): NnvolError {
	return new NnvolError(
		"UNBUILT",
		`decoding: ${what} is not built for volumes that do not fit the memory; decode_connected_components, decode_binary_watershed and decode_binary_contour_watershed are, with remove_small, remove_large, keep_largest and, for objects of sections, section_stitch after it`,
		{ fields: { step: what } },
	);
}
