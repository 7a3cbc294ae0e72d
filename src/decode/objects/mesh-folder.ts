/**
 * Neuroglancer's legacy single-resolution meshes: a folder with `info`, a manifest `ID:0` an object, and its fragment.
 *
 * The fragment is written before the manifest that names it, and both before the volume's `info` names the folder: readers
 * see whole meshes only. Format: "legacy single-resolution meshes" of neuroglancer's "precomputed" specification.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeAtomically } from "../../core/atomic-file.ts";
import { NnvolError } from "../../core/errors.ts";
import { makeFolder } from "../../core/folder.ts";
import type { Zyx } from "../../core/shape.ts";
import { systemCode } from "../../core/system-fault.ts";
import { fileError, volumeError } from "../../volume/fault.ts";
import { INFO, infoBytes, readInfo, scaleOf, toZyx } from "../../volume/precomputed/info.ts";
import { openStore } from "../../volume/stores/open-store.ts";

/** What the folder's `info` says. */
const TYPE = "neuroglancer_legacy_mesh";

const schema = z.looseObject({ "@type": z.string() });

/** The folder of meshes within a precomputed volume. */
export const MESH_FOLDER = "mesh";

/** Name of the document that lists an object's fragments. */
export function manifestName(id: bigint): string {
	return `${id}:0`;
}

/** Name of the one fragment of an object's mesh. */
export function fragmentName(id: bigint): string {
	return `${id}.fragment`;
}

/** Makes the folder and its `info`, or finds them. @throws VOLUME where meshes of another kind lie there */
export async function beginMeshFolder(folder: string): Promise<void> {
	const path = join(folder, INFO);
	const there = await textAt(path);
	if (there === undefined) {
		await makeFolder(folder);
		return write(path, { "@type": TYPE });
	}
	const found = typeOf(path, there);
	if (found === TYPE) return;
	throw volumeError(folder, `expected a folder of meshes (${TYPE}), found ${JSON.stringify(found)}; choose another`);
}

/** Lists the fragment of `id`. @throws VOLUME */
export async function writeManifest(folder: string, id: bigint): Promise<void> {
	await write(join(folder, manifestName(id)), { fragments: [fragmentName(id)] });
}

/** What a precomputed volume tells of its meshes. */
export type MeshPlace = {
	/** Where the first voxel of its scale lies, z, y, x in voxels of that scale. */
	readonly offset: Zyx;
	/** The folder of meshes that it names, relative to it. */
	readonly folder: string | undefined;
};

/** What the precomputed volume at `volume` tells, of its scale `key` (the first where left out). @throws VOLUME */
export async function meshPlaceOf(volume: string, key: string | undefined): Promise<MeshPlace> {
	const store = await openStore(volume);
	try {
		const document = await readInfo(store);
		if (document === undefined) throw volumeError(volume, "is no precomputed volume: there is no info in it");
		const { mesh } = document;
		return {
			offset: toZyx(scaleOf(volume, document, key).voxel_offset),
			folder: typeof mesh === "string" && mesh !== "" ? mesh : undefined,
		};
	} finally {
		await store.close();
	}
}

/** Names the mesh folder `name`, which lies in it, in the `info` of the precomputed volume. @throws VOLUME */
export async function referToMeshes(volume: string, name: string): Promise<void> {
	const store = await openStore(volume);
	try {
		const document = await readInfo(store);
		if (document === undefined) throw volumeError(volume, "is no precomputed volume: there is no info in it");
		await store.set(INFO, infoBytes({ ...document, mesh: name }));
		await store.sync();
	} finally {
		await store.close();
	}
}

async function write(path: string, value: unknown): Promise<void> {
	try {
		await writeAtomically(path, `${JSON.stringify(value)}\n`);
	} catch (cause) {
		throw fileError(path, "write", cause);
	}
}

async function textAt(path: string): Promise<string | undefined> {
	try {
		return await readFile(path, "utf8");
	} catch (cause) {
		if (systemCode(cause) === "ENOENT") return undefined;
		throw fileError(path, "read", cause);
	}
}

function typeOf(path: string, text: string): string {
	try {
		return schema.parse(JSON.parse(text))["@type"];
	} catch (cause) {
		throw new NnvolError("VOLUME", `${path}: expected the info of a mesh folder (JSON with "@type")`, {
			cause,
			fields: { path },
		});
	}
}
