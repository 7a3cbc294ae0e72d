import { join } from "node:path";
import { nrrd } from "../../src/volume/nrrd/nrrd.ts";
import { testVolumeFormat } from "./conformance.ts";
import { testItkFixtures } from "./itk-fixtures.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures", "nrrd");

testVolumeFormat(nrrd);
testItkFixtures(nrrd, FIXTURES, {
	more: ["unknown_field.nrrd"],
	// channels stay where they are in the file: SimpleITK puts them last
	other: ["list_last.nrrd"],
});
