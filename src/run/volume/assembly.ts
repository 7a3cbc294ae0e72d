/**
 * Puts what is staged of an output together: one file, written from front to back, or joined from parts that are there.
 *
 * It can be begun again: the file is written beside its place, flushed, renamed.
 *
 * @module
 */
import { rm } from "node:fs/promises";
import { type NdArray, ndarray } from "../../core/array.ts";
import { writeAtomically } from "../../core/atomic-file.ts";
import type { Box } from "../../core/box.ts";
import { DTYPES } from "../../core/dtype.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import { sidecarText } from "../../preprocess/spacing.ts";
import { formatByName, openVolume, pathStem } from "../../volume/formats.ts";
import { publish, temporaryBeside } from "../../volume/publish.ts";
import { isStackName } from "../../volume/sections/name.ts";
import { partsFolder as sectionsFolder } from "../../volume/sections/publish.ts";
import type { IoOptions, VolumeInfo, VolumeSpec, VolumeWriter } from "../../volume/volume.ts";
import type { Target, TargetFacts } from "./targets.ts";

/** Bytes that are read of a stage at a time, where that is no thinner than its chunks. */
const SLAB_BYTES = 32 * 2 ** 20;

/** Times as much for chunks that are thicker: thinner slabs would unpack each chunk several times. */
const THICK = 8;

/** What is put together. */
export type Assembly = {
	readonly target: Target;
	readonly facts: TargetFacts;
	/** The highest label that was found, where the type is chosen by it. */
	readonly highest: number | undefined;
	/** Writes the file at a path, of parts; undefined where there are none. */
	readonly join: ((path: string) => Promise<void>) | undefined;
	/** True where another process has put it in its place meanwhile. */
	readonly isElsewhereDone: () => Promise<boolean>;
};

/** Puts a staged target in its place; one that was written in place is there already. @throws VOLUME, CANCELLED */
export async function assemble({ target, facts, highest, join, isElsewhereDone }: Assembly, io: IoOptions) {
	const { staged, path } = target;
	if (facts.spacingFile && facts.placement.spacing !== undefined && target.product.name === "labels") {
		await writeAtomically(`${pathStem(path)}.json`, sidecarText(facts.placement.spacing));
	}
	if (staged === undefined) return;
	const temporary = temporaryBeside(path);
	const write = join ?? ((place) => writeWhole(staged, place, target, fileSpec(target, facts, highest), io));
	try {
		await write(temporary);
		// what another process has finished has no staging any more: what was read of it then may be nothing
		if (!(await isElsewhereDone())) await publish(temporary, path);
	} finally {
		// of a stack it is the name of many, which lie in a folder
		const place = isStackName(temporary) ? sectionsFolder(temporary) : temporary;
		await rm(place, { recursive: true, force: true });
	}
}

async function writeWhole(staged: string, place: string, { format }: Target, spec: VolumeSpec, io: IoOptions) {
	const writer = await (await formatByName(format)).create(place, spec, io);
	try {
		await copySlabs(staged, spec, writer, io);
		await writer.finish();
	} catch (error) {
		await writer.discard();
		throw error;
	}
}

/** What the file of a target is to hold: nnU-Net's writers take 16 bits from label 255 on. */
export function fileSpec(target: Target, facts: TargetFacts, highest: number | undefined): VolumeSpec {
	const spec = asFile(target.spec, facts);
	if (!target.product.byValues || highest === undefined) return spec;
	const most = facts.placement.labels === "uint8" ? 255 : 254;
	return { ...spec, dtype: highest <= most ? "uint8" : "uint16" };
}

/** In the layout that the user asks for, else the format's own: that of the stage is no wish of anybody's. */
function asFile({ layout: _, ...spec }: VolumeSpec, { layout }: TargetFacts): VolumeSpec {
	if (layout === undefined) return spec;
	const lead = spec.axes.startsWith("c") ? [1] : [];
	const own = (extents: readonly number[]) => [...lead, ...extents.slice(lead.length - spec.shape.length)];
	const { chunks, compression } = layout;
	return {
		...spec,
		layout: {
			...(chunks === undefined ? {} : { chunks: own(chunks) }),
			...(compression === undefined ? {} : { compression }),
		},
	};
}

/** The slabs of a stage, in the order of files: whole chunks deep where those fit into `bytes`, and never more than a channel. */
export function slabBoxes(
	{ shape, dtype, chunks = shape }: Pick<VolumeInfo, "shape" | "dtype" | "chunks">,
	bytes = SLAB_BYTES,
): Box[] {
	const axis = Math.max(shape.length - 3, 0);
	const [lead, plane] = [shape.slice(0, axis), shape.slice(axis + 1)];
	const depth = depthOf(chunks[axis] ?? 1, sizeOf(plane) * DTYPES[dtype].bytes, bytes);
	const boxes: Box[] = [];
	for (let channel = 0; channel < sizeOf(lead); channel++) {
		for (let from = 0; from < (shape[axis] ?? 1); from += depth) {
			const to = Math.min(shape[axis] ?? 1, from + depth);
			const start = [...lead.map(() => channel), from, ...plane.map(() => 0)];
			boxes.push({ start, stop: [...lead.map(() => channel + 1), to, ...plane] });
		}
	}
	return boxes;
}

function depthOf(chunk: number, plane: number, bytes: number): number {
	const whole = Math.floor(bytes / plane / chunk) * chunk;
	return Math.max(1, whole, Math.min(chunk, Math.floor((THICK * bytes) / plane)));
}

async function copySlabs(staged: string, spec: VolumeSpec, writer: VolumeWriter, io: IoOptions): Promise<void> {
	const reader = await openVolume(staged, io);
	try {
		for (const box of slabBoxes(reader.info)) {
			throwIfAborted(io.signal);
			await writer.write(box.start, labelsAs(await reader.read(box, io), spec), io);
		}
	} finally {
		await reader.close();
	}
}

/** Labels in the type that is written. */
export function labelsAs(array: NdArray, { dtype }: VolumeSpec): NdArray {
	if (array.dtype === dtype) return array;
	const { data, shape } = array;
	if (data instanceof BigUint64Array || data instanceof BigInt64Array) throw new TypeError("labels of 64 bits");
	return dtype === "uint8"
		? ndarray("uint8", shape, new Uint8Array(data))
		: ndarray("uint16", shape, new Uint16Array(data));
}
