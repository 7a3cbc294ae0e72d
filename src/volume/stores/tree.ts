/**
 * What lies below a place in a store, as a whole: whether there is anything, and its removal.
 *
 * @module
 */
import { inLanes } from "../lanes.ts";
import type { KeyStore, StoreOptions } from "./store.ts";

/** Removals and listings at once; a store's own limit of requests holds besides. */
const AT_ONCE = 16;

/** True where a value lies below `prefix` ("" for the root). @throws VOLUME, UNBUILT where the store cannot list */
export async function hasValues(store: KeyStore, prefix: string, options: StoreOptions = {}): Promise<boolean> {
	const { files, folders } = await store.list(prefix, options);
	return files.length + folders.length > 0;
}

/**
 * Removes all values below `prefix`: those directly in it (documents that tell what it is) before those further below, so
 * that what a crash leaves is never taken for a whole volume.
 *
 * @throws VOLUME
 */
export async function removeTree(store: KeyStore, prefix: string, options: StoreOptions = {}): Promise<void> {
	const { files, folders } = await store.list(prefix, options);
	await inLanes(files, AT_ONCE, (name) => store.remove(keyBelow(prefix, name), options));
	await inLanes(folders, AT_ONCE, (name) => removeTree(store, keyBelow(prefix, name), options));
}

function keyBelow(prefix: string, name: string): string {
	return prefix === "" ? name : `${prefix}/${name}`;
}
