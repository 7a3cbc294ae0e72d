/**
 * Model zips that are used without being installed: unpacked once into the user's cache folder.
 *
 * A model lies under the SHA-256 of its zip, so that a changed zip is another one. It appears whole or not at all:
 * unpacked beside, renamed. What is found there is used only where each file has its size.
 *
 * @module
 */
import { randomInt } from "node:crypto";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { faultOf } from "../checkpoint/fault.ts";
import { openFile, sha256Of } from "../checkpoint/file-source.ts";
import type { ZipEntry } from "../checkpoint/zip.ts";
import { besideName, hostLabel, syncFolder } from "../core/atomic-file.ts";
import { NnvolError } from "../core/errors.ts";
import { makeFolder } from "../core/folder.ts";
import { systemCode } from "../core/system-fault.ts";
import { type Archive, openArchive, unpack } from "./archive.ts";
import { modelFiles, modelFolders, withEarlierStages } from "./archive-models.ts";
import { chooseModel, isOpen, type ModelChoice } from "./choice.ts";

/** Where nnvol keeps what it can make again: `NNVOL_CACHE`, else the system's usual place. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env, platform: string = process.platform): string {
	const { NNVOL_CACHE: own, XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = env;
	if (own) return own;
	if (platform === "win32") return join(local || join(homedir(), "AppData", "Local"), "nnvol", "cache");
	if (platform === "darwin") return join(homedir(), "Library", "Caches", "nnvol");
	return join(xdg || join(homedir(), ".cache"), "nnvol");
}

/**
 * The folder of the model in a zip, unpacked where it is not yet.
 * @throws MODEL where the zip is damaged or unsafe, or holds no model or several of which none was chosen
 */
export async function unpackedModel(path: string, choice: ModelChoice): Promise<string> {
	const archive = await openArchive(path);
	try {
		const folders = modelFolders(archive.files);
		const chosen = choose(path, archive.files, folders, choice);
		const home = join(cacheFolder(), "models", (await hashOfFile(path)).slice(0, 32));
		for (const folder of await withEarlierStages(archive, folders, chosen)) await place(archive, folder, home);
		return join(home, ...chosen.split("/"));
	} finally {
		await archive.zip.close();
	}
}

function choose(path: string, files: readonly ZipEntry[], folders: readonly string[], choice: ModelChoice): string {
	const [first] = folders;
	if (first !== undefined && folders.length === 1 && isOpen(choice)) return first;
	if (first !== undefined) return chooseModel(folders, choice, `model zip ${path}`);
	const names = files.slice(0, 4).map(({ name }) => name);
	const found = names.length === 0 ? "no file" : `${names.join(", ")}${files.length > names.length ? ", ..." : ""}`;
	throw new NnvolError(
		"MODEL",
		`${path} holds no model: expected plans.json with checkpoints (.pth) beside or below it, found ${found}`,
	);
}

/** Puts the model at `folder` of the archive below `home`. */
async function place(archive: Archive, folder: string, home: string): Promise<void> {
	const files = modelFiles(archive.files, folder);
	const target = join(home, ...folder.split("/"));
	const inner = (name: string) => (folder === "" ? name : name.slice(folder.length + 1));
	if (await isWhole(target, files, inner)) return;
	const temporary = besideName(target, randomInt(2 ** 47), "tmp");
	try {
		await makeFolder(dirname(target));
		await removeLeftovers(target);
		await unpack(archive, files, temporary, inner);
		await rm(target, { recursive: true, force: true });
		await rename(temporary, target);
		await syncFolder(dirname(target));
	} catch (error) {
		await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
		// another process may have been quicker
		if (!(await isWhole(target, files, inner))) throw cannotKeep(error, archive.path, home);
	}
}

/** Removes what a process of this machine that has ended left on the way to `target`. */
async function removeLeftovers(target: string): Promise<void> {
	const start = `.${basename(target)}.${hostLabel()}.`;
	for (const name of await readdir(dirname(target))) {
		if (!name.startsWith(start) || !name.endsWith(".nnvol-tmp")) continue;
		if (!isAlive(Number.parseInt(name.slice(start.length), 10))) {
			await rm(join(dirname(target), name), { recursive: true, force: true });
		}
	}
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return systemCode(error) === "EPERM";
	}
}

function cannotKeep(cause: unknown, path: string, home: string): unknown {
	if (cause instanceof NnvolError) return cause;
	return new NnvolError(
		"MODEL",
		`${path} cannot be unpacked into the cache folder ${home}; name another one in NNVOL_CACHE, or unpack it by nnvol install ${path} --results FOLDER`,
		{ cause },
	);
}

async function isWhole(target: string, files: readonly ZipEntry[], inner: (name: string) => string): Promise<boolean> {
	for (const { name, size } of files) {
		const found = await stat(join(target, ...inner(name).split("/"))).catch(() => undefined);
		if (found?.isFile() !== true || found.size !== size) return false;
	}
	return true;
}

async function hashOfFile(path: string): Promise<string> {
	const file = await openFile(path, faultOf("MODEL", path));
	try {
		return await sha256Of(file);
	} finally {
		await file.close();
	}
}
