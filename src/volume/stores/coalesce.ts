/**
 * Many near parts of one value in few requests: the inner chunks of a shard that a box needs.
 *
 * Parts with a small gap between them are read as one, up to a largest request; a few requests run at once, so that no more
 * than `atOnce * most` bytes (or the largest part) are held.
 *
 * @module
 */
import { inLanes } from "../lanes.ts";
import { isRemote } from "./location.ts";
import type { KeyStore, StoreOptions } from "./store.ts";

/** `length` bytes from `offset`. */
export type Span = { readonly offset: number; readonly length: number };

/** A request, and the numbers of the parts that lie in it. */
export type SpanGroup = Span & { readonly members: readonly number[] };

/** How parts are put together, in bytes. */
export type Coalescing = {
	/** Largest gap that is read along. */
	readonly gap: number;
	/** Largest request of several parts. */
	readonly most: number;
	/** Requests at once. */
	readonly atOnce: number;
};

/** A request over a network costs as much as half a megabyte, one to a disk next to nothing. */
const REMOTE: Coalescing = { gap: 1 << 19, most: 1 << 24, atOnce: 4 };
const LOCAL: Coalescing = { gap: 1 << 14, most: 1 << 24, atOnce: 4 };

/** Parts in few requests, by their places. Every part lies in exactly one; pure. */
export function groupSpans(spans: readonly Span[], { gap, most }: Pick<Coalescing, "gap" | "most">): SpanGroup[] {
	const order = spans
		.map((span, index) => ({ ...span, index }))
		.sort((a, b) => a.offset - b.offset || a.length - b.length);
	const groups: { offset: number; end: number; members: number[] }[] = [];
	let last: { offset: number; end: number; members: number[] } | undefined;
	for (const { offset, length, index } of order) {
		const end = Math.max(last?.end ?? 0, offset + length);
		if (last !== undefined && offset - last.end <= gap && (end - last.offset <= most || end === last.end)) {
			last.end = end;
			last.members.push(index);
		} else {
			last = { offset, end: offset + length, members: [index] };
			groups.push(last);
		}
	}
	return groups.map(({ offset, end, members }) => ({ offset, length: end - offset, members }));
}

/**
 * Reads parts of the value of `key`; `use` gets each part's number and bytes, in any order, as soon as they are there. The
 * bytes are a view of a larger piece: copy what is kept.
 *
 * @returns false where there is no such value; then `use` was called for none, or, where it was removed meanwhile, for some
 * @throws VOLUME where the value ends before a part
 */
export async function coalescedRanges(
	store: KeyStore,
	key: string,
	spans: readonly Span[],
	use: (index: number, bytes: Uint8Array) => void | Promise<void>,
	options: StoreOptions & Partial<Coalescing> = {},
): Promise<boolean> {
	const how = { ...(isRemote(store.root) ? REMOTE : LOCAL), ...options };
	let isThere = true;
	await inLanes(groupSpans(spans, how), how.atOnce, async ({ offset, length, members }) => {
		if (!isThere) return;
		const bytes = await store.getRange(key, { offset, length }, options);
		if (bytes === undefined) {
			isThere = false;
			return;
		}
		for (const index of members) {
			const span = spans[index];
			if (span === undefined) continue;
			const from = span.offset - offset;
			await use(index, bytes.subarray(from, from + span.length));
		}
	});
	return isThere;
}
