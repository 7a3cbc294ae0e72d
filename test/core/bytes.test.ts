import { describe, expect, it } from "vitest";
import { bytesText, parseBytes } from "../../src/core/bytes.ts";

describe("parseBytes", () => {
	it.each([
		["4GB", 4e9],
		["4g", 4e9],
		["2GiB", 2 ** 31],
		["2Gi", 2 ** 31],
		["512MB", 512e6],
		["1.5 GiB", 1.5 * 2 ** 30],
		[" 1000000 ", 1e6],
		["1TB", 1e12],
		["0.5k", 500],
	])("%j is %d", (text, bytes) => {
		expect(parseBytes(text)).toBe(bytes);
	});

	it.each(["", "GB", "-1GB", "1e9", "4 G B", "4PB", "NaN", "Infinity", "9".repeat(400), "4GB4"])(
		"%j is none",
		(text) => {
			expect(parseBytes(text)).toBeUndefined();
		},
	);
});

it("sizes read as they are asked for", () => {
	const sizes = [0, 999, 1000, 512e6, 999.96e6, 2e9, 2 ** 31, 1.5e15];
	expect(sizes.map(bytesText)).toEqual([
		"0 bytes",
		"999 bytes",
		"1.0 KB",
		"512 MB",
		"1000 MB",
		"2.0 GB",
		"2.1 GB",
		"1.5 PB",
	]);
});
