import { gipl } from "../../src/volume/gipl/gipl.ts";
import { testVolumeFormat } from "./conformance.ts";

testVolumeFormat(gipl);
