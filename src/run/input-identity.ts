/**
 * What input files are recognised by: names, sizes, times.
 *
 * To a file belong those that hold its voxels (.mhd, .nhdr) and, for TIFF, the `ID.json` that tells its spacing: a change
 * of one of them changes the result.
 *
 * @module
 */
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { NnvolError } from "../core/errors.ts";
import { sidecarsOf } from "../preprocess/spacing.ts";
import { formatOfName, openVolume } from "../volume/formats.ts";
import { stackFiles } from "../volume/sections/files.ts";
import { isStackName } from "../volume/sections/name.ts";
import { isRemote } from "../volume/stores/location.ts";
import { identifyRemote } from "./remote-identity.ts";

/** Size and time of an input file: what it is recognised by. Of several files their sums. */
export type InputIdentity = { readonly name: string; readonly bytes: number; readonly modified: number };

/** Identity of input files. @throws VOLUME where one is missing */
export async function identify(files: readonly string[]): Promise<InputIdentity[]> {
	return (await Promise.all(files.map(identifyOne))).flat();
}

async function identifyOne(file: string): Promise<InputIdentity[]> {
	if (isRemote(file)) return [await identifyRemote(file)];
	if (isStackName(file)) return [{ ...(await measureFiles(await stackFiles(file))), name: file }];
	const found = await stat(file).catch((cause) => {
		throw new NnvolError("VOLUME", `input ${file} cannot be read; check that it is there and readable`, {
			cause,
			fields: { path: file },
		});
	});
	const whole = found.isDirectory() ? await measureFolder(file) : { bytes: found.size, modified: found.mtimeMs };
	const own = { name: basename(file), bytes: whole.bytes, modified: Math.round(whole.modified) };
	const apart = await filesOf(file);
	return apart.length === 0 ? [own] : [own, await measureFiles(apart)];
}

/** The files that belong to `file`; those that cannot be told are met, and named, when it is read. */
async function filesOf(file: string): Promise<readonly string[]> {
	switch (formatOfName(file)) {
		case "tiff":
			return (await firstThere(sidecarsOf(file))) ?? [];
		case "metaimage":
		case "nrrd":
			return voxelFilesOf(file).catch(() => []);
		default:
			return [];
	}
}

async function voxelFilesOf(file: string): Promise<readonly string[]> {
	const reader = await openVolume(file);
	try {
		return reader.info.files ?? [];
	} finally {
		await reader.close();
	}
}

async function firstThere(files: readonly string[]): Promise<readonly string[] | undefined> {
	for (const file of files) if ((await stat(file).catch(() => undefined)) !== undefined) return [file];
	return undefined;
}

async function measureFiles(files: readonly string[]): Promise<InputIdentity> {
	const total = { name: basename(files[0] ?? ""), bytes: 0, modified: 0 };
	for (const file of files) {
		const found = await stat(file).catch(() => undefined);
		total.bytes += found?.size ?? 0;
		total.modified += Math.round(found?.mtimeMs ?? 0);
	}
	return total;
}

/** Sum of sizes and newest time of all that lies in a folder (a Zarr volume): a chunk written anew shows in one of them. */
async function measureFolder(folder: string): Promise<{ bytes: number; modified: number }> {
	const total = { bytes: 0, modified: 0 };
	for (const entry of await readdir(folder, { withFileTypes: true })) {
		const path = join(folder, entry.name);
		const found = await stat(path).catch(() => undefined);
		const part =
			found?.isDirectory() === true
				? await measureFolder(path)
				: { bytes: found?.size ?? 0, modified: found?.mtimeMs ?? 0 };
		total.bytes += part.bytes;
		total.modified = Math.max(total.modified, part.modified);
	}
	return total;
}
