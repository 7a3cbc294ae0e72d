/**
 * A store whose last reads are kept, up to so many bytes: indexes of shards, metadata that is read again and again.
 *
 * Reads of the same that are under way are shared. What is written or removed through this store is forgotten; what others
 * write is not seen while it is kept. That nothing is there is never kept.
 *
 * @module
 */
import { throwIfAborted } from "../../core/errors.ts";
import type { ByteRange, KeyStore, StoreListing, StoreOptions } from "./store.ts";

type Entry = { readonly key: string; readonly reading: Promise<Uint8Array | undefined>; bytes: number };

/** Bounds of what is kept, in bytes. */
export type CacheBounds = {
	readonly bytes: number;
	/** Larger values are not kept. Default: an eighth of `bytes`. */
	readonly largest?: number;
};

/** `store` with its last reads kept. The bytes are shared by all who read them: they must not be changed. */
export function cachedStore(store: KeyStore, bounds: CacheBounds): KeyStore {
	return new CachedStore(store, bounds);
}

class CachedStore implements KeyStore {
	readonly root: string;
	readonly #store: KeyStore;
	readonly #bytes: number;
	readonly #largest: number;
	/** The oldest first. */
	readonly #entries = new Map<string, Entry>();
	#kept = 0;

	constructor(store: KeyStore, bounds: CacheBounds) {
		this.root = store.root;
		this.#store = store;
		this.#bytes = bounds.bytes;
		this.#largest = bounds.largest ?? bounds.bytes / 8;
	}

	get(key: string, options: StoreOptions = {}): Promise<Uint8Array | undefined> {
		return this.#read(key, "", options, () => this.#store.get(key));
	}

	getRange(key: string, range: ByteRange, options: StoreOptions = {}): Promise<Uint8Array | undefined> {
		const part = "suffixLength" in range ? `-${range.suffixLength}` : `${range.offset}+${range.length}`;
		return this.#read(key, part, options, () => this.#store.getRange(key, range));
	}

	async set(key: string, bytes: Uint8Array, options: StoreOptions = {}): Promise<void> {
		await this.#store.set(key, bytes, options).finally(() => this.#forgetAll(key));
	}

	create(key: string, bytes: Uint8Array, options: StoreOptions = {}): Promise<boolean> {
		return this.#store.create(key, bytes, options).finally(() => this.#forgetAll(key));
	}

	async remove(key: string, options: StoreOptions = {}): Promise<void> {
		await this.#store.remove(key, options).finally(() => this.#forgetAll(key));
	}

	list(prefix: string, options: StoreOptions = {}): Promise<StoreListing> {
		return this.#store.list(prefix, options);
	}

	sync(): Promise<void> {
		return this.#store.sync();
	}

	async close(): Promise<void> {
		this.#entries.clear();
		this.#kept = 0;
		await this.#store.close();
	}

	/** A shared read is not ended by one who no longer waits for it. */
	async #read(
		key: string,
		part: string,
		options: StoreOptions,
		read: () => Promise<Uint8Array | undefined>,
	): Promise<Uint8Array | undefined> {
		throwIfAborted(options.signal);
		const name = `${key}\n${part}`;
		const entry = this.#entries.get(name) ?? this.#begin(name, key, read);
		if (this.#entries.delete(name)) this.#entries.set(name, entry);
		const bytes = await unlessAborted(entry.reading, options.signal);
		throwIfAborted(options.signal);
		return bytes;
	}

	#begin(name: string, key: string, read: () => Promise<Uint8Array | undefined>): Entry {
		const entry: Entry = { key, reading: read(), bytes: 0 };
		this.#entries.set(name, entry);
		entry.reading.then(
			(bytes) => this.#keep(name, entry, bytes),
			() => this.#forget(name, entry),
		);
		return entry;
	}

	/** What was forgotten while it was read, because something else was written, is not kept. */
	#keep(name: string, entry: Entry, bytes: Uint8Array | undefined): void {
		if (this.#entries.get(name) !== entry) return;
		if (bytes === undefined || bytes.length > this.#largest) {
			this.#forget(name, entry);
			return;
		}
		entry.bytes = bytes.length;
		this.#kept += bytes.length;
		for (const [oldest, old] of this.#entries) {
			if (this.#kept <= this.#bytes) break;
			if (old.bytes > 0) this.#forget(oldest, old);
		}
	}

	#forget(name: string, entry: Entry): void {
		if (this.#entries.get(name) !== entry) return;
		this.#entries.delete(name);
		this.#kept -= entry.bytes;
	}

	#forgetAll(key: string): void {
		for (const [name, entry] of this.#entries) if (entry.key === key) this.#forget(name, entry);
	}
}

/** `reading`, or nothing as soon as `signal` is raised. */
async function unlessAborted(
	reading: Promise<Uint8Array | undefined>,
	signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
	if (signal === undefined) return reading;
	let stop = (): void => undefined;
	const aborted = new Promise<undefined>((resolve) => {
		stop = () => resolve(undefined);
		signal.addEventListener("abort", stop, { once: true });
	});
	try {
		return await Promise.race([reading, aborted]);
	} finally {
		signal.removeEventListener("abort", stop);
	}
}
