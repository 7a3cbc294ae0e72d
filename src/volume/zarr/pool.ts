/**
 * A few things at a time.
 *
 * @module
 */

/** Runs `action` on every item, at most `limit` at once; after the first failure no more are begun and it is thrown. */
export async function eachOf<T>(items: readonly T[], limit: number, action: (item: T) => Promise<void>): Promise<void> {
	let next = 0;
	let failed = false;
	const lane = async (): Promise<void> => {
		for (let item = items[next++]; item !== undefined && !failed; item = items[next++]) {
			try {
				await action(item);
			} catch (error) {
				failed = true;
				throw error;
			}
		}
	};
	const results = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, lane));
	for (const result of results) if (result.status === "rejected") throw result.reason;
}
