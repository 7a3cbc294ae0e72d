/**
 * A store in memory that counts its reads, for tests.
 *
 * @module
 */
import { rangeWithin } from "../../../src/volume/stores/keys.ts";
import type { ByteRange, ConditionalStore, FoundValue, StoreListing } from "../../../src/volume/stores/store.ts";

/** Values by key. */
export class MemoryStore implements ConditionalStore {
	readonly root: string;
	readonly values = new Map<string, Uint8Array>();
	readonly log: string[] = [];
	/** Of each value how often it was written before, and when. */
	readonly #written = new Map<string, { readonly version: string; readonly at: number }>();
	#writes = 0;
	/** The store's clock. */
	now: () => number = Date.now;
	#open = 0;
	/** Most reads at once, and most bytes asked for at once. */
	most = 0;

	constructor(root = "memory") {
		this.root = root;
	}

	async get(key: string): Promise<Uint8Array | undefined> {
		this.log.push(key);
		return this.#read(() => this.values.get(key));
	}

	async getRange(key: string, range: ByteRange): Promise<Uint8Array | undefined> {
		this.log.push(`${key} ${JSON.stringify(range)}`);
		return this.#read(() => {
			const value = this.values.get(key);
			if (value === undefined) return undefined;
			const { offset, length } = rangeWithin(key, range, value.length);
			return value.slice(offset, offset + length);
		});
	}

	async #read<T>(action: () => T): Promise<T> {
		this.#open += 1;
		this.most = Math.max(this.most, this.#open);
		await new Promise((done) => setImmediate(done));
		this.#open -= 1;
		return action();
	}

	async set(key: string, bytes: Uint8Array): Promise<void> {
		this.values.set(key, bytes);
		this.#writes += 1;
		this.#written.set(key, { version: String(this.#writes), at: this.now() });
	}

	async create(key: string, bytes: Uint8Array): Promise<boolean> {
		await new Promise((done) => setImmediate(done));
		if (this.values.has(key)) return false;
		void this.set(key, bytes);
		return true;
	}

	async look(key: string): Promise<FoundValue | undefined> {
		await new Promise((done) => setImmediate(done));
		const [bytes, written] = [this.values.get(key), this.#written.get(key)];
		if (bytes === undefined || written === undefined) return undefined;
		return { bytes, version: written.version, age: this.now() - written.at };
	}

	async replace(key: string, bytes: Uint8Array, version: string): Promise<boolean> {
		await new Promise((done) => setImmediate(done));
		if (!this.values.has(key) || this.#written.get(key)?.version !== version) return false;
		void this.set(key, bytes);
		return true;
	}

	async remove(key: string): Promise<void> {
		this.values.delete(key);
	}

	async list(): Promise<StoreListing> {
		return { files: [...this.values.keys()].sort(), folders: [] };
	}

	async sync(): Promise<void> {}

	async close(): Promise<void> {}
}
