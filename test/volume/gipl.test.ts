import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gipl } from "../../src/volume/gipl/gipl.ts";
import { isGzip } from "../../src/volume/streams/unpack.ts";
import { expectFault, testVolumeFormat } from "./conformance.ts";
import { loadAll, testItkFixtures } from "./itk-fixtures.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures", "gipl");

testVolumeFormat(gipl);
testItkFixtures(gipl, FIXTURES, { less: ["spacing_nan.gipl"] });

describe("gipl: files as SimpleITK writes them", () => {
	let folder = "";
	beforeAll(() => {
		folder = mkdtempSync(join(tmpdir(), "nnvol-gipl-"));
	});
	afterAll(() => rmSync(folder, { recursive: true }));

	for (const name of readdirSync(FIXTURES).filter((each) => /^itk_.*int(8|16)\.gipl(\.gz)?$|^itk_float/.test(each))) {
		it(`${name}, byte for byte`, async () => {
			const { info, array } = await loadAll(gipl, join(FIXTURES, name));
			const { dtype, shape, axes } = info;
			const path = join(folder, name);
			const writer = await gipl.create(path, { dtype, shape, axes, ...(info.geometry && { geometry: info.geometry }) });
			await writer.write([0, 0, 0], array);
			await writer.finish();
			const bytes = (file: string) => (name.endsWith(".gz") ? gunzipSync(readFileSync(file)) : readFileSync(file));
			expect(Buffer.compare(bytes(path), bytes(join(FIXTURES, name)))).toBe(0);
			expect(isGzip(readFileSync(path))).toBe(name.endsWith(".gz"));
		});
	}
	it("extents that the header cannot tell, and channels", async () => {
		for (const spec of [
			{ dtype: "uint8", shape: [1, 1, 70000], axes: "zyx" },
			{ dtype: "uint8", shape: [2, 2, 3], axes: "yxc" },
		] as const) {
			const path = join(folder, "no.gipl");
			await expectFault(gipl.create(path, spec), path);
		}
	});
});
