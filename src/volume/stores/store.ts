/**
 * Where the files of chunked formats lie: a folder, or a place behind a URL, as keys and bytes.
 *
 * Keys are paths below the root, with slashes, without a leading one: "c/0/1", "zarr.json". What `set` has written is
 * whole and durable: a reader sees the old bytes or the new ones, never a part.
 *
 * @module
 */

/** A part of a value: `length` bytes from `offset`, or its last `suffixLength` bytes. */
export type ByteRange = { readonly offset: number; readonly length: number } | { readonly suffixLength: number };

/** Options of every call. */
export type StoreOptions = { readonly signal?: AbortSignal };

/** Names of values and of what has values below it, sorted. */
export type StoreListing = { readonly files: readonly string[]; readonly folders: readonly string[] };

/** A root and what lies below it. */
export interface KeyStore {
	/** The folder or URL, without a slash at the end. */
	readonly root: string;
	/** The whole value; undefined where there is none. @throws VOLUME where it cannot be read (after retries) */
	get(key: string, options?: StoreOptions): Promise<Uint8Array | undefined>;
	/** A part of it; undefined where there is no value. @throws VOLUME where it ends before the range */
	getRange(key: string, range: ByteRange, options?: StoreOptions): Promise<Uint8Array | undefined>;
	/** Writes a value whole, or not at all. @throws VOLUME; UNBUILT where the store is for reading only */
	set(key: string, bytes: Uint8Array, options?: StoreOptions): Promise<void>;
	/**
	 * Writes a value where there is none, whole: of several who try, one does. Where an answer was lost on the way, false may be
	 * told to the one who did; the value tells.
	 *
	 * @returns false where there is a value
	 * @throws VOLUME; UNBUILT where the store is for reading only, or knows no conditional writes
	 */
	create(key: string, bytes: Uint8Array, options?: StoreOptions): Promise<boolean>;
	/** Removes a value; nothing happens where there is none. */
	remove(key: string, options?: StoreOptions): Promise<void>;
	/**
	 * What lies directly below `prefix` ("" for the root, else without a slash at the end), sorted: names without it.
	 * @throws UNBUILT where the store cannot list (plain http)
	 */
	list(prefix: string, options?: StoreOptions): Promise<StoreListing>;
	/** Makes the names of all values written so far durable (folders of a file system). */
	sync(): Promise<void>;
	/** Lets go of connections. */
	close(): Promise<void>;
}

/** A value as it was found. */
export type FoundValue = {
	readonly bytes: Uint8Array;
	/** What tells it from what is written there later. */
	readonly version: string;
	/** Milliseconds since it was written, by the clock of the store; whole seconds on some. */
	readonly age: number;
};

/** A store that tells versions and times of values, and replaces only what was seen: buckets. */
export interface ConditionalStore extends KeyStore {
	/** The value with its version and age; undefined where there is none. @throws VOLUME */
	look(key: string, options?: StoreOptions): Promise<FoundValue | undefined>;
	/**
	 * Replaces the value where it still is of this version. Where an answer was lost on the way, false may be told to the one
	 * who did; the value tells.
	 *
	 * @returns false where another value, or none, is there
	 * @throws VOLUME; UNBUILT where the server knows no conditional writes
	 */
	replace(key: string, bytes: Uint8Array, version: string, options?: StoreOptions): Promise<boolean>;
}

/** True where `store` can replace what was seen and nothing else. */
export function isConditional(store: KeyStore): store is ConditionalStore {
	return "look" in store && "replace" in store;
}
