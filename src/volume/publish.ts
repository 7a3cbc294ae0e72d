/**
 * New files appear whole or not at all: written under a temporary name beside, made durable, renamed.
 *
 * Temporary names are `.NAME.HOST.PID.N.nnvol-tmp`. A folder (Zarr) cannot replace another in one step: the old one is
 * first renamed to `.NAME.HOST.PID.N.nnvol-old`, then the new one takes its place, then the old one is removed. A crash
 * between the first two steps leaves the old one under that name, and `removeStale` puts it back; a crash after them
 * leaves the new one in place, and `removeStale` removes the old one.
 *
 * @module
 */
import { lstat, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { besideName, hostLabel } from "../core/atomic-file.ts";
import { systemCode } from "../core/system-fault.ts";
import { fileError } from "./fault.ts";
import { isStackName, stackName, stackPattern } from "./sections/name.ts";
import { publishSections } from "./sections/publish.ts";

let counter = 0;

const NAME = /^\.(.+)\.([\w-]+)\.(\d+)\.\d+\.nnvol-(tmp|old)$/;

/** A path in the same folder that no other process or call uses, hidden, recognised by `removeStale`. */
export function temporaryBeside(path: string): string {
	return isStackName(path) ? stackName(beside(stackPattern(path), "tmp")) : beside(path, "tmp");
}

/** The path that the file at `path` will have: `path` itself, or without what `temporaryBeside` put around its name. */
export function finalName(path: string): string {
	if (isStackName(path)) return stackName(finalName(stackPattern(path)));
	const [, name] = NAME.exec(basename(path)) ?? [];
	return name === undefined ? path : join(dirname(path), name);
}

/** True for the name of a file or folder that this module made on the way to another. */
export function isTemporaryName(name: string): boolean {
	return NAME.test(name);
}

/**
 * Gives the finished `temporary` its `final` name, replacing what is there. Durable when it returns.
 *
 * The files within a folder must be durable already; a single file and the folder around are synced here.
 *
 * @throws VOLUME; then `temporary` is still there and what was at `final` is unchanged
 */
export async function publish(temporary: string, final: string): Promise<void> {
	try {
		if (isStackName(temporary)) return await publishSections(temporary);
		const folder = (await lstat(temporary)).isDirectory();
		await sync(temporary);
		const existing = await lstat(final).catch(() => undefined);
		if (existing !== undefined && (folder || existing.isDirectory())) await swap(temporary, final);
		else if (folder) await renameOrSwap(temporary, final);
		else await rename(temporary, final);
		await sync(dirname(final));
	} catch (cause) {
		throw fileError(final, "write", cause);
	}
}

/**
 * Cleans `folder` of what dead processes of this host left: temporaries go, a replaced folder that lacks its successor
 * comes back. What belongs to living processes or to other hosts is not touched. A missing folder is clean.
 *
 * @returns the names that were cleaned away
 */
export async function removeStale(folder: string): Promise<string[]> {
	const names: readonly string[] = await readdir(folder).catch(() => []);
	const stale = names.filter(isStale);
	for (const name of stale) {
		try {
			await clean(folder, name);
		} catch (cause) {
			throw fileError(join(folder, name), "remove", cause);
		}
	}
	return stale;
}

/** Removes a folder that is gone at once for its readers: none finds a part of it. Nothing happens where there is none. */
export async function removeWhole(folder: string): Promise<void> {
	const going = temporaryBeside(folder);
	try {
		await rename(folder, going);
	} catch (cause) {
		if (systemCode(cause) === "ENOENT") return;
		throw fileError(folder, "remove", cause);
	}
	await rm(going, { recursive: true, force: true });
}

async function clean(folder: string, name: string): Promise<void> {
	const [, base = "", , , kind] = NAME.exec(name) ?? [];
	const final = join(folder, base);
	const lost = kind === "old" && (await lstat(final).catch(() => undefined)) === undefined;
	if (lost) await rename(join(folder, name), final);
	else await rm(join(folder, name), { recursive: true, force: true });
}

/** Another process may put the same folder in place in between: then it is replaced. */
async function renameOrSwap(temporary: string, final: string): Promise<void> {
	try {
		await rename(temporary, final);
	} catch (cause) {
		if (!(cause instanceof Error && "code" in cause && (cause.code === "ENOTEMPTY" || cause.code === "EEXIST")))
			throw cause;
		await swap(temporary, final);
	}
}

async function swap(temporary: string, final: string): Promise<void> {
	const old = beside(final, "old");
	await rename(final, old);
	try {
		await rename(temporary, final);
	} catch (cause) {
		// where another process was quicker its folder stands, and the old one is of no use
		await rename(old, final).catch(() => rm(old, { recursive: true, force: true }));
		throw cause;
	}
	await sync(dirname(final));
	await rm(old, { recursive: true, force: true });
}

function beside(path: string, kind: "tmp" | "old"): string {
	counter += 1;
	return besideName(path, counter, kind);
}

function isStale(name: string): boolean {
	const [, , owner, pid] = NAME.exec(name) ?? [];
	return owner === hostLabel() && !isAlive(Number(pid));
}

/** True where a process of this machine has the number `pid`. */
export function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return error instanceof Error && "code" in error && error.code === "EPERM";
	}
}

/** Flushes a file or a folder's entries to disk; file systems that cannot sync folders are left alone. */
async function sync(path: string): Promise<void> {
	const handle = await open(path, "r");
	try {
		await handle.sync();
	} catch (error) {
		const code = error instanceof Error && "code" in error ? error.code : undefined;
		if (!["EINVAL", "EPERM", "EISDIR", "ENOTSUP"].includes(String(code))) throw error;
	} finally {
		await handle.close();
	}
}
