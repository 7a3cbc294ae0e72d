import { join } from "node:path";
import { gipl } from "../../src/volume/gipl/gipl.ts";
import { testVolumeFormat } from "./conformance.ts";
import { testItkFixtures } from "./itk-fixtures.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures", "gipl");

testVolumeFormat(gipl);
testItkFixtures(gipl, FIXTURES, { less: ["spacing_nan.gipl"] });
