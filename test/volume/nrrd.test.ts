import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { nrrd } from "../../src/volume/nrrd/nrrd.ts";
import { testVolumeFormat } from "./conformance.ts";
import { expectedOf, loadAll, testItkFixtures, testSameHeaders } from "./itk-fixtures.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures", "nrrd");

testVolumeFormat(nrrd);
testItkFixtures(nrrd, FIXTURES, {
	more: ["unknown_field.nrrd"],
	// channels stay where they are in the file: SimpleITK puts them last
	other: ["list_last.nrrd"],
});
testSameHeaders(nrrd, FIXTURES, (file) => file.subarray(0, file.indexOf("\n\n")).toString("latin1"), /^encoding:/);

describe("nrrd: channels that are the slowest axis", () => {
	it("stay in front", async () => {
		const { info, array } = await loadAll(nrrd, join(FIXTURES, "list_last.nrrd"));
		const wanted = expectedOf(FIXTURES)["list_last.nrrd"];
		expect([info.axes, ...info.shape]).toEqual(["czyx", 2, 2, 3, 4]);
		expect(info.geometry?.spacing).toEqual(wanted?.spacing);
		const bytes = Buffer.from(wanted?.hex ?? "", "hex");
		const last = Array.from({ length: 48 }, (_, i) => bytes[(i % 24) * 2 + Math.floor(i / 24)]);
		expect([...array.data]).toEqual(last);
	});
});
