/**
 * Steps from channels to channels over a volume that does not fit into memory: what looks a few voxels around goes block by
 * block; holes are background of the whole volume that touches no side of it.
 *
 * @module
 */
import { join } from "node:path";
import { channelsOf } from "../../decode/channels.ts";
import { type MaskMaking, ownSections } from "../../decode/masks.ts";
import type { DecodeStep, Kwargs } from "../../decode/step.ts";
import { channelsIn } from "../../decode/values.ts";
import type { BlockTask, OutputPlace } from "../../decode/volume/block-task.ts";
import type { LocalStep } from "../../decode/volume/local-step.ts";
import { openRegions } from "../../decode/volume/open-volumes.ts";
import { type Binary, justAbove } from "../../export/channels.ts";
import { cleanMask } from "./clean-mask.ts";
import { type FoundObjects, mapOfBlock } from "./found-objects.ts";
import { type ChannelsValue, isFlat, type StepContext, type VolumeValue } from "./volume-values.ts";

/** Steps that give channels and are none of those that only choose some. */
export type MaskStep = MaskMaking | Extract<DecodeStep, { readonly name: "channel_gate" }>;

/** Runs one of them. @throws CONFIG for wrong channels; RUN, VOLUME, CANCELLED */
export async function runMaskStep(
	context: StepContext,
	step: MaskStep,
	inputs: readonly VolumeValue[],
): Promise<ChannelsValue> {
	const input = channelsIn(inputs);
	if (step.name === "channel_gate") return gate(context, step.kwargs, input);
	const flat = isFlat(context, ownSections(step));
	if (step.name === "fill_holes") return fillHoles(context, step.kwargs.threshold, input, flat);
	return runLocal(context, { kind: "mask", step }, input, flat);
}

function gate(context: StepContext, kwargs: Kwargs<"channel_gate">, input: ChannelsValue): Promise<ChannelsValue> {
	const count = input.channels.length;
	const list = channelsOf(kwargs.signal_channels, count, "signal_channels").map((n) => input.channels[n] ?? 0);
	const [by = 0] = channelsOf(kwargs.gate_channel, count, "gate_channel");
	const step = { kind: "gate", channel: input.channels[by] ?? 0 } as const;
	return runLocal(context, step, { ...input, channels: list }, false);
}

/** True for steps that give values, not masks. */
function isValues({ kind }: LocalStep): boolean {
	return kind !== "mask";
}

/** Makes all channels of `input` anew, block by block. */
async function runLocal(
	{ passes, name }: StepContext,
	step: LocalStep,
	{ place, channels }: ChannelsValue,
	flat: boolean,
): Promise<ChannelsValue> {
	const { folder, grid } = passes.place;
	const output = passes.channelStage(name, channels.length, isValues(step) ? "float32" : "uint8");
	const records = join(folder, name);
	await (await openRegions(output)).close();
	const task = { kind: "local", grid, place, channels, step, flat, output, records } as const;
	const taskOf = (block: number): BlockTask => ({ ...task, block });
	await passes.each({ kind: "written", pass: "masking", records, blocks: passes.blocks, taskOf });
	return channelsAt(output);
}

/**
 * Keeps every channel within its cleaned mask over the whole volume, as `boundBinary` (`export/channels.ts`) does in memory.
 *
 * @throws RUN, VOLUME, CANCELLED
 */
export async function boundChannels(
	context: StepContext,
	input: ChannelsValue,
	{ threshold, ...binary }: Binary,
): Promise<ChannelsValue> {
	const { passes, name, shape } = context;
	const flat = shape[0] === 1;
	const output = passes.channelStage(`${name}-clean`, input.channels.length, "uint8");
	for (const [n, channel] of input.channels.entries()) {
		const wish = { ...binary, flat, conditions: [{ channel, above: threshold }] };
		const { stages, mapOf } = await cleanMask(passes, `${name}-${n}-`, wish, input.place);
		await passes.write({ name: `${name}-clean${n}`, stages, mapOf, output, channel: n, value: 1 });
	}
	const step = { kind: "bound", mask: channelsAt(output).place, least: justAbove(threshold) } as const;
	return runLocal(context, step, input, flat);
}

/** The channels of a stage, all of them. */
function channelsAt({ path, spec }: OutputPlace): ChannelsValue {
	const channels = Array.from({ length: spec.shape[0] ?? 1 }, (_, n) => n);
	const place = { path, axes: "czyx", scale: 1 };
	return { kind: "channels", place, channels, ...(spec.dtype === "uint8" ? { isMask: true } : {}) };
}

function thresholdAt(threshold: number): LocalStep {
	return { kind: "mask", step: { name: "threshold", kwargs: { threshold } } };
}

/** Fills the holes of the masks of all channels, one after the other. */
async function fillHoles(
	context: StepContext,
	limit: number,
	input: ChannelsValue,
	flat: boolean,
): Promise<ChannelsValue> {
	const { passes, name, shape } = context;
	const isMask = input.isMask === true && limit >= 0 && limit < 1;
	const masks = isMask ? input : await runLocal({ ...context, name: `${name}-mask` }, thresholdAt(limit), input, flat);
	if ((flat ? shape.slice(1) : shape).some((extent) => extent <= 2)) return masks; // all is border
	const output = passes.channelStage(name, masks.channels.length, "uint8");
	for (const [n, channel] of masks.channels.entries()) {
		const holes = await findHoles(context, `${name}-holes${n}`, { ...masks, channels: [channel] }, flat);
		const mapOf = (block: number) => mapOfBlock(holes, block, 1);
		const written = `${name}-filled${n}`;
		await passes.write({ name: written, stages: [holes.stage.path], output, channel: n, value: 1, mapOf });
	}
	return channelsAt(output);
}

/** The background of a mask that touches no side. */
function findHoles(
	{ passes }: StepContext,
	name: string,
	{ place, channels: [channel = 0] }: ChannelsValue,
	flat: boolean,
): Promise<FoundObjects> {
	const mask = { kind: "where", place, conditions: [{ channel, below: 0.5 }] } as const;
	const faces = { connectivity: 1, flat } as const;
	return passes.find({ ...faces, name, maskOf: () => mask, filters: [{ inside: true }] });
}
