/**
 * Where marks lie: files in a folder, objects in a bucket.
 *
 * @module
 */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../core/folder.ts";
import { systemCode } from "../../core/system-fault.ts";
import { fileError } from "../../volume/fault.ts";
import type { KeyStore } from "../../volume/stores/store.ts";
import { isClaimName } from "./claim-text.ts";
import type { MarkPlace } from "./marks.ts";

/** Marks in the folder `root`; it is made when it is missing. */
export function marksInFolder(root: string): MarkPlace {
	const remove = (name: string) => at(join(root, name), "remove", (path) => rm(path, { force: true }));
	const write = async (name: string, bytes: Uint8Array) => {
		try {
			// never into a file that is there: claims of others are links to what is theirs
			await writeFile(join(root, name), bytes, { flag: "wx" });
			return true;
		} catch (error) {
			if (systemCode(error) === "EEXIST") return false;
			throw error;
		}
	};
	const create = (name: string, bytes: Uint8Array) =>
		at(join(root, name), "write", () =>
			write(name, bytes).catch(async (error: unknown) => {
				if (systemCode(error) !== "ENOENT") throw error;
				await makeFolder(root);
				return write(name, bytes);
			}),
		);
	return {
		create,
		remove,
		read: (name) => at(join(root, name), "read", (path) => readFile(path).catch(noneWhereMissing)),
		replace: async (name, bytes) => {
			await remove(name);
			await create(name, bytes);
		},
		names: async () =>
			((await at(root, "read", (path) => readdir(path).catch(noneWhereMissing))) ?? []).filter(isClaimName),
		close: async () => undefined,
	};
}

/** Marks below the root of `store`. Conditional writes are not needed: a mark that is lost is a death not counted. */
export function marksInStore(store: KeyStore): MarkPlace {
	return {
		create: async (name, bytes) => {
			if ((await store.get(name)) !== undefined) return false;
			await store.set(name, bytes);
			return true;
		},
		read: (name) => store.get(name),
		replace: (name, bytes) => store.set(name, bytes),
		remove: (name) => store.remove(name),
		names: async () => (await store.list("")).files.filter(isClaimName),
		close: () => store.close(),
	};
}

async function at<T>(path: string, action: string, work: (path: string) => Promise<T>): Promise<T> {
	try {
		return await work(path);
	} catch (cause) {
		throw fileError(path, action, cause);
	}
}

/** Undefined where nothing is there. */
function noneWhereMissing(error: unknown): undefined {
	if (systemCode(error) === "ENOENT") return undefined;
	throw error;
}
