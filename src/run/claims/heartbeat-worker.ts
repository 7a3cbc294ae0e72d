/**
 * The thread that gives signs of life for `heartbeat.ts`. A sign that cannot be given is left out: the next one may be.
 *
 * @module
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { systemCode } from "../../core/system-fault.ts";
import { openStore } from "../../volume/stores/open-store.ts";
import type { KeyStore } from "../../volume/stores/store.ts";
import { type HeartbeatOrder, monotonicNow } from "./heartbeat.ts";
import type { Beat } from "./place.ts";

class Signs {
	readonly #last: BigInt64Array;
	readonly #beats = new Set<Beat>();
	readonly #stores = new Map<string, Promise<KeyStore>>();
	readonly #stop = new AbortController();
	#giving: Promise<void> | undefined;

	constructor(last: BigInt64Array) {
		this.#last = last;
	}

	add(beat: Beat): void {
		this.#beats.add(beat);
		if (beat.kind === "object") this.give(); // a file was written just now
	}

	/** One round; none while the one before goes on. */
	give(): void {
		this.#giving ??= this.#round().finally(() => {
			this.#giving = undefined;
		});
	}

	async end(): Promise<void> {
		this.#stop.abort();
		await this.#giving;
	}

	async #round(): Promise<void> {
		const begun = monotonicNow();
		let isWhole = true;
		for (const beat of this.#beats) isWhole = (await this.#renew(beat)) && isWhole;
		if (isWhole) Atomics.store(this.#last, 0, begun);
	}

	async #renew(beat: Beat): Promise<boolean> {
		try {
			await (beat.kind === "file" ? renewFile(beat) : this.#renewObject(beat));
			return true;
		} catch (error) {
			// somebody has removed it: it is not renewed any more, and not made again
			if (beat.kind === "file" && systemCode(error) === "ENOENT") this.#beats.delete(beat);
			return false;
		}
	}

	async #renewObject({ root, key, bytes }: Extract<Beat, { kind: "object" }>): Promise<void> {
		const store = this.#stores.get(root) ?? openStore(root);
		this.#stores.set(root, store);
		await (await store).set(key, bytes, { signal: this.#stop.signal });
	}
}

/** The same bytes again, so that the file system sets the time. */
function renewFile({ path, bytes }: Extract<Beat, { kind: "file" }>): void {
	const file = openSync(path, "r+");
	try {
		writeSync(file, bytes, 0, bytes.length, 0);
	} finally {
		closeSync(file);
	}
}

function serve(): void {
	const port = parentPort;
	if (port === null) return;
	const open = new Map<number, { readonly signs: Signs; readonly timer: NodeJS.Timeout }>();
	port.on("message", (order: HeartbeatOrder) => {
		const { kind, id } = order;
		const one = open.get(id);
		if (kind === "open") {
			const signs = new Signs(order.last);
			open.set(id, { signs, timer: setInterval(() => signs.give(), order.interval) });
		} else if (kind === "add") one?.signs.add(order.beat);
		else {
			clearInterval(one?.timer);
			open.delete(id);
			void (one?.signs.end() ?? Promise.resolve()).finally(() => port.postMessage(id));
		}
	});
}

serve();
