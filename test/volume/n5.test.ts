/**
 * N5: the conformance suite, laws of its blocks, what tensorstore and zarr-python wrote, and damaged containers.
 *
 * @module
 */
import { n5 } from "../../src/volume/n5/n5.ts";
import { testVolumeFormat } from "./conformance.ts";

testVolumeFormat(n5, { runs: 2 });
