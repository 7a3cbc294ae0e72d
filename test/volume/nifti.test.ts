import fc from "fast-check";
import { nifti } from "../../src/volume/nifti/nifti.ts";
import { testVolumeFormat } from "./conformance.ts";

/** Several images of one are one image, as ITK has it: an axis "c" of one voxel is not read back. */
function shapeOf(rank: number): fc.Arbitrary<number[]> {
	const extent = fc.integer({ min: 1, max: 12 });
	const space = fc.array(extent, { minLength: Math.min(rank, 3), maxLength: Math.min(rank, 3) });
	return rank < 4 ? space : fc.tuple(fc.integer({ min: 2, max: 5 }), space).map(([c, zyx]) => [c, ...zyx]);
}

testVolumeFormat({ ...nifti, extensions: [".nii"] }, { runs: 6, shapeOf });
testVolumeFormat(nifti, { runs: 5, shapeOf });
