import { describe, expect, it } from "vitest";
// @ts-expect-error: a plain script without declarations
import { tally } from "../../scripts/tally.mjs";

type State = "passed" | "failed" | "skipped" | "pending" | "todo";

/** A file of vitest's JSON report. */
function file(name: string, tests: Readonly<Record<string, State>>, status: "passed" | "failed" = "passed") {
	return {
		name,
		status,
		assertionResults: Object.entries(tests).map(([fullName, state]) => ({ fullName, status: state })),
	};
}

function count(files: readonly ReturnType<typeof file>[], status = 0, chosenByName = false) {
	return tally({ testResults: files }, { status, chosenByName });
}

describe("the tally of a test run", () => {
	it("counts passed, failed and skipped", () => {
		const files = [
			file("a", { one: "passed", two: "failed" }, "failed"),
			file("b", { three: "skipped", four: "todo", five: "passed" }),
		];
		expect(count(files, 1)).toEqual({ passed: 2, failed: 1, skipped: 2, notes: [] });
	});

	it("takes a skipped parity test for failed", () => {
		const result = count([file("a", { "parity: slice0 agrees": "skipped", other: "passed" })]);
		expect(result).toMatchObject({ passed: 1, failed: 1, skipped: 0 });
		expect(result.notes).toEqual(["Failed, as it was skipped: parity: slice0 agrees"]);
	});

	it("lets a parity test be skipped that needs the shared folder", () => {
		expect(count([file("a", { "parity shared: mito2d": "skipped", other: "passed" })])).toMatchObject({
			failed: 0,
			skipped: 1,
		});
	});

	it("leaves out what the user did not choose", () => {
		expect(count([file("a", { "parity: slice0": "skipped", other: "passed" })], 0, true)).toMatchObject({
			failed: 0,
			skipped: 1,
		});
	});

	it("counts a file that could not be loaded", () => {
		expect(count([file("broken", {}, "failed"), file("b", { one: "passed" })], 1)).toMatchObject({
			passed: 1,
			failed: 1,
		});
	});

	it("fails where vitest fails for another reason, or says nothing", () => {
		expect(count([file("a", { one: "passed" })], 1)).toMatchObject({ passed: 1, failed: 1 });
		expect(tally(undefined, { status: 0, chosenByName: false })).toMatchObject({ passed: 0, failed: 1 });
		expect(tally(undefined, { status: null, chosenByName: false })).toMatchObject({ passed: 0, failed: 1 });
	});
});
