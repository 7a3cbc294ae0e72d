/**
 * The mesh of one object of a label volume, read within the object's box only, piece by piece.
 *
 * Pieces are whole sections of the box; vertices are shared across them (`surface-mesh.ts`), so the mesh does not depend on
 * how the box was cut. A mesh that is made smoother or simpler is gathered in memory first.
 *
 * @module
 */
import type { NdArray } from "../../core/array.ts";
import type { Box } from "../../core/box.ts";
import { boxShape } from "../../core/box.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { asZyx } from "../../core/shape.ts";
import { cellTriangles } from "../../image/cell-polygons.ts";
import { type MeshSink, SurfaceMesh } from "../../image/surface-mesh.ts";
import type { IoOptions } from "../../volume/volume.ts";
import { GatheredMesh, isRefined, type MeshRefinement, writeGathered } from "./gathered-mesh.ts";
import type { SpaceReader } from "./label-volume.ts";
import type { MeshFile, MeshSize, Placing } from "./mesh-file.ts";
import { planSlabs, slabsOf } from "./slabs.ts";

/** How a mesh is made. */
export type MeshOptions = IoOptions & {
	/** Where voxels lie in the mesh's coordinates. */
	readonly placing: Placing;
	/** Bytes that the process may take. */
	readonly memory: number;
	/** Triangles in each case of a cell, where several meshes share them; those of `placing` where left out. */
	readonly cases?: readonly Uint8Array[];
	/** What is made of the mesh before it is written. */
	readonly refine?: MeshRefinement;
	/** Most voxels of a piece, in place of what memory allows. */
	readonly slabVoxels?: number;
};

/** Bytes a voxel of a piece takes beside its labels: the mask. */
const WORK_BYTES = 1;

/**
 * Writes the surface of the object `id`, all of whose voxels lie in `box` (z, y, x), to `file`.
 *
 * @throws VOLUME where the volume cannot be read or the file not be written; CONFIG where a section of the box does not fit
 * in memory; CANCELLED
 */
export async function meshObject(
	labels: SpaceReader,
	id: bigint,
	box: Box,
	file: MeshFile,
	options: MeshOptions,
): Promise<MeshSize> {
	const [z = 0, y = 0, x = 0] = box.start;
	const [, height = 1, width = 1] = boxShape(box);
	const mesh = new SurfaceMesh(options.cases ?? cellTriangles(options.placing.scale), [z, y, x], height, width);
	const { refine = {} } = options;
	const gathered = isRefined(refine)
		? new GatheredMesh(`${labels.info.path}: object ${id}`, options.memory)
		: undefined;
	const sink = sinkTo(gathered ?? file, options.placing);
	const io: IoOptions = options.signal === undefined ? {} : { signal: options.signal };
	for (const [from, to] of slabsOf(z, box.stop[0] ?? 0, depthOf(labels, box, options))) {
		throwIfAborted(options.signal);
		const piece = await labels.read({ start: [from, y, x], stop: [to, ...box.stop.slice(1)] }, io);
		const mask = maskOf(piece, id);
		for (let section = 0; section < to - from; section++) mesh.add(mask, section * height * width, sink);
		await file.flush();
	}
	mesh.close(sink);
	if (gathered !== undefined) await writeGathered(gathered.refined(refine), file);
	await file.flush();
	return file.size;
}

/** Sections of a piece. */
function depthOf(labels: SpaceReader, box: Box, { memory, slabVoxels }: MeshOptions): number {
	const [depth] = planSlabs({
		shape: asZyx(boxShape(box)),
		chunks: labels.chunks,
		perVoxel: labels.bytes + WORK_BYTES,
		memory,
		isSeekable: false,
		path: labels.info.path,
		...(slabVoxels === undefined ? {} : { voxels: slabVoxels }),
	});
	return depth;
}

/** Vertices in z, y, x of half voxels become places in x, y, z. */
function sinkTo(file: Pick<MeshFile, "vertices" | "triangles">, { scale, offset }: Placing): MeshSink {
	const [sz, sy, sx] = scale;
	const [oz, oy, ox] = offset;
	return {
		vertices(halves) {
			const places = new Float64Array(halves.length);
			for (let i = 0; i < halves.length; i += 3) {
				places[i] = ((halves[i + 2] ?? 0) / 2 + ox) * sx;
				places[i + 1] = ((halves[i + 1] ?? 0) / 2 + oy) * sy;
				places[i + 2] = ((halves[i] ?? 0) / 2 + oz) * sz;
			}
			file.vertices(places);
		},
		triangles: (indices) => file.triangles(indices),
	};
}

/** 1 where a voxel has the label `id`. */
function maskOf({ data }: NdArray, id: bigint): Uint8Array {
	const mask = new Uint8Array(data.length);
	if (data instanceof BigUint64Array || data instanceof BigInt64Array) {
		for (let i = 0; i < mask.length; i++) if (data[i] === id) mask[i] = 1;
		return mask;
	}
	const label = Number(id);
	for (let i = 0; i < mask.length; i++) if (data[i] === label) mask[i] = 1;
	return mask;
}
