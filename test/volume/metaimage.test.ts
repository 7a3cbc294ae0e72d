import { join } from "node:path";
import { metaimage } from "../../src/volume/metaimage/metaimage.ts";
import { testVolumeFormat } from "./conformance.ts";
import { testItkFixtures, testSameHeaders } from "./itk-fixtures.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures", "metaimage");

testVolumeFormat(metaimage);
testItkFixtures(metaimage, FIXTURES, {
	less: ["type_STRING.mha", "five.mha", "tube.mha"],
});
testSameHeaders(
	metaimage,
	FIXTURES,
	(file) => file.subarray(0, file.indexOf("LOCAL\n")).toString("latin1"),
	/^(CompressedData|CompressedDataSize|AnatomicalOrientation) =/,
);
