import { describe, expect, it } from "vitest";
import { NnvolError } from "../../src/core/errors.ts";
import { isPassing, withRetries } from "../../src/run/retry.ts";

const systemError = (code: string) => Object.assign(new Error(`${code}: something`), { code });

/** Work that fails with each of `errors` and then gives "done"; counts its tries. */
function failing(...errors: readonly unknown[]) {
	const tries: number[] = [];
	const work = async () => {
		tries.push(performance.now());
		const n = tries.length - 1;
		if (n < errors.length) throw errors[n];
		return "done";
	};
	return { tries, work };
}

describe("isPassing", () => {
	it("is true of faults that may pass, at any depth of causes", () => {
		for (const code of ["EIO", "ESTALE", "ETIMEDOUT", "ECONNRESET", "EMFILE", "EBUSY"])
			expect(isPassing(systemError(code))).toBe(true);
		expect(isPassing(new NnvolError("VOLUME", "x", { cause: new Error("y", { cause: systemError("EIO") }) }))).toBe(
			true,
		);
		expect(isPassing(new NnvolError("VOLUME", "x", { transient: true }))).toBe(true);
	});

	it("is false of the others", () => {
		for (const code of ["ENOENT", "EACCES", "ENOSPC", "EISDIR", "EROFS"])
			expect(isPassing(systemError(code))).toBe(false);
		for (const error of [
			new Error("x"),
			new NnvolError("VOLUME", "damaged"),
			"text",
			undefined,
			null,
			{ code: "EIO" },
		]) {
			expect(isPassing(error)).toBe(false);
		}
		const circle = new Error("a");
		circle.cause = circle;
		expect(isPassing(circle)).toBe(false);
	});
});

describe("withRetries", () => {
	it("tries again after passing faults, telling each", async () => {
		const { tries, work } = failing(systemError("EIO"), systemError("ESTALE"));
		const told: unknown[] = [];
		const result = await withRetries(work, {
			tries: 3,
			pause: 1,
			onRetry: (attempt, error) => told.push([attempt, String(error)]),
		});
		expect(result).toBe("done");
		expect(tries).toHaveLength(3);
		expect(told).toEqual([
			[1, "Error: EIO: something"],
			[2, "Error: ESTALE: something"],
		]);
	});

	it("throws the last error when tries are used up", async () => {
		const { tries, work } = failing(systemError("EIO"), systemError("EBUSY"), systemError("ESTALE"));
		await expect(withRetries(work, { tries: 2, pause: 1 })).rejects.toThrow("EBUSY");
		expect(tries).toHaveLength(2);
	});

	it("does not try again after other errors, nor with one try", async () => {
		const lasting = failing(new NnvolError("VOLUME", "damaged"));
		await expect(withRetries(lasting.work, { tries: 5, pause: 1 })).rejects.toThrow("damaged");
		expect(lasting.tries).toHaveLength(1);
		const once = failing(systemError("EIO"));
		await expect(withRetries(once.work, { tries: 1, pause: 1 })).rejects.toThrow("EIO");
		expect(once.tries).toHaveLength(1);
	});

	it("pauses twice as long each time", async () => {
		const { tries, work } = failing(systemError("EIO"), systemError("EIO"), systemError("EIO"));
		await withRetries(work, { tries: 4, pause: 20 });
		const [first = 0, second = 0, third = 0] = tries.slice(1).map((time, n) => time - (tries[n] ?? 0));
		expect(first).toBeGreaterThanOrEqual(19);
		expect(second).toBeGreaterThanOrEqual(39);
		expect(third).toBeGreaterThanOrEqual(79);
	});

	it("is interrupted while it waits", async () => {
		const controller = new AbortController();
		const { tries, work } = failing(systemError("EIO"));
		const begun = performance.now();
		const result = withRetries(work, {
			tries: 3,
			pause: 60_000,
			signal: controller.signal,
			onRetry: () => setTimeout(() => controller.abort(), 5),
		});
		await expect(result).rejects.toMatchObject({ code: "CANCELLED", exitCode: 130 });
		expect(performance.now() - begun).toBeLessThan(5000);
		expect(tries).toHaveLength(1);
	});

	it("does not begin once interrupted", async () => {
		const { tries, work } = failing();
		await expect(withRetries(work, { tries: 3, signal: AbortSignal.abort() })).rejects.toMatchObject({
			code: "CANCELLED",
		});
		expect(tries).toHaveLength(0);
	});
});
