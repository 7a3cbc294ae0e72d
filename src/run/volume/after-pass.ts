/**
 * What of a streamed case needs the whole volume: objects, and masks whose small parts and holes go. The values are streamed
 * first, to a volume of their own below `.nnvol`; the rest is made of them, block by block.
 *
 * The values belong to a plan of their own, which says nothing of decoding: where only that is changed, they are not made again.
 *
 * @module
 */
import { assertNever, NnvolError } from "../../core/errors.ts";
import type { Zyx } from "../../core/shape.ts";
import type { DecodeStep } from "../../decode/step.ts";
import { valueChannelOf } from "../../decode/value-channel.ts";
import type { VolumeProgram } from "../../decode/volume/program.ts";
import { programOf } from "../../decode/volume/program-of-steps.ts";
import { makePlan, type Plan, type PlannedCase } from "../../plan/plan.ts";
import type { IdType, Output, Settings } from "../../plan/settings.ts";
import { isStill, type Turn } from "../../preprocess/reorient.ts";
import { outputStage } from "./stage-place.ts";

type Channels = Extract<Output, { readonly kind: "channels" }>;

/** The values that are streamed, and what is made of them. */
export type AfterPass = {
	readonly values: Channels;
	/** What is objects: which channel of the values they are made of, and the element type of ids. */
	readonly objects?: { readonly channel: number; readonly dtype: Exclude<IdType, "by-count"> };
	/** Coarser scales of what is made. */
	readonly pyramid?: NonNullable<Settings["pyramid"]>;
	/** For a volume of `depth` sections, whose voxels have the extents `spacing` (z, y, x). @throws UNBUILT naming the step that needs the whole volume in memory */
	program(depth: number, spacing?: Zyx): VolumeProgram;
};

/** Undefined where what is streamed is the output itself. @throws UNBUILT for what cannot be made block by block */
export function afterPassOf(settings: Settings): AfterPass | undefined {
	const { outputs, pyramid } = settings;
	const after = outputs === undefined ? passOf(settings) : undefined;
	return after === undefined || pyramid === undefined ? after : { ...after, pyramid };
}

function passOf({ output, sectionwise }: Settings): AfterPass | undefined {
	switch (output.kind) {
		case "labels":
			return undefined;
		case "channels":
			return needsVolume(output, sectionwise) ? maskPass(output) : undefined;
		case "objects":
			return objectPass(output, sectionwise);
		default:
			return assertNever(output);
	}
}

/** The case and the plan of the values of `entry`. */
export function valuesCase(entry: PlannedCase, plan: Plan, { values }: AfterPass): { entry: PlannedCase; plan: Plan } {
	const output = outputStage(plan.folder, "values", entry.output);
	const own: PlannedCase = { ...entry, output, format: "zarr" };
	const { pyramid: _, ...rest } = plan.settings; // of the output, not of its values
	const settings = { ...rest, output: values };
	return { entry: own, plan: makePlan(plan.model, settings, plan.folder, [own]) };
}

/**
 * Steps speak of the axes of the image as the network sees it; what is streamed lies along the file's.
 *
 * @throws UNBUILT naming a step that means certain axes, where `turn`, from the image's to the file's, moves them
 */
export function requireOwnAxes({ output }: Pick<Settings, "output">, turn: Turn): void {
	if (output.kind !== "objects" || isStill(turn)) return;
	const isMoved = turn.order.some((axis, at) => axis !== at);
	const steps = output.decoding.nodes.map(({ step }) => step);
	const own = steps.find(
		(step) => step.name === "decode_affinity_cc" || (isMoved && (output.bySection || meansAxes(step))),
	);
	if (own === undefined) return;
	throw new NnvolError(
		"UNBUILT",
		`decoding: ${own.name} means axes of the image, which the model's reader turns, and is not built for such images that are streamed; raise --memory so that the volume is held in memory, or turn the file before`,
		{ fields: { step: own.name } },
	);
}

/** True for steps that treat axes differently. */
function meansAxes({ name, kwargs }: DecodeStep): boolean {
	if (name === "section_stitch") return true;
	if ("sectionwise" in kwargs && kwargs.sectionwise === true) return true;
	if ("spacing" in kwargs && kwargs.spacing !== null) return true;
	if (name === "remove_small") return kwargs.mode.startsWith("neighbor");
	return name === "median" && typeof kwargs.size !== "number";
}

/** True where parts go by their size or holes are filled, and not section by section. */
function needsVolume({ binary }: Pick<Channels, "binary">, sectionwise: boolean): boolean {
	return binary !== undefined && (binary.removeSmall > 1 || binary.fillHoles) && !sectionwise;
}

function maskPass({ channels, channelAxis, binary, scale = 1, dtype }: Channels): AfterPass {
	const [channel] = channels;
	if (binary === undefined || channel === undefined || channels.length > 1 || channelAxis) {
		throw new NnvolError(
			"UNBUILT",
			"inference.postprocessing.binary with remove_small_objects or fill_holes is built for one channel of a volume that is streamed: let select_channel be a number, or raise --memory so that the volume is held in memory",
		);
	}
	const { threshold, removeSmall, fillHoles } = binary;
	return {
		values: { kind: "channels", channels, channelAxis: false, dtype: "float32" },
		program: () => ({
			kind: "binary",
			conditions: [{ channel: 0, above: threshold }],
			removeSmall,
			fillHoles,
			flat: false,
			value: scale,
			dtype,
		}),
	};
}

function objectPass(
	{ channels, binary, decoding, bySection, dtype }: Extract<Output, { kind: "objects" }>,
	sectionwise: boolean,
): AfterPass {
	const after = needsVolume(binary === undefined ? {} : { binary }, sectionwise) ? binary : undefined;
	const bounds = after === undefined ? binary : undefined;
	const all = channels.map((_, n) => n);
	const facts = { channels: all, sectionwise: bySection, ...(after === undefined ? {} : { binary: after }) };
	const program = (depth: number, spacing: Zyx = [1, 1, 1]) => programOf(decoding, { ...facts, depth, spacing });
	program(2); // says now what would only be said after the prediction
	const values: Channels = { kind: "channels", channels, channelAxis: channels.length > 1, dtype: "float32" };
	const objects = {
		channel: valueChannelOf(decoding, channels.length),
		dtype: dtype === "by-count" ? ("uint32" as const) : dtype,
	};
	return { values: bounds === undefined ? values : { ...values, binary: bounds, bounds: true }, program, objects };
}
