/**
 * Installs a model zip, as nnU-Net exports them, into nnU-Net's folder of results.
 *
 * Nothing is written into the folder before the whole archive was read and checked: it is unpacked beside, flushed to
 * disk, and then each model folder gets its name by a rename. A model that is there is never mixed with another.
 *
 * @module
 */
import { randomInt } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import type { ZipEntry } from "../checkpoint/zip.ts";
import { besideName } from "../core/atomic-file.ts";
import { NnvolError } from "../core/errors.ts";
import { makeFolder } from "../core/folder.ts";
import { openArchive, unpack } from "../model/archive.ts";
import { publish, removeStale } from "../volume/publish.ts";
import { type ArchiveLayout, layoutOf, type Unit } from "./archive-layout.ts";

/** How a zip is installed. */
export type InstallOptions = {
	/** Replace models that are there and differ. */
	readonly overwrite: boolean;
	/** Most bytes when unpacked. */
	readonly maxBytes?: number | undefined;
	readonly signal?: AbortSignal;
};

/** What became of one part of the archive. */
export type Installed = {
	/** Path below the folder of results, with slashes. */
	readonly path: string;
	readonly kind: Unit["kind"];
	readonly state: "installed" | "replaced" | "already there";
	/** Names of what the part holds, without its own path. */
	readonly files: readonly string[];
};

/** What an installation did. */
export type InstallReport = {
	readonly results: string;
	readonly parts: readonly Installed[];
	/** Members of the archive that belong to no data set, and were left out. */
	readonly leftOut: readonly string[];
	readonly bytes: number;
};

/**
 * Installs the models of `zip` below `results`, which is made where it is missing.
 * @throws MODEL where the zip is damaged, unsafe, or no model zip, or where another model is in its place; CANCELLED
 */
export async function installZip(zip: string, results: string, options: InstallOptions): Promise<InstallReport> {
	const archive = await openArchive(zip, { maxBytes: options.maxBytes });
	try {
		const layout = await layoutOf(archive);
		await makeFolder(results).catch((cause) => {
			throw cannotWrite(results, cause);
		});
		const folders = new Set(layout.units.map(({ path }) => dirname(join(results, path))));
		for (const folder of [results, ...folders]) await removeStale(folder);
		const states = new Map<Unit, Installed["state"]>();
		for (const unit of layout.units) states.set(unit, await compare(unit, results, options.overwrite));
		const wanted = layout.units.filter((unit) => states.get(unit) !== "already there");
		const temporary = besideName(join(results, "install"), randomInt(2 ** 47), "tmp");
		try {
			const files = wanted.flatMap((unit) => unit.files.map(({ entry }) => entry));
			if (files.length > 0) await unpack(archive, files, temporary, layout.placeOf, options.signal);
			for (const unit of wanted) await move(join(temporary, unit.path), join(results, unit.path));
		} finally {
			await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
		}
		return reportOf(results, layout, states);
	} finally {
		await archive.zip.close();
	}
}

function reportOf(
	results: string,
	layout: ArchiveLayout,
	states: ReadonlyMap<Unit, Installed["state"]>,
): InstallReport {
	const parts = layout.units.map((unit) => ({
		path: unit.path,
		kind: unit.kind,
		state: states.get(unit) ?? "installed",
		files: unit.files.map(({ inner }) => inner),
	}));
	const bytes = layout.units.flatMap(({ files }) => files).reduce((sum, { entry }) => sum + entry.size, 0);
	return { results, parts, leftOut: layout.leftOut, bytes };
}

async function move(from: string, to: string): Promise<void> {
	try {
		await makeFolder(dirname(to));
	} catch (cause) {
		throw cannotWrite(dirname(to), cause);
	}
	await publish(from, to);
}

function cannotWrite(folder: string, cause: unknown): NnvolError {
	return new NnvolError(
		"MODEL",
		`${folder} cannot be written; check its permissions or choose another by --results FOLDER`,
		{ cause },
	);
}

/**
 * What installing `unit` would do. A folder that holds more than the archive, and all of the archive, counts as there.
 * @throws MODEL where something else is in its place and must not be replaced
 */
async function compare(unit: Unit, results: string, overwrite: boolean): Promise<Installed["state"]> {
	const target = join(results, unit.path);
	const there = await stat(target).catch(() => undefined);
	if (there === undefined) return "installed";
	const difference = await firstDifference(unit, target);
	if (difference === undefined) return "already there";
	if (overwrite) return "replaced";
	const kept = there.isDirectory() ? await lost(unit, target) : "";
	throw new NnvolError(
		"MODEL",
		`${target} is there already and is not what the zip holds: ${difference}. Use --overwrite to replace it${kept}, or --results FOLDER to install elsewhere; nothing was installed`,
		{ fields: { path: target } },
	);
}

async function firstDifference(unit: Unit, target: string): Promise<string | undefined> {
	for (const { entry, inner } of unit.files) {
		const path = inner === "" ? target : join(target, ...inner.split("/"));
		const name = inner === "" ? unit.path : inner;
		const found = await stat(path).catch(() => undefined);
		if (found === undefined) return `${name} is missing`;
		if (!found.isFile() || found.size !== entry.size || !(await sameBytes(path, entry))) return `${name} differs`;
	}
	return undefined;
}

/** Size was compared; the checksum of the archive's table is compared here. */
async function sameBytes(path: string, entry: ZipEntry): Promise<boolean> {
	let crc = 0;
	for await (const piece of createReadStream(path, { highWaterMark: 4 << 20 })) crc = crc32(piece, crc);
	return crc === entry.crc32;
}

/** Folds that replacing the folder would take away. */
async function lost(unit: Unit, target: string): Promise<string> {
	const names = (await readdir(target)).filter((name) => name.startsWith("fold_"));
	const gone = names.filter((name) => !unit.files.some(({ inner }) => inner.startsWith(`${name}/`))).sort();
	return gone.length === 0 ? "" : ` (which takes away ${gone.join(", ")})`;
}
