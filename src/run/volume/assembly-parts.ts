/**
 * A staged output put together by all who have come to its end: slab by slab, each packed by itself, durable and then recorded.
 *
 * Parts lie in `NAME.parts/ROUND-KIND/` beside the stage. What is left for one is to put them one behind the other. Formats that cannot
 * be cut so (HDF5), single images and what is one slab are written by one, from the beginning.
 *
 * @module
 */
import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { bytesOf } from "../../core/array.ts";
import { boxShape } from "../../core/box.ts";
import { NnvolError, throwIfAborted } from "../../core/errors.ts";
import { makeFolder } from "../../core/folder.ts";
import { hashOf } from "../../core/hash.ts";
import { sizeOf } from "../../core/shape.ts";
import { formatByName, openVolume } from "../../volume/formats.ts";
import type { PartFacts, PartWriter } from "../../volume/parts.ts";
import type { IoOptions, VolumeReader, VolumeSpec } from "../../volume/volume.ts";
import { within } from "../claims/within.ts";
import { fileSpec, labelsAs, slabBoxes } from "./assembly.ts";
import { type Closing, stepName } from "./closing.ts";
import { SlabRecords } from "./slab-records.ts";
import { partsFolder, type Target, type TargetFacts } from "./targets.ts";

const packed = z.object({
	version: z.literal(1),
	bytes: z.number(),
	raw: z.number(),
	check: z.optional(z.number()),
	pieces: z.optional(z.array(z.number())),
});

/** What is put together of parts, and how they are told of. */
export type PartsTask = {
	readonly target: Target;
	readonly facts: TargetFacts;
	readonly highest: number | undefined;
	readonly closing: Closing;
	readonly io: IoOptions;
	/** Of a part, about. */
	readonly bytes: number | undefined;
	/** Voxels in parts that are there. */
	readonly onVoxels: (done: number, total: number) => void;
};

/** Makes the parts of a target with the others; gives who joins them. Undefined where it has none. @throws VOLUME, CANCELLED, RUN */
export async function shareParts(task: PartsTask): Promise<((path: string) => Promise<void>) | undefined> {
	const { target, facts, highest, closing, io, bytes } = task;
	const { staged, path, format } = target;
	const { parts } = await formatByName(format);
	if (staged === undefined || parts === undefined || target.spec.shape.length < 3) return undefined;
	const stage = await openVolume(staged, io);
	try {
		if (slabBoxes(stage.info, bytes).length < 2) return undefined;
		const spec = fileSpec(target, facts, highest);
		const kind = kindOf(spec);
		const folder = join(partsFolder(staged), `${closing.round}-${kind}`);
		const { claims } = closing.pass.share;
		await within(claims, "parts-begin", () => makeRoom(folder, closing.round), io.signal);
		const writer = parts(path, spec);
		const records = new SlabRecords(passOf(task, { stage, spec, kind, folder, writer }));
		await records.complete();
		return async (place) => writer.join(folder, await allOf(records, path), place);
	} finally {
		await stage.close();
	}
}

/** Tells parts of files that are packed otherwise apart: how a file is packed may be changed while it is made. */
function kindOf({ attributes: _, ...spec }: VolumeSpec): string {
	return hashOf(spec).slice(0, 8);
}

/** What was made of blocks that were done again since goes. */
async function makeRoom(folder: string, round: string): Promise<void> {
	await makeFolder(folder);
	const all = dirname(folder);
	for (const name of await readdir(all))
		if (!name.startsWith(round)) await rm(join(all, name), { recursive: true, force: true });
}

type Place = {
	readonly stage: VolumeReader;
	readonly spec: VolumeSpec;
	readonly kind: string;
	readonly folder: string;
	readonly writer: PartWriter;
};

function passOf(
	{ target, closing, io, bytes: partBytes, onVoxels }: PartsTask,
	{ stage, spec, kind, folder, writer }: Place,
) {
	const boxes = slabBoxes(stage.info, partBytes);
	const [height = 1, width = 1] = spec.shape.slice(-2);
	const depth = spec.shape.at(-3) ?? 1;
	const voxels = (n: number) => sizeOf(boxShape(boxes[n] ?? { start: [], stop: [] }));
	return {
		...closing.pass,
		name: stepName(target.product.name, `parts-${kind}`),
		slabs: boxes.map((_, n) => [n, n + 1] as const),
		voxelsOf: ([n]: readonly [number, number]) => voxels(n),
		perform: async ([n]: readonly [number, number]): Promise<PartFacts> => {
			throwIfAborted(io.signal);
			const box = boxes[n];
			if (box === undefined) throw new RangeError(`no slab ${n}`);
			const [channel = 0, z = 0] = [box.start.at(-4), box.start.at(-3)];
			const pages = bytesOf(labelsAs(await stage.read(box, io), spec));
			// one that slept for longer than its claim holds: what was read may be of a stage that is gone
			if (await closing.pass.isOver()) throw finishedElsewhere(target.path);
			return writer.write(folder, n, channel * depth + z, { bytes: pages, count: voxels(n) / (height * width) });
		},
		pack: (found: PartFacts) => ({ version: 1, ...found }),
		unpack: (value: unknown): PartFacts | undefined => {
			const { data } = packed.safeParse(value);
			if (data === undefined) return undefined;
			const { bytes, raw, check, pieces } = data;
			return { bytes, raw, ...(check === undefined ? {} : { check }), ...(pieces === undefined ? {} : { pieces }) };
		},
		onVoxels: (done: number) => onVoxels(done, sizeOf(spec.shape)),
	};
}

function finishedElsewhere(path: string): NnvolError {
	return new NnvolError("RUN", `${path}: another process has put it together meanwhile`, { fields: { path } });
}

async function allOf(records: SlabRecords<PartFacts>, path: string): Promise<readonly PartFacts[]> {
	const all = await records.readAll();
	if (all !== undefined) return all;
	throw new NnvolError("VOLUME", `${path}: records of its parts are damaged; run the same again to make those anew`);
}
