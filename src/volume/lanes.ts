/**
 * Work that comes one piece after the other, a few pieces at a time.
 *
 * @module
 */

/**
 * Runs `action` on each of `items`, at most `limit` at once; items are asked for only when there is room. After the first
 * failure no more are begun; it is thrown when those under way have ended.
 */
export async function inLanes<T>(items: Iterable<T>, limit: number, action: (item: T) => Promise<void>): Promise<void> {
	const source = items[Symbol.iterator]();
	let failed = false;
	const lane = async (): Promise<void> => {
		for (let step = source.next(); step.done !== true && !failed; step = source.next()) {
			try {
				await action(step.value);
			} catch (error) {
				failed = true;
				throw error;
			}
		}
	};
	const results = await Promise.allSettled(Array.from({ length: limit }, lane));
	for (const result of results) if (result.status === "rejected") throw result.reason;
}
