import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ALL_FAULTS } from "../../scripts/faults/all.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

describe("faults of npm run faults", () => {
	it("have their place in the sources", () => {
		const lost = ALL_FAULTS.filter(({ file, from }) => !readFileSync(`${ROOT}${file}`, "utf8").includes(from));
		expect(lost.map(({ file, name }) => `${file}: ${name}`)).toEqual([]);
	});

	it("change them", () => {
		expect(ALL_FAULTS.filter(({ from, to }) => from === to)).toEqual([]);
	});
});
