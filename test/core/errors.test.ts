import { describe, expect, it } from "vitest";
import { causesOf, errorText, isNnvolError, NnvolError, throwIfAborted } from "../../src/core/errors.ts";

describe("NnvolError", () => {
	it("ends the command with 2 for what the user gave, 130 for an interruption, 1 for the rest", () => {
		const codes = (["CONFIG", "INPUT", "UNBUILT", "CANCELLED"] as const).map(
			(code) => new NnvolError(code, "x").exitCode,
		);
		expect(codes).toEqual([2, 2, 2, 130]);
		const others = ["CHECKPOINT", "MODEL", "GRAPH", "RUNTIME", "VOLUME", "RUN"] as const;
		for (const code of others) expect(new NnvolError(code, "x").exitCode).toBe(1);
	});

	it("is told by its kind", () => {
		const error = new NnvolError("VOLUME", "x", { fields: { path: "a" }, transient: true });
		expect(isNnvolError(error, "VOLUME", "RUN")).toBe(true);
		expect(isNnvolError(error, "RUN")).toBe(false);
		expect(isNnvolError(new Error("x"))).toBe(false);
		expect(error).toMatchObject({ fields: { path: "a" }, transient: true });
		expect("cause" in error).toBe(false);
	});
});

describe("errorText", () => {
	it("gives every cause once", () => {
		const low = new Error("EIO: i/o error");
		const middle = new NnvolError("VOLUME", "a.h5 cannot be read: EIO: i/o error", { cause: low });
		expect(errorText(new NnvolError("RUN", "case a", { cause: middle }))).toBe(
			"case a: a.h5 cannot be read: EIO: i/o error",
		);
		expect(errorText("plain text")).toBe("plain text");
	});

	it("names an error that has no message", () => {
		expect(errorText(new AggregateError([]))).toBe("AggregateError");
	});

	it("ends where causes run in a circle", () => {
		const a = new Error("a");
		const b = new Error("b", { cause: a });
		a.cause = b;
		expect(errorText(a)).toBe("a: b");
		expect([...causesOf(a)]).toEqual([a, b]);
	});
});

describe("throwIfAborted", () => {
	it("throws CANCELLED once the signal was raised, and says how to go on", () => {
		const controller = new AbortController();
		expect(() => throwIfAborted(controller.signal)).not.toThrow();
		expect(() => throwIfAborted(undefined)).not.toThrow();
		controller.abort();
		expect(() => throwIfAborted(controller.signal)).toThrow(/run the same command again/);
	});
});
