/**
 * Meshes of chosen objects in a folder: a file an object, or a folder that Neuroglancer reads.
 *
 * @module
 */
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { boxShape } from "../../core/box.ts";
import { NnvolError, throwIfAborted } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import { cellTriangles } from "../../image/cell-polygons.ts";
import { inLanes } from "../../volume/lanes.ts";
import { removeStale } from "../../volume/publish.ts";
import type { SpaceReader } from "./label-volume.ts";
import { beginMesh, type MeshFormat, type MeshSize, type Placing } from "./mesh-file.ts";
import { beginMeshFolder, fragmentName, manifestName, writeManifest } from "./mesh-folder.ts";
import { type MeshOptions, meshObject } from "./object-mesh.ts";
import { entryOf, type ObjectTable, objectRow } from "./object-table.ts";

/** Objects whose boxes have at most so many bytes are made side by side: they wait for the disk most of the time. */
const SMALL_BYTES = 4 << 20;
const LANES = 4;

/** How meshes are written. */
export type MeshesOptions = Omit<MeshOptions, "placing"> & {
	readonly folder: string;
	readonly format: MeshFormat;
	/** Where voxels lie in the meshes' coordinates. */
	readonly placing: Placing;
	/** Replaces meshes that are there. */
	readonly overwrite?: boolean;
	/** Meshes written so far, of all. */
	readonly onProgress?: (done: number, total: number) => void;
};

/**
 * Writes the meshes of the objects `ids` of `labels`, whose boxes `table` tells: `FOLDER/ID.obj`, `FOLDER/ID.ply`, or a
 * mesh folder of Neuroglancer. Each appears whole or not at all.
 *
 * @returns vertices and triangles of all of them
 * @throws INPUT where an object is not in the table; CONFIG where a mesh is there already; VOLUME, CANCELLED
 */
export async function writeMeshes(
	labels: SpaceReader,
	table: ObjectTable,
	ids: readonly bigint[],
	options: MeshesOptions,
): Promise<MeshSize> {
	requireThere(labels, table, ids);
	const { folder, format } = options;
	if (options.overwrite !== true) await requireFree(folder, ids, format);
	await removeStale(folder);
	if (format === "precomputed") await beginMeshFolder(folder);
	const shared = { ...options, cases: cellTriangles(options.placing.scale) };
	let [vertices, triangles, done] = [0, 0, 0];
	const write = async (id: bigint) => {
		throwIfAborted(options.signal);
		const size = await writeMesh(labels, table, id, shared);
		vertices += size.vertices;
		triangles += size.triangles;
		options.onProgress?.(++done, ids.length);
	};
	const isSmall = (id: bigint) =>
		sizeOf(boxShape(objectRow(table, entryOf(table, id)).box)) * labels.bytes <= SMALL_BYTES;
	await inLanes(ids.filter(isSmall), LANES, write);
	for (const id of ids) if (!isSmall(id)) await write(id);
	return { vertices, triangles };
}

async function writeMesh(
	labels: SpaceReader,
	table: ObjectTable,
	id: bigint,
	options: MeshesOptions,
): Promise<MeshSize> {
	const { folder, format } = options;
	const { box } = objectRow(table, entryOf(table, id));
	const file = await beginMesh(join(folder, fileName(id, format)), format);
	try {
		const size = await meshObject(labels, id, box, file, options);
		await file.finish();
		if (format === "precomputed") await writeManifest(folder, id);
		return size;
	} catch (error) {
		await file.discard();
		throw error;
	}
}

function fileName(id: bigint, format: MeshFormat): string {
	return format === "precomputed" ? fragmentName(id) : `${id}.${format}`;
}

function requireThere({ info }: SpaceReader, table: ObjectTable, ids: readonly bigint[]): void {
	const missing = ids.filter((id) => entryOf(table, id) < 0);
	if (missing.length === 0) return;
	const named = missing.slice(0, 5).join(", ") + (missing.length > 5 ? ", ..." : "");
	const range = table.count === 0 ? "none" : `${table.count}, from ${table.ids[0]} to ${table.ids.at(-1)}`;
	throw new NnvolError("INPUT", `${info.path}: there is no object ${named}; found ${range}`, {
		fields: { path: info.path, missing: missing.map(String) },
	});
}

async function requireFree(folder: string, ids: readonly bigint[], format: MeshFormat): Promise<void> {
	for (const id of ids) {
		const path = join(folder, format === "precomputed" ? manifestName(id) : fileName(id, format));
		if ((await lstat(path).catch(() => undefined)) === undefined) continue;
		const message = `${path}: exists already; add --overwrite to replace it, or choose another folder`;
		throw new NnvolError("CONFIG", message, { fields: { path } });
	}
}
