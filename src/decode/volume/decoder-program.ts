/**
 * The passes that one decoder comes to.
 *
 * @module
 */
import { requireChannel } from "../channels.ts";
import { connectivityIn } from "../grow.ts";
import type { DecodeStep, Kwargs } from "../step.ts";
import type { Condition } from "./mask-spec.ts";
import type { ObjectFilter } from "./object-choice.ts";
import type { ComponentsProgram, WatershedProgram } from "./program.ts";

/** What steps are for. */
export type ProgramFacts = {
	/** Channels of the volume that decoding is given, in its order. */
	readonly channels: readonly number[];
	/** Sections of the volume. */
	readonly depth: number;
	/** Whether steps that leave it open work section by section. */
	readonly sectionwise: boolean;
};

/** Decoders whose objects, or their seeds, are whole components of where values are high. */
export type PlainDecoder = Extract<
	DecodeStep,
	{
		readonly name: "decode_connected_components" | "decode_binary_watershed" | "decode_binary_contour_watershed";
	}
>;

/** The program of a decoder. @throws CONFIG for wrong channels */
export function decoderProgram(step: PlainDecoder, facts: ProgramFacts): ComponentsProgram | WatershedProgram {
	switch (step.name) {
		case "decode_connected_components":
			return componentsOf(step.kwargs, facts);
		case "decode_binary_watershed":
			return watershedOf(step.kwargs, [], facts);
		default: {
			const contour = fileChannel(step.kwargs.contour_channel, facts, "contour_channel");
			return watershedOf(step.kwargs, [{ channel: contour, below: step.kwargs.contour_threshold }], facts);
		}
	}
}

function componentsOf(kwargs: Kwargs<"decode_connected_components">, facts: ProgramFacts): ComponentsProgram {
	const channel = fileChannel(kwargs.channel, facts, "channel");
	const flat = isFlat(kwargs.sectionwise, facts);
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
	const flat = isFlat(kwargs.sectionwise, facts);
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

/** True where a step works section by section: by its own word, else by that of `facts`; always where there is but one. */
export function isFlat(own: boolean | null, facts: Pick<ProgramFacts, "sectionwise" | "depth">): boolean {
	return (own ?? facts.sectionwise) || facts.depth === 1;
}

/** The channel of the volume that is meant by the `channel`-th that decoding is given. */
function fileChannel(channel: number, { channels }: ProgramFacts, key: string): number {
	return channels[requireChannel(channel, channels.length, key)] ?? 0;
}

/** The filter that takes objects of fewer voxels away. */
export function atLeast(voxels: number): readonly ObjectFilter[] {
	return voxels > 1 ? [{ atLeast: voxels }] : [];
}
