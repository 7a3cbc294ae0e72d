/**
 * The place of a new array: a folder or URL that holds nothing yet, and its removal.
 *
 * @module
 */
import { mkdir, rm, stat } from "node:fs/promises";
import { systemCode } from "../../core/system-fault.ts";
import { fileError, volumeError } from "../fault.ts";
import { isRemote, plainPath } from "../stores/location.ts";
import type { KeyStore, StoreOptions } from "../stores/store.ts";

/** Makes the folder at `store.root`. @throws VOLUME where something lies there, or the folder above is missing */
export async function makeRoot(store: KeyStore, options: StoreOptions = {}): Promise<void> {
	await requireFolder(store.root);
	const names = await namesIn(store, options);
	if (names.length > 0) {
		throw volumeError(store.root, `the folder exists and is not empty (${names[0]}); remove it or choose another`);
	}
}

/** Makes the folder at `path` where it is missing; behind URLs there are none. @throws VOLUME where it cannot be made */
export async function requireFolder(path: string): Promise<void> {
	if (isRemote(path)) return;
	try {
		await mkdir(plainPath(path));
	} catch (cause) {
		const found = systemCode(cause) === "EEXIST" ? await stat(plainPath(path)).catch(() => undefined) : undefined;
		if (found?.isDirectory() !== true) throw fileError(path, "create", cause);
	}
}

/** Names directly below the root, hidden ones (records, temporaries) left out. */
export async function namesIn(store: KeyStore, options: StoreOptions = {}): Promise<string[]> {
	const { files, folders } = await store.list("", options);
	return [...files, ...folders].filter((name) => !name.startsWith("."));
}

/** Removes all that lies below the root, and the folder. */
export async function removeRoot(store: KeyStore): Promise<void> {
	if (isRemote(store.root)) await removeBelow(store, "");
	else await rm(plainPath(store.root), { recursive: true, force: true });
}

async function removeBelow(store: KeyStore, prefix: string): Promise<void> {
	const { files, folders } = await store.list(prefix);
	const below = (name: string) => (prefix === "" ? name : `${prefix}/${name}`);
	for (const file of files) await store.remove(below(file));
	for (const folder of folders) await removeBelow(store, below(folder));
}
