import { nrrd } from "../../src/volume/nrrd/nrrd.ts";
import { testVolumeFormat } from "./conformance.ts";

testVolumeFormat(nrrd);
