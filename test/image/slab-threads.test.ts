import { expect, it } from "vitest";
import { componentsParallel } from "../../src/image/components-parallel.ts";
import { withSlabThreads } from "../../src/image/slab-threads.ts";

it("threads that fail say so, are not used again, and do not spoil the next array", async () => {
	const asked = withSlabThreads(2, async ([one]) =>
		one?.ask({ kind: "paint", map: new Uint32Array(1), out: new Uint32Array(1) }),
	);
	await expect(asked).rejects.toMatchObject({
		code: "RUN",
		message: expect.stringMatching(/not looked at.*fewer threads/s),
	});
	const { count } = await componentsParallel(Uint8Array.of(1, 0, 1, 1), [4], 1, 2, 1);
	expect(count).toBe(2);
	let used: unknown;
	await withSlabThreads(1, async ([one]) => {
		used = one;
		one?.end();
	});
	await withSlabThreads(1, async ([one]) => expect(one).not.toBe(used));
});

it("a thread that ends while it is asked fails the answer", async () => {
	const asked = withSlabThreads(1, async ([one]) => {
		const answer = one?.ask({
			kind: "find",
			mask: new Uint8Array(1 << 22),
			shape: [1 << 22],
			connectivity: 1,
			face: 1,
		});
		one?.end();
		return answer;
	});
	await expect(asked).rejects.toMatchObject({ code: "RUN", message: expect.stringMatching(/ended with code/) });
});
