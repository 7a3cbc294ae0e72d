/**
 * Precomputed: the conformance suite, laws of its layout, what cloud-volume and tensorstore wrote, and damaged volumes.
 *
 * @module
 */
import fc from "fast-check";
import { precomputed } from "../../src/volume/precomputed/precomputed.ts";
import { testVolumeFormat } from "./conformance.ts";

/** A single channel has no axis of its own in this format. */
const shapeOf = (rank: number) =>
	fc
		.array(fc.integer({ min: 1, max: 12 }), { minLength: rank, maxLength: rank })
		.map((shape) => (rank === 4 ? [1 + (shape[0] ?? 1), ...shape.slice(1)] : shape));

testVolumeFormat(precomputed, { runs: 3, shapeOf });
