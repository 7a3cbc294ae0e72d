import { join } from "node:path";
import { metaimage } from "../../src/volume/metaimage/metaimage.ts";
import { testVolumeFormat } from "./conformance.ts";
import { testItkFixtures } from "./itk-fixtures.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures", "metaimage");

testVolumeFormat(metaimage);
testItkFixtures(metaimage, FIXTURES, {
	less: ["type_STRING.mha", "five.mha", "tube.mha"],
});
