/**
 * The state of runs as small texts in a store: a folder on the disk, or a place behind a URL, with the same keys.
 *
 * A text is written whole or not at all, and is durable when `write` returns: in a folder it is written beside, flushed and
 * renamed; in a bucket an object is whole by itself. What dead processes left half-written in a folder is cleaned away by
 * the first write to it, or by `clean`.
 *
 * @module
 */
import { join, relative, sep } from "node:path";
import { inLanes } from "../volume/lanes.ts";
import { removeStale } from "../volume/publish.ts";
import { isRemote, joinPath, openStore, plainPath } from "../volume/stores/open-store.ts";
import type { KeyStore, StoreListing } from "../volume/stores/store.ts";

/** Texts removed or read at once; a store has its own limits besides. */
export const STATE_AT_ONCE = 32;

/** Texts below a folder or URL. It holds nothing open. */
export class StateStore {
	readonly root: string;
	readonly #store: KeyStore;

	constructor(store: KeyStore) {
		this.root = store.root;
		this.#store = store;
	}

	/** True for a place behind a URL, where there are no folders, times of files, or renaming. */
	get isRemote(): boolean {
		return isRemote(this.root);
	}

	/** The text at `key`; undefined where there is none. @throws VOLUME where it cannot be read */
	async read(key: string): Promise<string | undefined> {
		const bytes = await this.#store.get(key);
		return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
	}

	/** Puts `text` at `key`, durably; the old text stays until the new one is whole. @throws VOLUME */
	async write(key: string, text: string): Promise<void> {
		await this.#store.set(key, new TextEncoder().encode(text));
		await this.#store.sync();
	}

	/** Removes texts, durably; nothing happens where there are none. @throws VOLUME */
	async remove(keys: readonly string[]): Promise<void> {
		await inLanes(keys, STATE_AT_ONCE, (key) => this.#store.remove(key));
		await this.#store.sync();
	}

	/** Names directly below `prefix`, without temporaries; none where it is missing. @throws VOLUME */
	list(prefix = ""): Promise<StoreListing> {
		return this.#store.list(prefix);
	}

	/** Removes what dead processes left half-written directly below `prefix`; a bucket has no such things. @throws VOLUME */
	async clean(prefix = ""): Promise<void> {
		if (!this.isRemote) await removeStale(join(this.root, prefix));
	}
}

/** The texts below `root`, a folder or URL; it need not be there. @throws UNBUILT for a URL of an unknown kind */
export async function openState(root: string): Promise<StateStore> {
	return new StateStore(await openStore(root));
}

/** The folder of records, reports and provenance beside outputs. */
export function stateFolder(outputFolder: string): string {
	return joinPath(outputFolder, ".nnvol");
}

/** `path` below `folder`, with slashes. */
export function pathBelow(folder: string, path: string): string {
	if (!isRemote(folder)) return relative(folder, path).split(sep).join("/");
	return plainPath(path).slice(plainPath(folder).length + 1);
}
