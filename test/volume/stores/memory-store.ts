/**
 * A store in memory that counts its reads, for tests.
 *
 * @module
 */
import { rangeWithin } from "../../../src/volume/stores/keys.ts";
import type { ByteRange, KeyStore, StoreListing } from "../../../src/volume/stores/store.ts";

/** Values by key. */
export class MemoryStore implements KeyStore {
	readonly root: string;
	readonly values = new Map<string, Uint8Array>();
	readonly log: string[] = [];
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
