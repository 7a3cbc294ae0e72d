import { metaimage } from "../../src/volume/metaimage/metaimage.ts";
import { testVolumeFormat } from "./conformance.ts";

testVolumeFormat(metaimage);
