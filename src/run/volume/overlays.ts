/**
 * What restricts a streamed run: boxes, masks, and a floor below which input counts as empty.
 *
 * Blocks that hold nothing that is wanted are neither read nor written; in others, what lies outside is blanked. All of it is a
 * function of the fixed grid of blocks, so that memory and workers change nothing.
 *
 * @module
 */
import type { NdArray } from "../../core/array.ts";
import { type Box, boxShape, intersect, isEmpty } from "../../core/box.ts";
import { NnvolError } from "../../core/errors.ts";
import { sameShape, shapeText, sizeOf } from "../../core/shape.ts";
import { toFloat32 } from "../../image/cast.ts";
import type { ModelSpec } from "../../model/spec.ts";
import type { Settings } from "../../plan/settings.ts";
import { imageBox, type VolumeLayout } from "../../plan/volume-layout.ts";
import { type OpenImage, openImage } from "../../preprocess/image.ts";
import { orientSource } from "../../preprocess/orient-source.ts";
import type { VoxelSource } from "../../preprocess/voxel-source.ts";
import type { IoOptions } from "../../volume/volume.ts";

/** What restricts a run. Close it in a `finally`. */
export type Overlays = {
	/** 1 where results are kept in `box` (z, y, x of the transposed image); undefined where all are. */
	kept(box: Box): Promise<Uint8Array | undefined>;
	/** True where a block holds a voxel that is wanted. */
	wants(box: Box): Promise<boolean>;
	/** True where `wants` may be false. */
	readonly isPartial: boolean;
	close(): Promise<void>;
};

type Mask = { readonly source: VoxelSource; readonly image: OpenImage };

/** Opens what `settings` restricts a run to. @throws INPUT where a mask has another shape, or a region lies outside; VOLUME */
export async function openOverlays(
	image: Pick<OpenImage, "shape" | "placement">,
	source: VoxelSource,
	layout: VolumeLayout,
	spec: ModelSpec,
	settings: Settings,
	io: IoOptions,
): Promise<Overlays> {
	const { mask: blanked, within, regions, skipBelow } = settings;
	const boxes = boxesOf(regions, layout);
	const masks: Mask[] = [];
	const close = async () => {
		for (const mask of masks) await mask.image.close();
	};
	try {
		for (const [path, name] of [
			[blanked, "mask"],
			[within, "mask inference.mask"],
		] as const) {
			if (path !== undefined) masks.push(await openMask(path, name, image, spec, io));
		}
	} catch (error) {
		await close();
		throw error;
	}
	const area = within === undefined ? undefined : masks.at(-1)?.source;
	return {
		kept: async (box) => {
			if (masks.length === 0 && boxes === undefined) return undefined;
			const kept = boxes === undefined ? new Uint8Array(sizeOf(boxShape(box))).fill(1) : insideOf(boxes, box);
			for (const mask of masks) clearOutside(kept, await mask.source.read(box, io));
			return kept;
		},
		wants: async (box) => {
			if (boxes?.every((one) => isEmpty(intersect(one, box))) === true) return false;
			if (area !== undefined && !hasAbove(await area.read(box, io), 0, true)) return false;
			return skipBelow === undefined || hasAbove(await source.read(box, io), skipBelow, false);
		},
		isPartial: boxes !== undefined || area !== undefined || skipBelow !== undefined,
		close,
	};
}

/** What is asked for, in the transposed image. @throws INPUT where none of it lies in the volume */
function boxesOf(regions: Settings["regions"], layout: VolumeLayout): readonly Box[] | undefined {
	const boxes = regions?.map(({ start, size }) =>
		regionBox(layout, { start, stop: start.map((first, axis) => first + (size[axis] ?? 0)) }),
	);
	if (boxes?.every(isEmpty) !== true) return boxes;
	throw new NnvolError(
		"INPUT",
		`inference.roi or inference.volume_mode.chunks: nothing of it lies in the volume of ${shapeText(layout.grid.shape)} voxels (z, y, x); correct start and size`,
	);
}

/** The user counts in the input's z, y, x; a box may reach beyond it. */
function regionBox(layout: VolumeLayout, box: Box): Box {
	const { shape } = layout.grid;
	const inside = intersect(box, { start: [0, 0, 0], stop: [...shape] });
	return isEmpty(inside) ? { start: [0, 0, 0], stop: [0, 0, 0] } : imageBox(layout.map, inside);
}

async function openMask(
	path: string,
	name: string,
	image: Pick<OpenImage, "shape" | "placement">,
	spec: ModelSpec,
	io: IoOptions,
): Promise<Mask> {
	const found = await openImage([path], { ...spec, channels: [name] }, io);
	if (sameShape(found.shape, image.shape)) {
		return { image: found, source: orientSource(found.source, spec.transposeForward) };
	}
	await found.close();
	throw new NnvolError(
		"INPUT",
		`the ${name} ${path} is ${shapeText(found.shape)}, the image ${shapeText(image.shape)} (z, y, x); they must be equal`,
		{ fields: { path } },
	);
}

/** 1 in the voxels of `box` that lie in one of `boxes`. */
function insideOf(boxes: readonly Box[], box: Box): Uint8Array {
	const [depth = 0, height = 0, width = 0] = boxShape(box);
	const kept = new Uint8Array(depth * height * width);
	for (const one of boxes) {
		const part = intersect(one, box);
		if (isEmpty(part)) continue;
		const [z0 = 0, y0 = 0, x0 = 0] = part.start.map((first, axis) => first - (box.start[axis] ?? 0));
		const [dz = 0, dy = 0, dx = 0] = boxShape(part);
		for (let z = z0; z < z0 + dz; z++) {
			for (let y = y0; y < y0 + dy; y++) {
				const row = (z * height + y) * width + x0;
				kept.fill(1, row, row + dx);
			}
		}
	}
	return kept;
}

/** 0 in `kept` where the mask (one channel) is 0. */
function clearOutside(kept: Uint8Array, { data }: NdArray): void {
	for (let i = 0; i < kept.length; i++) if (Number(data[i]) === 0) kept[i] = 0;
}

/** True where a value is above `floor`; with `orBelow` also below it: then 0 alone is empty. */
function hasAbove(array: NdArray, floor: number, orBelow: boolean): boolean {
	const { data } = toFloat32(array);
	for (let i = 0; i < data.length; i++) {
		const value = data[i] ?? 0;
		if (value > floor || (orBelow && value !== floor)) return true;
	}
	return false;
}
